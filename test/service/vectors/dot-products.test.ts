import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import wabt from 'wabt'
import { DOT_PRODUCTS, loadDotProducts } from '../../../service/vectors/dot-products.ts'

const SOURCE = new URL('../../../service/vectors/dot-products.wat', import.meta.url)

test('the routine is what its source assembles to, byte for byte', async () => {
  const assembler = await wabt()
  const module = assembler.parseWat('dot-products.wat', readFileSync(SOURCE, 'utf8'), { simd: true })
  module.validate()
  const { buffer } = module.toBinary({})
  expect(Buffer.from(buffer).toString('base64')).toBe(DOT_PRODUCTS)
})

test('each routine has a memory of its own', () => {
  expect(loadDotProducts().memory).not.toBe(loadDotProducts().memory)
})

test('the largest and smallest numbers are multiplied without loss', () => {
  const { memory, dotProducts } = loadDotProducts()
  new Int16Array(memory.buffer, 0, 16).fill(1023)
  new Float32Array(memory.buffer, 64, 2).set([1, 0.5])
  new Int8Array(memory.buffer, 128, 32).set([...Array(16).fill(-128), ...Array(16).fill(127)])
  dotProducts(128, 64, 2, 16, 0, 1024)
  expect([...new Float32Array(memory.buffer, 1024, 2)]).toEqual([-128 * 1023 * 16, (127 * 1023 * 16) / 2])
})
