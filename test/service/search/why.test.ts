import { describe, expect, test } from 'vitest'
import { makeFileTable, type TableFile } from '../../../service/search/file-table.ts'
import { whyFound } from '../../../service/search/places.ts'
import type { ScoredChunk } from '../../../service/search/ranking.ts'

const row = {
  id: 1,
  repositoryId: 1,
  path: 'jobs/lease.ts',
  language: 'typescript',
  contentHash: '',
  segmentId: 1,
  firstDocument: 0,
  documents: 1,
}
const { segments } = await makeFileTable([row], [{ id: 1, repositoryId: 1, documents: 1, tokens: 1 }])
const [segment] = segments
const file = segment?.files[0] as TableFile
const QUESTION = ['leas', 'renew', 'job'].map((stem) => ({ stem, share: 1 / 3 }))
const chunk: ScoredChunk = { file, segmentId: 1, document: 0, score: 1, words: 0 }

describe('the reason for a result', () => {
  test('names the words that the chunk, its names and its path contain', () => {
    const why = whyFound({ ...chunk, words: 0b011, named: 0b010, likeness: -0.4 }, QUESTION)
    expect(why).toEqual({ legs: ['lexical'], words: ['leas', 'renew'], names: ['renew'], path: ['leas', 'job'] })
  })

  test('gives its likeness in meaning, if that found it', () => {
    expect(whyFound({ ...chunk, likeness: 2.3456 }, QUESTION)).toMatchObject({ legs: ['semantic'], likeness: 2.3 })
    expect(whyFound({ ...chunk, words: 1, likeness: 1 }, QUESTION).legs).toEqual(['lexical', 'semantic'])
  })

  test('says that it defines the name asked for', () => {
    expect(whyFound({ ...chunk, defines: true }, QUESTION)).toMatchObject({ legs: ['lexical'], defines: true })
  })
})
