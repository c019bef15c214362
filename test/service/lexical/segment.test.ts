import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LexicalDocument, Segment } from '../../../service/lexical/index-format.ts'
import { decodeLengths, encodeLengths } from '../../../service/lexical/lengths.ts'
import { BlockWriter, readPostings } from '../../../service/lexical/postings.ts'
import { createSegmentBuilder, DEFINES, NAMES, WEIGHTS } from '../../../service/lexical/segment-builder.ts'
import {
  definitionTerm,
  exactDefinitionTerm,
  FUNCTIONS_TERM,
  memberTerm,
  nameWordTerm,
} from '../../../service/lexical/terms.ts'

const document = (given: Partial<LexicalDocument>): LexicalDocument => ({
  path: 'x',
  language: 'text',
  definitions: [],
  text: '',
  ...given,
})

function segmentOf(...documents: Partial<LexicalDocument>[]): Segment {
  const builder = createSegmentBuilder()
  for (const given of documents) builder.add(document(given))
  return builder.build()
}

/** Looks a term up like a reader: in the last block whose first term is not greater, by UTF-8 bytes. */
function lookUp({ blocks }: Segment, term: string): [number, number][] {
  const block = blocks.findLast(({ firstTerm }) => Buffer.compare(Buffer.from(firstTerm), Buffer.from(term)) <= 0)
  if (block === undefined) return []
  const { documents, frequencies } = readPostings(block.data, Buffer.from(term))
  return Array.from(documents, (number, at) => [number, frequencies[at] ?? 0])
}

describe('a segment', () => {
  test('numbers its documents in the order in which they are added', () => {
    const builder = createSegmentBuilder()
    expect([builder.add(document({})), builder.add(document({})), builder.add(document({}))]).toEqual([0, 1, 2])
    expect(builder.build().documents).toBe(3)
  })

  test('records the documents of a term, and its frequency', () => {
    const segment = segmentOf({ text: 'open door open' }, { text: 'window' }, { text: 'door' })
    expect(lookUp(segment, 'open')).toEqual([[0, 2]])
    expect(lookUp(segment, 'door')).toEqual([
      [0, 1],
      [2, 1],
    ])
    expect(lookUp(segment, 'roof')).toEqual([])
  })

  test('weights defined names, file names and folders', () => {
    const segment = segmentOf({
      text: 'body',
      symbol: 'Oven.heat',
      definitions: ['heat', 'cool'],
      path: 'kitchen/stove.ts',
    })
    expect(lookUp(segment, 'bodi')).toEqual([[0, WEIGHTS.text]])
    expect(lookUp(segment, 'oven')).toEqual([[0, WEIGHTS.symbol]])
    expect(lookUp(segment, 'heat')).toEqual([[0, WEIGHTS.symbol]])
    expect(lookUp(segment, 'cool')).toEqual([[0, WEIGHTS.definition]])
    expect(lookUp(segment, 'stove')).toEqual([[0, WEIGHTS.fileName]])
    expect(lookUp(segment, 'kitchen')).toEqual([[0, WEIGHTS.folder]])
  })

  test('records once per document which words are in the names that it defines', () => {
    const segment = segmentOf(
      { symbol: 'Oven.heatUp', definitions: ['Oven.heatUp', 'preheatOven', 'heat'], text: 'heat heat' },
      { text: 'heat', path: 'heat.ts' },
      { symbol: 'Lid', definitions: ['Lid', 'heat_lid'] },
    )
    expect(lookUp(segment, nameWordTerm('heat'))).toEqual([
      [0, 1],
      [2, 1],
    ])
    expect(lookUp(segment, nameWordTerm('oven'))).toEqual([[0, 1]])
    expect(lookUp(segment, nameWordTerm('preheatoven'))).toEqual([])
  })

  test('records how many functions begin in a document', () => {
    const segment = segmentOf(
      { definitions: ['Oven', 'Oven.heat', 'Oven.cool'], functions: 2 },
      { definitions: ['LIMIT'], functions: 0, text: 'heat' },
      { definitions: ['bake'], functions: 1 },
      { text: 'plain words' },
    )
    expect(lookUp(segment, FUNCTIONS_TERM)).toEqual([
      [0, 2],
      [2, 1],
    ])
  })

  test('distinguishes the chunk that is a definition from one that contains it', () => {
    const segment = segmentOf(
      { symbol: 'Oven.heat', definitions: ['heat'] },
      { symbol: 'Oven', definitions: ['Oven', 'heat'] },
    )
    expect(lookUp(segment, definitionTerm('heat'))).toEqual([
      [0, DEFINES.itself],
      [1, DEFINES.within],
    ])
  })

  test('finds a member by the name of its innermost owner, and its definition only where its name is', () => {
    const segment = segmentOf(
      { symbol: 'kitchen.Oven.heat', definitions: ['kitchen.Oven.heat'] },
      { symbol: 'kitchen.Oven.heat', definitions: [] },
    )
    expect(lookUp(segment, memberTerm('Oven', 'heat'))).toEqual([[0, NAMES.member]])
    expect(lookUp(segment, exactDefinitionTerm('heat'))).toEqual([[0, NAMES.member]])
    expect(lookUp(segment, memberTerm('kitchen', 'heat'))).toEqual([])
    expect(lookUp(segment, definitionTerm('heat')).map(([document]) => document)).toEqual([0, 1])
  })

  test('records the length of every document and their sum', () => {
    const segment = segmentOf({ text: 'one two', path: '' }, { text: '', path: '' }, { text: 'readFile', path: '' })
    expect([...decodeLengths(segment.lengths)]).toEqual([2, 0, 3])
    expect(segment.tokens).toBe(5)
  })

  test('of nothing is empty', () => {
    expect(segmentOf()).toMatchObject({ documents: 0, tokens: 0, lengths: new Uint8Array(0), blocks: [] })
  })

  test('finds every term of every document, wherever its block begins', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z]{2,12}$/),
      fc.constantFrom('\u{10400}\u{10401}', '\uff21\uff22', 'ÄÖ'),
    )
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 200 }), { maxLength: 12 }), (texts) => {
        const segment = segmentOf(...texts.map((words) => ({ path: '', definitions: words })))
        texts.forEach((words, number) => {
          for (const name of words) {
            expect(lookUp(segment, definitionTerm(name)).map(([found]) => found)).toContain(number)
          }
        })
      }),
      { numRuns: 30 },
    )
  })

  test('starts its blocks with ascending terms, in the order of UTF-8 bytes', () => {
    const words = Array.from({ length: 5000 }, (_, number) => `word${number.toString(36)}\u{1d4d0} \uff21${number}`)
    const { blocks } = segmentOf({ text: words.join(' ') })
    expect(blocks.length).toBeGreaterThan(5)
    const firsts = blocks.map(({ firstTerm }) => Buffer.from(firstTerm))
    expect(firsts.toSorted((a, b) => Buffer.compare(a, b))).toEqual(firsts)
    expect(new Set(blocks.map(({ firstTerm }) => firstTerm)).size).toBe(blocks.length)
  })
})

describe('postings', () => {
  test('are read as they were written, up to a frequency of 255', () => {
    const occurrences = fc
      .uniqueArray(fc.nat(2 ** 31), { maxLength: 300 })
      .map((numbers) => numbers.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(occurrences, fc.integer({ min: 1, max: 1000 }), (documents, frequency) => {
        const writer = new BlockWriter()
        const frequencies = Uint32Array.from(documents, (_, at) => (at % 2 === 0 ? 1 : frequency))
        writer.add('before', Uint32Array.of(7), Uint32Array.of(1), 0, 1)
        writer.add('term', Uint32Array.from(documents), frequencies, 0, documents.length)
        const [block] = writer.end()
        const found = readPostings(block?.data ?? new Uint8Array(), Buffer.from('term'))
        expect([...found.documents]).toEqual(documents)
        expect([...found.frequencies]).toEqual(Array.from(frequencies, (value) => Math.min(value, 255)))
      }),
    )
  })

  test('of a term that the block does not contain are empty', () => {
    const writer = new BlockWriter()
    writer.add('term', Uint32Array.of(1), Uint32Array.of(1), 0, 1)
    const [block] = writer.end()
    expect(readPostings(block?.data ?? new Uint8Array(), Buffer.from('ter')).documents).toHaveLength(0)
  })
})

describe('lengths', () => {
  test('are read as they were written, up to 65,535', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000)), (lengths) => {
        expect([...decodeLengths(encodeLengths(lengths))]).toEqual(lengths.map((length) => Math.min(length, 65535)))
      }),
    )
  })

  test('are read from unaligned memory', () => {
    const encoded = encodeLengths([1, 300])
    const shifted = new Uint8Array(encoded.length + 1)
    shifted.set(encoded, 1)
    expect([...decodeLengths(shifted.subarray(1))]).toEqual([1, 300])
  })
})
