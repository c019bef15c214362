import { expect, test } from 'vitest'
import { blockWith } from '../../../service/lexical/postings.ts'
import { sweep } from '../../../service/store/generations.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { insertSegment, liveSegments, postingBlocks, segmentHeads } from '../../../service/store/segments.ts'
import { describeOnEachEngine } from './each-engine.ts'

const block = (firstTerm: string) => ({ firstTerm, data: Buffer.from(`block of ${firstTerm}`) })

describeOnEachEngine('Segments', (database) => {
  const grams = { directory: Buffer.from([3]), data: Buffer.from([4]) }
  const segment = { documents: 2, tokens: 2 ** 33, lengths: Buffer.from([1, 2]), blocks: [], grams }

  test('return the first terms of their blocks in byte order, so that each term is in the block before the next', async () => {
    const repository = (await insertRepository(database(), 'terms', '/terms')) as number
    const blocks = ['Zebra', 'apple', 'mango', 'zoo', '\uFF5E', '\u{1F600}'].map(block)
    const id = await insertSegment(database(), repository, { ...segment, blocks: blocks.toReversed() })
    const { firstTerms = [] } = (await segmentHeads(database(), [id])).get(id) ?? {}
    expect(firstTerms).toEqual(blocks.map(({ firstTerm }) => firstTerm))
    const found = (term: string) => firstTerms[blockWith(firstTerms, term)]
    expect(['Apple', 'Zoo', 'apple', 'banana', 'mangoes', 'zzz', '\uFFFD', '\u{1F601}'].map(found)).toEqual([
      undefined,
      'Zebra',
      'apple',
      'apple',
      'mango',
      'zoo',
      '\uFF5E',
      '\u{1F600}',
    ])
  })

  test('store more blocks than one statement can hold', async () => {
    const repository = (await insertRepository(database(), 'many', '/many')) as number
    const blocks = Array.from({ length: 700 }, (_, at) => ({
      firstTerm: `term ${at}`,
      data: Buffer.alloc(4096, at % 251),
    }))
    const id = await insertSegment(database(), repository, { ...segment, blocks })
    const found = await postingBlocks(
      database(),
      blocks.map(({ firstTerm }) => ({ segmentId: id, firstTerm })),
    )
    const data = new Map(found.map((row) => [row.firstTerm, row.data]))
    expect(blocks.every((each) => data.get(each.firstTerm)?.equals(each.data))).toBe(true)
  })

  test('are not live without a visible file, and are swept', async () => {
    const repository = (await insertRepository(database(), 'unused', '/unused')) as number
    const id = await insertSegment(database(), repository, { ...segment, blocks: [block('a')] })
    const head = { lengths: segment.lengths, firstTerms: ['a'] }
    expect(await segmentHeads(database(), [id])).toEqual(new Map([[id, head]]))
    expect(await liveSegments(database(), [{ id: repository, generation: 5 }])).toEqual([])
    await sweep(database(), repository)
    expect(await segmentHeads(database(), [id])).toEqual(new Map())
    expect(await postingBlocks(database(), [{ segmentId: id, firstTerm: 'a' }])).toEqual([])
  })
})
