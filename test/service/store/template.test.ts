import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  const table = randomBytes(300_000)
  const files = {
    'base/1/16384': Buffer.from([1, 0, 2]),
    table,
    wal: segment,
    nothing: Buffer.alloc(0),
    zeros: Buffer.alloc(9),
  }
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(from, path), bytes)
  const packed = await packFolder(from)
  expect(packed.length).toBeLessThan(table.length + 1000)
  await unpackFolder(packed, to)
  const pathsIn = (folder: string) => new Set(readdirSync(folder, { encoding: 'utf8', recursive: true }))
  expect(pathsIn(to)).toEqual(pathsIn(from))
  for (const [path, bytes] of Object.entries(files)) expect(readFileSync(join(to, path)).equals(bytes), path).toBe(true)
  expect(process.platform === 'win32' ? 0 : statSync(to).mode & 0o077).toBe(0)
})

test('A packed folder that is cut short is not unpacked in silence', async () => {
  const [from, to] = [folder(), join(folder(), 'data')]
  writeFileSync(join(from, 'table'), randomBytes(300_000))
  const packed = await packFolder(from)
  for (const length of [0, 2, 200, packed.length / 2]) {
    await expect(unpackFolder(packed.subarray(0, length), to), String(length)).rejects.toThrow(
      /cut short|unexpected end/,
    )
  }
})

test.skipIf(process.platform === 'win32')('A process that may open few files can unpack many', async () => {
  const [from, to] = [folder(), join(folder(), 'data')]
  for (let at = 0; at < 500; at++) writeFileSync(join(from, String(at)), 'x')
  const packed = join(folder(), 'packed')
  writeFileSync(packed, await packFolder(from))
  const template = fileURLToPath(new URL('../../../service/store/embedded/template.ts', import.meta.url))
  const script = `
    const { readFileSync } = await import('node:fs')
    const { unpackFolder } = await import(${JSON.stringify(template)})
    await unpackFolder(readFileSync(${JSON.stringify(packed)}), ${JSON.stringify(to)})`
  const limited = 'ulimit -n 64 && exec "$0" --input-type=module --eval "$1"'
  execFileSync('sh', ['-c', limited, process.execPath, script])
  expect(readdirSync(to)).toHaveLength(500)
})
