import { describe, expect, test } from 'vitest'
import { packVectors, unpackVectors } from '../../../service/vectors/packed-vectors.ts'
import { VectorSpace } from '../../../service/vectors/vector-space.ts'
import { seededRandom } from '../../bench/random.ts'
import { dot, makeVectors } from './random-vectors.ts'

function fill(space: VectorSpace, segmentId: number, vectors: ReadonlyMap<number, Float32Array>): void {
  const { bytes } = packVectors([...vectors.keys()], [...vectors.values()])
  space.fill(segmentId, unpackVectors(bytes, space.dimensions))
}

/** Returns a space of segments with one vector per document. */
function spaceOf(dimensions: number, segments: ReadonlyMap<number, readonly Float32Array[]>): VectorSpace {
  const space = new VectorSpace(dimensions)
  for (const [id, vectors] of segments) {
    space.add(id, vectors.length)
    if (vectors.length > 0) fill(space, id, new Map(vectors.entries()))
  }
  return space
}

describe('a cosine of 8-bit vectors', () => {
  const DIMENSIONS = [100, 256, 384, 1024]
  const CASES = (['even', 'peaked'] as const).flatMap((shape) =>
    DIMENSIONS.map((dimensions) => [shape, dimensions] as const),
  )

  test.each(CASES)('of %s numbers in %i dimensions is that of the floats, to within 0.005', (shape, dimensions) => {
    const next = makeVectors(shape, dimensions)
    const vectors = Array.from({ length: 300 }, next)
    const space = spaceOf(dimensions, new Map([[1, vectors]]))
    let worst = 0
    for (const question of [...Array.from({ length: 10 }, next), ...vectors.slice(0, 5)]) {
      const cosines = space.cosines(1, question)
      for (const [at, vector] of vectors.entries()) {
        worst = Math.max(worst, Math.abs((cosines[at] as number) - dot(question, vector)))
      }
    }
    expect(worst).toBeLessThan(0.005)
  })

  test('with itself is 1, even if all of a vector is in one number', () => {
    const single = new Float32Array(16)
    single[3] = -1
    expect(spaceOf(16, new Map([[1, [single]]])).cosines(1, single)[0]).toBeCloseTo(1, 3)
  })

  test('does not overflow in the maximum dimensions of a model', () => {
    const flat = new Float32Array(16_000).fill(1 / Math.sqrt(16_000))
    expect(spaceOf(16_000, new Map([[1, [flat]]])).cosines(1, flat)[0]).toBeCloseTo(1, 3)
  })
})

describe('a segment', () => {
  const next = makeVectors('even', 32)

  test('of more documents than are compared at a time has a cosine for each', () => {
    const vectors = Array.from({ length: 9000 }, next)
    const question = next()
    const cosines = spaceOf(32, new Map([[1, vectors]])).cosines(1, question)
    expect(cosines).toHaveLength(9000)
    for (const at of [0, 4095, 4096, 8191, 8192, 8999]) {
      expect(cosines[at]).toBeCloseTo(dot(question, vectors[at] as Float32Array), 2)
    }
  })

  test('is filled group by group, and a document without a vector is like nothing', () => {
    const space = new VectorSpace(32)
    const [one, other] = [next(), next()]
    space.add(5, 4)
    fill(space, 5, new Map([[3, one]]))
    expect(space.known(5)).toBe(1)
    fill(space, 5, new Map([[0, other]]))
    expect(space.known(5)).toBe(2)
    const cosines = space.cosines(5, one)
    expect(Array.from(cosines, (value) => value !== 0)).toEqual([true, false, false, true])
    expect(cosines[3]).toBeCloseTo(1, 2)
  })

  test('counts a document whose vector comes twice once', () => {
    const space = spaceOf(32, new Map([[1, [next(), next()]]]))
    fill(space, 1, new Map([[1, next()]]))
    expect(space.known(1)).toBe(2)
  })

  test('ignores a vector for a document that it does not have', () => {
    const [one, other] = [next(), next()]
    const space = spaceOf(
      32,
      new Map([
        [1, [one]],
        [2, [other]],
      ]),
    )
    fill(
      space,
      1,
      new Map([
        [1, one],
        [-1, one],
      ]),
    )
    expect(space.known(1)).toBe(1)
    expect(space.cosines(2, other)[0]).toBeCloseTo(1, 2)
  })

  test('that was never added, or was removed, has no cosines', () => {
    const space = spaceOf(32, new Map([[1, [next()]]]))
    space.remove(1)
    expect([space.has(1), space.cosines(1, next()).length, space.cosines(9, next()).length]).toEqual([false, 0, 0])
  })

  test('without documents is stored as well', () => {
    expect(spaceOf(32, new Map([[1, []]])).cosines(1, next())).toHaveLength(0)
  })

  test('that replaces a removed one keeps nothing of its vectors', () => {
    const space = spaceOf(
      32,
      new Map([
        [1, Array.from({ length: 50 }, next)],
        [2, Array.from({ length: 400 }, next)],
      ]),
    )
    const before = space.bytes
    space.remove(1)
    space.add(3, 50)
    expect(space.bytes).toBe(before)
    expect(space.cosines(3, next()).every((value) => value === 0)).toBe(true)
  })
})

describe('after a thousand additions and removals', () => {
  const dimensions = 48
  const random = seededRandom(7)
  const next = makeVectors('even', dimensions)
  const held = new Map<number, readonly Float32Array[]>()
  const space = new VectorSpace(dimensions)
  for (let id = 0; id < 1000; id++) {
    const vectors = Array.from({ length: Math.ceil(random() * 60) }, next)
    space.add(id, vectors.length)
    fill(space, id, new Map(vectors.entries()))
    held.set(id, vectors)
    while (held.size > 40 || random() < 0.4) {
      const gone = [...held.keys()][Math.floor(random() * held.size)]
      if (gone === undefined) break
      space.remove(gone)
      held.delete(gone)
    }
    Array.from(space.compact())
  }

  test('the remaining segments have their own vectors', () => {
    expect(new Set(space.segments)).toEqual(new Set(held.keys()))
    const question = next()
    for (const [id, vectors] of held) {
      const cosines = space.cosines(id, question)
      for (const [at, vector] of vectors.entries()) expect(cosines[at]).toBeCloseTo(dot(question, vector), 1)
      expect(space.known(id)).toBe(vectors.length)
    }
  })

  test('no more than a fifth of the memory is overhead', () => {
    const packed = [...held.values()].reduce(
      (sum, vectors) => sum + packVectors([...vectors.keys()], vectors).bytes.length,
      0,
    )
    const empty = new VectorSpace(dimensions).bytes
    expect(packed).toBeGreaterThan(0)
    expect(space.bytes - empty).toBeLessThanOrEqual(1.2 * packed)
  })
})

describe('compacting', () => {
  const next = makeVectors('even', 32)
  const SEGMENTS = 20
  const vectors = Array.from({ length: SEGMENTS }, () => Array.from({ length: 30 }, next))
  const filled = () => spaceOf(32, new Map(vectors.entries()))
  const evenOnes = Array.from({ length: SEGMENTS / 2 }, (_, at) => 2 * at)

  test('moves a segment at a time, and between two steps each has its own vectors', () => {
    const space = filled()
    for (const id of evenOnes) space.remove(id)
    const question = next()
    let steps = 0
    for (const _ of space.compact()) {
      steps++
      for (const id of space.segments) {
        const own = (vectors[id] ?? []).map((vector) => dot(question, vector))
        const cosines = space.cosines(id, question)
        for (const [at, cosine] of own.entries()) expect(cosines[at]).toBeCloseTo(cosine, 1)
      }
    }
    expect(steps).toBe(SEGMENTS / 2)
    const empty = new VectorSpace(32).bytes
    expect(space.bytes - empty).toBeLessThan(0.6 * (filled().bytes - empty))
  })

  test('leaves small gaps for the next segment', () => {
    const space = filled()
    space.remove(3)
    const before = space.bytes
    expect([...space.compact()]).toHaveLength(0)
    expect(space.bytes).toBe(before)
  })
})
