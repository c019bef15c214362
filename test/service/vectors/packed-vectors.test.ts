import { expect, test } from 'vitest'
import { joinPacked, packVectors, unpackVectors } from '../../../service/vectors/packed-vectors.ts'
import { strideOf } from '../../../service/vectors/stride.ts'
import { makeVectors } from './random-vectors.ts'

const vectorsOf = (count: number, dimensions = 100) => Array.from({ length: count }, makeVectors('even', dimensions))

/** Returns the numbers of packed vectors by document, without padding zeros. */
function held(bytes: Uint8Array, dimensions: number): Map<number, number[]> {
  const { documents, scales, rows } = unpackVectors(bytes, dimensions)
  const stride = strideOf(dimensions)
  return new Map(
    Array.from(documents, (document, at): [number, number[]] => [
      document,
      Array.from(rows.subarray(at * stride, at * stride + dimensions), (value) => value * (scales[at] as number)),
    ]),
  )
}

test('vectors are unpacked with their documents, each number off by at most a 254th of the largest', () => {
  const vectors = vectorsOf(20)
  const { count, bytes } = packVectors(
    vectors.map((_, at) => 3 * at),
    vectors,
  )
  expect(count).toBe(20)
  for (const [document, numbers] of held(bytes, 100)) {
    const vector = vectors[document / 3] as Float32Array
    const largest = Math.max(...vector.map(Math.abs))
    for (const [at, number] of numbers.entries()) {
      expect(Math.abs(number - (vector[at] as number))).toBeLessThanOrEqual((largest / 254) * 1.0001)
    }
  }
})

test('a vector takes a byte per number, padded to whole registers, and eight more', () => {
  expect(packVectors([0, 1], vectorsOf(2, 100)).bytes).toHaveLength(8 + 2 * (8 + 112))
  expect(packVectors([0, 1], vectorsOf(2, 384)).bytes).toHaveLength(8 + 2 * (8 + 384))
})

test('a zero vector stays one', () => {
  const { bytes } = packVectors([7], [new Float32Array(16)])
  expect(held(bytes, 16)).toEqual(new Map([[7, Array.from({ length: 16 }, () => 0)]]))
})

test('several groups are joined into an equivalent one', () => {
  const [a, b, c] = vectorsOf(3) as [Float32Array, Float32Array, Float32Array]
  const joined = joinPacked([packVectors([4, 2], [a, b]).bytes, packVectors([9], [c]).bytes], 100)
  expect(joined).toEqual(packVectors([4, 2, 9], [a, b, c]))
})

test('no groups are joined into none', () => {
  const { count, bytes } = joinPacked([], 100)
  expect(count).toBe(0)
  expect(held(bytes, 100)).toEqual(new Map())
})

test('bytes at any offset of a buffer are read', () => {
  const { bytes } = packVectors([1, 2], vectorsOf(2))
  const shifted = new Uint8Array(bytes.length + 3)
  shifted.set(bytes, 3)
  expect(held(shifted.subarray(3), 100)).toEqual(held(bytes, 100))
})

test.each([0, 3, 7, 8, 100, 246, 247])('bytes truncated to %i of 248 are refused', (length) => {
  const { bytes } = packVectors([1, 2], vectorsOf(2))
  expect(bytes).toHaveLength(248)
  expect(() => unpackVectors(bytes.subarray(0, length), 100)).toThrow(
    /packed vectors|Invalid typed array length|out of bounds/,
  )
})

test('vectors of other dimensions than requested are refused', () => {
  const { bytes } = packVectors([1, 2], vectorsOf(2))
  expect(() => unpackVectors(bytes, 112)).toThrow('248 bytes are not 2 packed vectors of 112 dimensions')
})
