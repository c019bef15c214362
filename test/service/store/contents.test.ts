import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { deleteUnusedContents, insertContents, readContents } from '../../../service/store/contents.ts'
import { describeOnEachEngine } from './each-engine.ts'

const content = (text: string) => ({
  hash: createHash('sha256').update(text).digest(),
  bytes: Buffer.byteLength(text),
  lines: text.split('\n').length,
  zstd: zstdCompressSync(text),
})
const hex = ({ hash }: { readonly hash: Buffer }) => hash.toString('hex')

describeOnEachEngine('Contents', (database) => {
  test('are stored once, whoever stores them, and read as text', async () => {
    const contents = Array.from({ length: 50 }, (_, at) => content(`text ${at} – “ünïcödé” 🎉\n`))
    await Promise.all([
      database().transaction((sql) => insertContents(sql, contents)),
      database().transaction((sql) => insertContents(sql, contents.toReversed())),
    ])
    const texts = await readContents(database(), [...contents.map(hex), hex(content('not stored'))])
    expect(texts.size).toBe(50)
    expect(texts.get(hex(contents[7] as (typeof contents)[0]))).toBe('text 7 – “ünïcödé” 🎉\n')
  })

  test('are deleted if no file refers to them', async () => {
    const lonely = content('lonely')
    await database().transaction((sql) => insertContents(sql, [lonely]))
    await database().transaction((sql) => deleteUnusedContents(sql, [hex(lonely)]))
    expect((await readContents(database(), [hex(lonely)])).size).toBe(0)
  })
})
