import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Clones } from '../../../../service/indexing/git/clones.ts'

// The limit only fits one clone, so each process would like to delete the clones of the others.
const clones = new Clones({ folder: process.argv[2] as string, maxBytes: 1500 })

for (let turn = 0; turn < 150; turn++) {
  const { path, giveBack } = await clones.take(`repository ${turn % 4}`)
  const pack = join(path, 'objects', 'pack')
  const isNew = !existsSync(pack)
  mkdirSync(pack, { recursive: true })
  if (isNew) writeFileSync(join(pack, 'x.pack'), Buffer.alloc(1000))
  await setTimeout(1)
  if (!existsSync(join(pack, 'x.pack'))) throw new Error(`${path} lost its content`)
  await giveBack()
}
