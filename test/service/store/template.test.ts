import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packFolder, unpackFolder } from '../../../service/store/embedded/template.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const folder = temporaryFolders()

test('A packed folder is unpacked with its empty folders, its bytes and trailing zeros', async () => {
  const [from, to] = [folder(), join(folder(), 'data')]
  mkdirSync(join(from, 'base', '1'), { recursive: true })
  mkdirSync(join(from, 'empty'))
  const segment = Buffer.alloc(100_000)
  segment.write('wal', 5)
  const files = {
    'base/1/16384': Buffer.from([1, 0, 2]),
    wal: segment,
    nothing: Buffer.alloc(0),
    zeros: Buffer.alloc(9),
  }
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(from, path), bytes)
  const packed = await packFolder(from)
  expect(packed.length).toBeLessThan(1000)
  await unpackFolder(packed, to)
  const pathsIn = (folder: string) => new Set(readdirSync(folder, { encoding: 'utf8', recursive: true }))
  expect(pathsIn(to)).toEqual(pathsIn(from))
  for (const [path, bytes] of Object.entries(files)) expect(readFileSync(join(to, path)).equals(bytes), path).toBe(true)
  expect(process.platform === 'win32' ? 0 : statSync(to).mode & 0o077).toBe(0)
})
