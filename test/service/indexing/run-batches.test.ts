import fc from 'fast-check'
import { expect, test } from 'vitest'
import { growingBatches, inFlight } from '../../../service/indexing/runs/batches.ts'
import { LiveFiles } from '../../../service/indexing/runs/live-files.ts'
import { segmentsToRenew } from '../../../service/indexing/runs/small-segments.ts'
import { WaitingFiles } from '../../../service/indexing/runs/waiting-files.ts'
import { KIB, MIB } from '../../../service/units.ts'

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const candidate = (bytes: number, at: number) => ({ path: `file-${at}`, stamp: 'stamp', bytes })

test('every candidate is in one batch, in order, and no batch exceeds the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4 * MIB), { maxLength: 60 }), (sizes) => {
      const candidates = sizes.map(candidate)
      const batches = [...growingBatches(candidates)]
      expect(batches.flat()).toEqual(candidates)
      for (const batch of batches) {
        const bytes = batch.reduce((sum, file) => sum + file.bytes, 0)
        expect(batch.length === 1 || bytes <= 8 * MIB).toBe(true)
      }
    }),
  )
})

test('the first batch is small and the later ones grow', () => {
  const batches = [...growingBatches(Array.from({ length: 4000 }, (_, at) => candidate(10 * KIB, at)))]
  expect(batches.map((batch) => batch.length)).toEqual([51, 102, 204, ...Array<number>(8).fill(409), 371])
})

test('results come in order, with no more in progress than requested', async () => {
  let running = 0
  let most = 0
  const work = async (item: number) => {
    most = Math.max(most, ++running)
    for (let turn = 0; turn < 10 - item; turn++) await Promise.resolve()
    running--
    return item
  }
  const results = await all(inFlight([1, 2, 3, 4, 5, 6, 7], 3, work))
  expect(results).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})

test('the failure of one batch fails all, even while another is awaited', async () => {
  const work = async (item: number) => {
    if (item === 2) throw new Error('two')
    return item
  }
  await expect(all(inFlight([1, 2, 3], 3, work))).rejects.toThrow('two')
})

const held = (documents: readonly number[], first = 1) =>
  documents.map((each, at) => ({ segmentId: first + at, files: 1, documents: each }))

test('small segments stay until there are too many of a size', () => {
  expect(segmentsToRenew(held(Array(8).fill(10)))).toEqual(new Set())
  expect(segmentsToRenew(held(Array(9).fill(10))).size).toBe(9)
  expect(segmentsToRenew(held([...Array(8).fill(10), ...Array(8).fill(400), ...Array(8).fill(2000)])).size).toBe(0)
})

test('an overfull size takes the smaller segments along, but not the larger', () => {
  const segments = [...held([5, 70], 1), ...held(Array(9).fill(300), 10), ...held([2000, 9000], 100)]
  expect(segmentsToRenew(segments)).toEqual(new Set([1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18]))
})

test('large segments are never analysed again', () => {
  expect(segmentsToRenew(held(Array(50).fill(10_000)))).toEqual(new Set())
})

test('segments of full batches are never analysed again, however few documents they have', () => {
  const tinyFiles = held(Array(50).fill(2000)).map((segment) => ({ ...segment, files: 2000 }))
  const longLines = held(Array(50).fill(900)).map((segment) => ({ ...segment, bytes: 4 * MIB }))
  expect(segmentsToRenew([...tinyFiles, ...longLines])).toEqual(new Set())
})

test('a segment counts by its remaining size', () => {
  const files = Array.from({ length: 9 }, (_, at) =>
    [4, 5].map((documents) => ({ path: `${at}/${documents}`, stamp: '', segmentId: at, documents })),
  ).flat()
  const sizes = LiveFiles.of(files).segmentSizes()
  expect(sizes).toContainEqual({ segmentId: 0, files: 2, documents: 9 })
  expect(segmentsToRenew(sizes).size).toBe(9)
})

test('the indexed files are known by their paths, across pages', () => {
  const file = fc.record({
    path: fc.string({ maxLength: 3 }),
    stamp: fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 9 })),
    segmentId: fc.nat(3),
    documents: fc.nat(9),
  })
  fc.assert(
    fc.property(fc.array(fc.array(file, { maxLength: 5 }), { maxLength: 5 }), (pages) => {
      const live = new LiveFiles()
      for (const page of pages) live.add(page)
      const first = new Map(
        pages
          .flat()
          .toReversed()
          .map((each) => [each.path, each]),
      )
      expect(live.size).toBe(first.size)
      for (const [path, place] of live.entries()) {
        expect(live.placeOf(path)).toBe(place)
        expect([live.stampOf(place), live.segmentOf(place)]).toEqual([
          first.get(path)?.stamp,
          first.get(path)?.segmentId,
        ])
      }
    }),
  )
})

test('waiting files are returned in order', () => {
  const files = Array.from({ length: 2_500 }, (_, at) => ({
    path: `folder-${at >> 7}/ファイル-${at}.py`,
    stamp: `${at}:1795848720000.5:1795848720000.5`,
    bytes: at,
    ...(at % 7 === 0 && { encoding: 'shift_jis' }),
  }))
  const waiting = new WaitingFiles()
  for (const each of files) waiting.add(each)
  expect([...waiting]).toEqual(files)
})
