import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readStaticModel, type StaticModel } from '../../../service/embedding/static/static-model.ts'
import { eachToken } from '../../../service/lexical/terms.ts'

const shipped = readFileSync(new URL('../../../service/embedding/static/table.bin', import.meta.url))
const model = readStaticModel(shipped)

interface TermRow {
  readonly term: string
  readonly row: readonly number[]
  readonly scale?: number
}

/** Returns a table in the format of the training tool. */
function tableOf(rows: readonly TermRow[], { version = 1 } = {}): Buffer {
  const terms = Buffer.from(rows.map(({ term }) => term).join('\n'))
  const dimensions = rows[0]?.row.length ?? 0
  const weights = { text: 1, symbol: 2, path: 0.5 }
  const header = Buffer.from(JSON.stringify({ dimensions, terms: rows.length, termBytes: terms.length, weights }))
  const start = Buffer.from('cbstatic--------')
  start.writeUInt32LE(version, 8)
  start.writeUInt32LE(header.length, 12)
  const floats = (values: number[]) => Buffer.from(new Float32Array(values).buffer)
  const body = Buffer.concat([
    start,
    header,
    terms,
    Buffer.from(rows.flatMap(({ row }) => row)),
    floats(rows.map(({ scale = 1 }) => scale)),
  ])
  return Buffer.concat([body, createHash('sha256').update(body).digest()])
}

const small = tableOf([
  { term: 'read', row: [3, 0] },
  { term: 'file', row: [0, 4] },
  { term: 'the', row: [3, -4], scale: 0.01 },
])

function documentVector(of: StaticModel, text: string, symbol = '', path = ''): Float32Array | undefined {
  const vectors = of.documentVectors()
  eachToken(text, (token) => vectors.add('text', token))
  eachToken(symbol, (token) => vectors.add('symbol', token))
  eachToken(path, (token) => vectors.add('path', token))
  return vectors.end()
}

function likeness(left: Float32Array | undefined, right: Float32Array | undefined): number {
  return left?.reduce((sum, value, at) => sum + value * (right?.[at] ?? 0), 0) ?? 0
}

const rounded = (vector: Float32Array | undefined) =>
  vector && Array.from(vector, (value) => Math.round(1e4 * value) / 1e4)

test('the vector of a question is the sum of its terms', () => {
  expect(rounded(readStaticModel(small).questionVector('reads files'))).toEqual([0.6, 0.8])
  expect(rounded(readStaticModel(small).questionVector('the'))).toEqual([0.6, -0.8])
})

test('a term counts with the logarithm of its occurrences, weighted by field', () => {
  const both = documentVector(readStaticModel(small), 'read file read', 'read', 'file')
  const [read, file] = [3 * Math.log2(1 + 2 + 2), 4 * Math.log2(1 + 1 + 0.5)]
  const length = Math.hypot(read, file)
  expect(rounded(both)).toEqual(rounded(new Float32Array([read / length, file / length])))
})

test('a collector starts over after each document', () => {
  const vectors = readStaticModel(small).documentVectors()
  vectors.add('text', 'file')
  expect(rounded(vectors.end())).toEqual([0, 1])
  vectors.add('text', 'read')
  expect(rounded(vectors.end())).toEqual([1, 0])
  expect(vectors.end()).toBeUndefined()
})

test('a text without known terms has no vector', () => {
  expect(model.questionVector('')).toBeUndefined()
  expect(model.questionVector('qzxvkjw 漢字')).toBeUndefined()
  expect(documentVector(model, 'qzxvkjw')).toBeUndefined()
})

test('the shipped table returns these vectors', () => {
  const first = (vector: Float32Array | undefined) => rounded(vector?.subarray(0, 6))
  const acquire = 'async acquire() { while (this.idle.length === 0) await this.released; return this.idle.pop() }'
  expect(model).toMatchObject({ name: 'static-a0a18dbae73f', dimensions: 256 })
  expect(first(model.questionVector('waits until a connection is free'))).toEqual([
    -0.0417, -0.0211, 0.035, 0.0498, -0.0827, -0.0056,
  ])
  expect(first(documentVector(model, acquire, 'ConnectionPool.acquire', 'src/pool'))).toEqual([
    0.0598, -0.0471, 0.0637, 0.0676, -0.0283, 0.155,
  ])
})

test('the model is named after the content of its table', () => {
  const checksum = createHash('sha256').update(shipped.subarray(0, -32)).digest('hex')
  expect(model.name).toBe(`static-${checksum.slice(0, 12)}`)
  expect(readStaticModel(small).name).not.toBe(model.name)
})

test.each([
  ['is empty', () => Buffer.alloc(0), 'is cut short'],
  ['is cut within the header', () => small.subarray(0, 40), 'is cut short'],
  ['is cut within the rows', () => shipped.subarray(0, shipped.length / 2), 'is cut short'],
  [
    'has another format',
    () => tableOf([{ term: 'a', row: [1] }], { version: 2 }),
    'has format 2, this version reads format 1',
  ],
  ['is something else', () => Buffer.alloc(100, 'x'), 'is not a table of vectors'],
  [
    'has one byte changed',
    () => Buffer.from(small.map((byte, at) => (at === small.length - 60 ? byte ^ 1 : byte))),
    'is damaged',
  ],
  ['has a damaged header', () => Buffer.from(small.map((byte, at) => (at === 16 ? byte ^ 1 : byte))), 'is damaged'],
])('a file that %s is refused with its name, the fault and a remedy', (_, bytes, fault) => {
  expect(() => readStaticModel(bytes(), '/data/table.bin')).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`/data/table.bin ${fault}`),
      remedy: expect.stringMatching(/^(?:Restore|Use) /),
    }),
  )
})

const functions = {
  retry:
    'async function attempt(task, limit) { for (let n = 0; n < limit; n++) try { return await task() } catch { await sleep(2 ** n) } }',
  parse:
    'function decode(source) { const stack = []; for (const token of lexer(source)) stack.push(reduce(token)); return stack.pop() }',
  close: 'func (p *pool) Shutdown(ctx context.Context) error { close(p.jobs); p.wg.Wait(); return p.db.Close() }',
  login: 'def authenticate(username, password): user = users.get(username); return check_hash(user.digest, password)',
}

test.each([
  ['tries again with a growing delay when something fails', 'retry'],
  ['turns text into a syntax tree', 'parse'],
  ['waits for the workers to finish and stops', 'close'],
  ['verifies the credentials of an account', 'login'],
])('%s: finds the function by other words', (question, name) => {
  const asked = model.questionVector(question)
  const nearest = Object.entries(functions)
    .map(([key, text]) => ({ key, likeness: likeness(asked, documentVector(model, text)) }))
    .sort((left, right) => right.likeness - left.likeness)
  expect(nearest[0]?.key).toBe(name)
})
