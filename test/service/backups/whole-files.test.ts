import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeWhole } from '../../../service/backups/whole-files.ts'
import { temporaryFolder } from '../indexing/temporary-folder.ts'

test('a file that several runs write at once is the whole file of one of them, and nothing else remains', async () => {
  const folder = temporaryFolder()
  const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000))
  await Promise.all(texts.map((text) => writeWhole(join(folder, 'shop.json'), text)))
  expect(texts).toContain(readFileSync(join(folder, 'shop.json'), 'utf8'))
  expect(readdirSync(folder)).toEqual(['shop.json'])
})

test('a file that cannot be renamed leaves nothing behind', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'shop.json'))
  await expect(writeWhole(join(folder, 'shop.json'), 'text')).rejects.toThrow('EISDIR')
  expect(readdirSync(folder)).toEqual(['shop.json'])
})
