import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../service/lexical/query-terms.ts'
import { makeFileTable, type TableSegment } from '../../../service/search/file-table.ts'
import { joinLegs } from '../../../service/search/join.ts'
import { type FoundFile, rankFiles, type ScoredChunk, spread } from '../../../service/search/ranking.ts'
import type { Likeness } from '../../../service/search/semantic/likeness.ts'

const QUESTION = parseQuery('where are carts emptied')
const NAME = parseQuery('emptyCart')
const CHUNKS_A_FILE = 3

/** Returns segments of files with three chunks each. */
async function segmentsOf(...filesOfSegment: number[]): Promise<TableSegment[]> {
  const rows = filesOfSegment.flatMap((files, segment) =>
    Array.from({ length: files }, (_, at) => ({
      id: 100 * segment + at,
      repositoryId: 1,
      path: `${segment}/${at}`,
      language: 'text',
      contentHash: `${segment}/${at}`,
      segmentId: segment,
      firstDocument: CHUNKS_A_FILE * at,
      documents: CHUNKS_A_FILE,
    })),
  )
  const segments = filesOfSegment.map((files, id) => ({
    id,
    repositoryId: 1,
    documents: CHUNKS_A_FILE * files,
    tokens: 1,
  }))
  return [...(await makeFileTable(rows, segments)).segments]
}

const lexicalOf = (...scores: number[][]) => ({
  segments: new Map(
    scores.map((values, id) => [
      id,
      {
        scores: Float32Array.from(values),
        words: Uint32Array.from(values, Number),
        named: new Uint32Array(values.length),
        functions: new Float32Array(values.length),
      },
    ]),
  ),
  words: [],
  definitions: new Map(),
  uses: new Map(),
})
const AS_IT_IS = { scale: 1, shift: 0 }
const likenessOf = (...values: number[][]): Likeness => {
  const bySegment = values.map((each) => Float32Array.from(each))
  return { ...AS_IT_IS, model: 'm', of: (segmentId) => bySegment[segmentId] }
}
const none = (count: number) => Array.from({ length: count }, () => 0)
const placeOf = ({ segmentId, document }: ScoredChunk) => `${segmentId}:${document}`
/** Returns the paths of the files that both legs found, best first. */
const ranked = (files: readonly FoundFile[], text = 'x') =>
  rankFiles(files, { text, words: [], names: [] }).map(({ file }) => file.row.path)
const chunksOf = (files: readonly FoundFile[]) => files.flatMap(({ chunks }) => chunks())

const scoresFor = (files: number, least: number) =>
  fc.array(fc.oneof(fc.constant(0), fc.double({ min: least, max: 10, noNaN: true })), {
    minLength: CHUNKS_A_FILE * files,
    maxLength: CHUNKS_A_FILE * files,
  })
const FILES = 6
const words = scoresFor(FILES, 0.01)
const likeness = scoresFor(FILES, -3)
const query = fc.constantFrom(QUESTION, NAME)

describe('joining words and likeness', () => {
  test('keeps the ranking by words if no likeness is known', async () => {
    await fc.assert(
      fc.asyncProperty(words, query, async (scores, asked) => {
        const files = await joinLegs(await segmentsOf(FILES), lexicalOf(scores), [], asked)
        const chunks = chunksOf(files)
        const top = Math.max(...Float32Array.from(scores))
        for (const { likeness } of files) expect(likeness).toEqual({ best: 0, whole: 0 })
        for (const { document, score } of chunks) {
          expect(score).toBeCloseTo(Math.fround(scores[document] as number) / top, 6)
        }
        const byContrast = chunks.toSorted((a, b) => (b.contrast ?? 0) - (a.contrast ?? 0) || b.score - a.score)
        expect(byContrast.map(placeOf)).toEqual(chunks.toSorted((a, b) => b.score - a.score).map(placeOf))
        expect(chunks).toHaveLength(scores.filter((score) => score > 0).length)
      }),
    )
  })

  test('also keeps it if no chunk is more like the question than the others', async () => {
    await fc.assert(
      fc.asyncProperty(words, query, async (scores, asked) => {
        const alike = [likenessOf(none(scores.length))]
        const lexical = lexicalOf(scores)
        const [files, byWords] = await Promise.all(
          [alike, []].map(async (given) => joinLegs(await segmentsOf(FILES), lexical, given, asked)),
        )
        expect(files?.map(({ chunks, ...rest }) => ({ ...rest, chunks: chunks() }))).toEqual(
          byWords?.map(({ chunks, ...rest }) => ({ ...rest, chunks: chunks() })),
        )
      }),
    )
  })

  test('finds what only likeness finds, whatever the words find', async () => {
    await fc.assert(
      fc.asyncProperty(
        words,
        likeness,
        query,
        fc.nat(FILES * CHUNKS_A_FILE - 1),
        async (scores, like, asked, document) => {
          const files = await joinLegs(
            await segmentsOf(FILES),
            lexicalOf(scores.map((score, at) => (at === document ? 0 : score))),
            [likenessOf(like.map((value, at) => (at === document ? 11 : value)))],
            asked,
          )
          const found = chunksOf(files).find((chunk) => chunk.document === document)
          expect(found?.score).toBe(0)
          expect(found?.contrast).toBeGreaterThan(1)
        },
      ),
    )
  })

  test('scores from 0 to 1, and returns no chunk twice', async () => {
    await fc.assert(
      fc.asyncProperty(words, likeness, query, async (scores, like, asked) => {
        const chunks = chunksOf(await joinLegs(await segmentsOf(FILES), lexicalOf(scores), [likenessOf(like)], asked))
        for (const { score } of chunks) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(1.000001)
        }
        expect(new Set(chunks.map(placeOf)).size).toBe(chunks.length)
      }),
    )
  })

  test('prefers what both find', async () => {
    const joined = await joinLegs(
      await segmentsOf(3),
      lexicalOf([10, 0, 0, 9, 0, 0, 0, 0, 0]),
      [likenessOf([0.1, 0, 0, 4, 0, 0, 4, 0, 0])],
      QUESTION,
    )
    expect(ranked(joined)).toEqual(['0/1', '0/0', '0/2'])
  })

  test('does not let a small difference in likeness override a clear answer by words', async () => {
    const joined = await joinLegs(
      await segmentsOf(2),
      lexicalOf([10, 0, 0, 2, 0, 0]),
      [likenessOf([2.9, 0, 0, 3, 0, 0])],
      QUESTION,
    )
    expect(ranked(joined)[0]).toBe('0/0')
  })

  test('counts the likeness of a whole file beside that of its best chunk', async () => {
    const likeness = [likenessOf([3, 0, 0, 3, 2, 2])]
    expect(ranked(await joinLegs(await segmentsOf(2), lexicalOf([1, 0, 0, 1, 0, 0]), likeness, QUESTION))).toEqual([
      '0/1',
      '0/0',
    ])
  })

  test('never penalises a file for a lack of likeness', async () => {
    const files = await joinLegs(
      await segmentsOf(2),
      lexicalOf([1, 0, 0, 1, 0, 0]),
      [likenessOf([3, 0, 0, -3, -2, -2])],
      NAME,
    )
    expect(files.map(({ likeness }) => likeness)).toEqual([
      { best: 1, whole: 1 },
      { best: 0, whole: 0 },
    ])
  })

  test('prefers the chunk of a file that defines a name with the words', async () => {
    const lexical = lexicalOf([10, 10, 0])
    lexical.segments.get(0)?.named.set([0, 1, 0])
    const words = [{ stem: 'cart', share: 1 }]
    const files = await joinLegs(await segmentsOf(1), { ...lexical, words }, [], QUESTION)
    const found = spread(rankFiles(files, { text: 'cart', words, names: [] }), 2)
    expect(found.map(({ document }) => document)).toEqual([1, 0])
  })

  test('prefers the chunk of a file in which more functions begin, without moving the file', async () => {
    const lexical = lexicalOf([10, 9, 0, 10, 9, 0])
    lexical.segments.get(0)?.functions.set([0, 3, 0])
    const files = rankFiles(await joinLegs(await segmentsOf(2), lexical, [], QUESTION), {
      text: 'cart',
      words: [],
      names: [],
    })
    const found = spread(files, 4).map(({ document }) => document)
    expect(found.filter((document) => document < 3)).toEqual([1, 0])
    expect(found.filter((document) => document >= 3)).toEqual([3, 4])
    expect(files.map(({ score }) => score)).toEqual([files[0]?.score, files[0]?.score])
  })

  test('uses only likeness if no word is found', async () => {
    const joined = await joinLegs(await segmentsOf(2), lexicalOf(none(6)), [likenessOf([1, 0, 0, 4, 0, 0])], NAME)
    expect(ranked(joined)).toEqual(['0/1', '0/0'])
  })

  test('averages over models, without those that have no vector of a chunk', async () => {
    const likenesses = [likenessOf([4, 2, 0, 0, 0, 0]), likenessOf([2, 0, 0, 3, 0, 0])]
    const files = await joinLegs(await segmentsOf(2), lexicalOf(none(6)), likenesses, QUESTION)
    const mean = await joinLegs(await segmentsOf(2), lexicalOf(none(6)), [likenessOf([3, 2, 0, 3, 0, 0])], QUESTION)
    expect(chunksOf(files)).toEqual(chunksOf(mean))
  })

  test('uses the other model for a segment of which one has no vectors', async () => {
    const first: Likeness = { ...AS_IT_IS, model: 'a', of: (id) => (id === 0 ? Float32Array.of(4, 0, 0) : undefined) }
    const second: Likeness = { ...AS_IT_IS, model: 'b', of: (id) => (id === 1 ? Float32Array.of(0, 4, 0) : undefined) }
    const files = await joinLegs(await segmentsOf(1, 1), lexicalOf(none(3), none(3)), [first, second], QUESTION)
    expect(chunksOf(files).map(placeOf)).toEqual(['0:0', '1:1'])
  })

  test('keeps the words by which a chunk was found', async () => {
    const files = await joinLegs(await segmentsOf(1), lexicalOf([5, 0, 0]), [likenessOf([3, 3, 0])], QUESTION)
    expect(chunksOf(files).map(({ document, words }) => [document, words])).toEqual([
      [0, 5],
      [1, 0],
    ])
  })

  test('looks at a limited number of files by words and by likeness', async () => {
    const files = 1000
    const byWords = Array.from({ length: CHUNKS_A_FILE * files }, (_, at) => (at < 1500 ? 1 : 0))
    const byLikeness = Array.from({ length: CHUNKS_A_FILE * files }, (_, at) => (at >= 1500 ? 3 : 0))
    const found = await joinLegs(await segmentsOf(files), lexicalOf(byWords), [likenessOf(byLikeness)], QUESTION)
    expect(found).toHaveLength(225)
  })
})
