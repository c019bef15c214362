import { expect, test } from 'vitest'
import { sweep } from '../../../service/store/generations.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { insertSegment, liveSegments, postingBlocks, segmentLengths } from '../../../service/store/segments.ts'
import { describeOnEachEngine } from './each-engine.ts'

const block = (firstTerm: string) => ({ firstTerm, data: Buffer.from(`block of ${firstTerm}`) })

describeOnEachEngine('Segments', (database) => {
  const grams = { directory: Buffer.from([3]), data: Buffer.from([4]) }
  const segment = { documents: 2, tokens: 2 ** 33, lengths: Buffer.from([1, 2]), blocks: [], grams }

  test('give for each term the block that may hold it, in the order of bytes', async () => {
    const repository = (await insertRepository(database(), 'terms', '/terms')) as number
    const blocks = ['Zebra', 'apple', 'mango', 'zoo', '\uFF5E', '\u{1F600}'].map(block)
    const id = await insertSegment(database(), repository, { ...segment, blocks })
    const wanted = ['Apple', 'Zoo', 'apple', 'banana', 'mangoes', 'zzz', '\uFFFD', '\u{1F601}']
    const found = await postingBlocks(database(), [id], wanted)
    expect(Object.fromEntries(found.map(({ term, data }) => [term, data.toString()]))).toEqual({
      Zoo: 'block of Zebra',
      apple: 'block of apple',
      banana: 'block of apple',
      mangoes: 'block of mango',
      zzz: 'block of zoo',
      '\uFFFD': 'block of \uFF5E',
      '\u{1F601}': 'block of \u{1F600}',
    })
  })

  test('store more blocks than one statement takes', async () => {
    const repository = (await insertRepository(database(), 'many', '/many')) as number
    const blocks = Array.from({ length: 700 }, (_, at) => ({
      firstTerm: `term ${at}`,
      data: Buffer.alloc(4096, at % 251),
    }))
    const id = await insertSegment(database(), repository, { ...segment, blocks })
    const found = await postingBlocks(
      database(),
      [id],
      blocks.map(({ firstTerm }) => firstTerm),
    )
    const data = new Map(found.map((row) => [row.term, row.data]))
    expect(blocks.every((each) => data.get(each.firstTerm)?.equals(each.data))).toBe(true)
  })

  test('are not live without a visible file, and go with the sweep', async () => {
    const repository = (await insertRepository(database(), 'unused', '/unused')) as number
    const id = await insertSegment(database(), repository, { ...segment, blocks: [block('a')] })
    expect(await segmentLengths(database(), [id])).toEqual(new Map([[id, segment.lengths]]))
    expect(await liveSegments(database(), [{ id: repository, generation: 5 }])).toEqual([])
    await sweep(database(), repository)
    expect(await segmentLengths(database(), [id])).toEqual(new Map())
    expect(await postingBlocks(database(), [id], ['a'])).toEqual([])
  })
})
