import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inverseDocumentFrequency, scoreSegment } from '../../../service/lexical/bm25.ts'

const settings = { k1: 1.4, b: 0.6 }

const collection: fc.Arbitrary<string[][]> = fc.array(
  fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 }),
  {
    minLength: 1,
    maxLength: 20,
  },
)

function postingsOf(documents: readonly (readonly string[])[], term: string) {
  const counts = documents.map((words) => words.filter((word) => word === term).length)
  const holding = counts.flatMap((count, document) => (count > 0 ? [document] : []))
  return {
    documents: Uint32Array.from(holding),
    frequencies: Uint8Array.from(holding, (document) => counts[document] ?? 0),
  }
}

test('a segment is scored by the textbook formula', () => {
  fc.assert(
    fc.property(
      collection,
      fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'e'), { minLength: 1 }),
      (documents, query) => {
        const average = documents.reduce((sum, words) => sum + words.length, 0) / documents.length
        const idf = (term: string) =>
          inverseDocumentFrequency(documents.length, documents.filter((words) => words.includes(term)).length)
        const terms = query.map((term, bit) => ({
          postings: postingsOf(documents, term),
          weight: idf(term),
          bit: 1 << bit,
          share: 1 / query.length,
          byLength: true,
        }))
        const lengths = Uint16Array.from(documents, (words) => words.length)
        const { scores, words, coverage } = scoreSegment(lengths, average, terms, settings)
        documents.forEach((held, document) => {
          let expected = 0
          for (const term of query) {
            const frequency = held.filter((word) => word === term).length
            const norm = settings.k1 * (1 - settings.b + (settings.b * held.length) / (average || 1))
            if (frequency > 0) expected += (idf(term) * frequency * (settings.k1 + 1)) / (frequency + norm)
          }
          expect(scores[document]).toBeCloseTo(expected, 4)
          const bits = query.reduce((sum, term, bit) => sum + (held.includes(term) ? 1 << bit : 0), 0)
          expect(words[document]).toBe(bits)
          expect(coverage[document]).toBeCloseTo(query.filter((term) => held.includes(term)).length / query.length, 4)
        })
      },
    ),
  )
})

test('the length of a document does not matter to a term marked so', () => {
  const postings = { documents: Uint32Array.of(0, 1), frequencies: Uint8Array.of(1, 1) }
  const term = { postings, weight: 1, bit: 1, share: 1, byLength: false }
  const { scores } = scoreSegment(Uint16Array.of(1, 900), 400, [term], settings)
  expect(scores[0]).toBe(scores[1])
})

test('a term in fewer documents weighs more, and one in all documents still weighs a little', () => {
  expect(inverseDocumentFrequency(100, 1)).toBeGreaterThan(inverseDocumentFrequency(100, 50))
  expect(inverseDocumentFrequency(100, 100)).toBeGreaterThan(0)
})
