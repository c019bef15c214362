import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { analyseFile } from '../../../service/indexing/analyser/analyse-file.ts'
import type { AnalysedFile } from '../../../service/indexing/analysis.ts'
import type { LexicalDocument } from '../../../service/lexical/index-format.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Analysed = Extract<AnalysedFile, { outcome: 'analysed' }>

/** Analyses a file of which up to `maxFileBytes` are indexed. */
async function analysed(path: string, content: string | Uint8Array, maxFileBytes = 2 ** 20) {
  const root = temporaryFolder({ [path]: content })
  const documents: LexicalDocument[] = []
  const file = await analyseFile(
    { root, maxFileBytes, files: [] },
    { path, stamp: '', bytes: Buffer.byteLength(content) },
    { add: (document) => documents.push(document) - 1, addText: () => {} },
  )
  if (file.outcome !== 'analysed') throw new Error(`${path} is ${JSON.stringify(file)}`)
  const text = zstdDecompressSync(file.zstd).toString()
  const names = file.chunks.flatMap(({ definitions }) => definitions.map(({ symbol, line }) => ({ symbol, line })))
  return { file: file as Analysed, text, names, indexed: documents.map((document) => document.text).join('\n') }
}

const PICTURE = 'iVBORw0KGgo+/AAA'.repeat(4000)

test('keeps every line of a file with an image in a string, and indexes the code around it', async () => {
  const source = `export const ICON = "data:image/png;base64,${PICTURE}"\nexport function drawIcon() {\n  return ICON\n}\n`
  const { text, names, indexed } = await analysed('icons.ts', source)
  expect(text).toBe(source)
  expect(names).toEqual([
    { symbol: 'ICON', line: 1 },
    { symbol: 'drawIcon', line: 2 },
  ])
  expect(indexed.length).toBeLessThan(500)
  expect(indexed).toContain('data:image/png;base64,')
})

test('indexes the beginning of a bundle in one line, and keeps all of it', async () => {
  const bundle = `function startBundle(){return 1};${'var a=function(b){return b+1};'.repeat(5000)}`
  const { text, names, indexed } = await analysed('bundle.js', bundle)
  expect(text).toBe(bundle)
  expect(names.length).toBeLessThanOrEqual(50)
  expect(names[0]).toEqual({ symbol: 'startBundle', line: 1 })
  expect(indexed.length).toBeLessThan(11_000)
})

const cell = (source: string, outputs: object[] = []) => ({ cell_type: 'code', metadata: {}, outputs, source })

test('keeps the cells of a notebook without their output', async () => {
  const outputs = [
    { output_type: 'display_data', data: { 'image/png': PICTURE, 'text/html': [`<div>${'x'.repeat(9000)}</div>`] } },
    { output_type: 'stream', text: ['loss 0.25\n'] },
  ]
  const cells = [
    cell('def first():\n  pass\n'),
    cell('def plot_curve():\n  pass\n', outputs),
    cell('last_cell = "\\\\"\n'),
  ]
  const json = JSON.stringify({ cells, nbformat: 4 }, null, 1)
  const { text, file } = await analysed('plots.ipynb', json, 4000)
  expect(file.cut).toBeUndefined()
  const sources = JSON.parse(text).cells.map((each: { source: string | string[] }) => [each.source].flat().join(''))
  expect(sources).toEqual(cells.map(({ source }) => source))
  expect(text).toContain('loss 0.25')
  expect(text).toContain('characters left out')
  expect(text).not.toContain('iVBORw0KGgo+/AAA'.repeat(3))
})

test('lays out a notebook in one line as several lines, and keeps a long cell that is one string', async () => {
  const source = 'x = 1\n'.repeat(2000)
  const { file, text } = await analysed('one-line.ipynb', JSON.stringify({ cells: [cell(source)] }))
  expect(file.lines).toBeGreaterThan(5)
  expect(JSON.parse(text).cells[0].source.join('')).toBe(source)
})

test.each([
  ['lists', '['.repeat(5000) + ']'.repeat(5000)],
  ['objects', `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`],
])(
  'does not lay out a notebook in one line of nested %s, which would grow with the square of their depth',
  async (_, nested) => {
    const json = `{"cells":[],"metadata":${nested}}`
    expect((await analysed('nested.ipynb', json)).text).toBe(json)
  },
)

test('keeps the lines of a notebook whose cells are lists of lines', async () => {
  const source = ['def first():\n', '  pass\n']
  const json = JSON.stringify({ cells: [{ ...cell(''), source }], nbformat: 4 }, null, 1)
  expect((await analysed('a.ipynb', json)).text).toBe(json)
})

test('finds the definitions in notebook cells that are strings of several lines', async () => {
  const json = JSON.stringify({ cells: [cell('import os\n\ndef train(rows):\n    pass\n')], nbformat: 4 }, null, 2)
  const { names, text } = await analysed('a.ipynb', json)
  const line = text.split('\n').findIndex((each) => each.includes('def train')) + 1
  expect(names).toEqual([{ symbol: 'train', line }])
})

test('reports the lines of which only the beginning can be found by its words', async () => {
  const bundle = `/* one */\n${'var a=function(b){return b+1};'.repeat(5000)}\n`
  const { file } = await analysed('bundle.js', bundle)
  expect(file.cut).toMatch(/^of a line of 150001 characters only the first 10000 /)
  expect((await analysed('a.js', 'var a = 1\n'.repeat(5000))).file.cut).toBeUndefined()
})

test('indexes an empty file as one without lines', async () => {
  const { file, text } = await analysed('__init__.py', '')
  expect(text).toBe('')
  expect(file).toMatchObject({ lines: 0, bytes: 0, chunks: [] })
})

const client = (classes: number) =>
  Array.from(
    { length: classes },
    (_, at) => `class Api${at}:\n    def list_pods_${at}(self):\n        return self.call("/pods/${at}")\n\n`,
  ).join('')

test('keeps a file that is too large up to the limit, and of the rest the names that it defines, with their lines', async () => {
  const source = client(200)
  const { file, text, names, indexed } = await analysed('client.py', source, 4000)
  const lines = source.split('\n')
  expect(file.cut).toContain(`of its ${source.length} bytes only the first 4000`)
  expect(names.map(({ symbol }) => symbol)).toEqual(
    Array.from({ length: 200 }, (_, at) => [`Api${at}`, `Api${at}.list_pods_${at}`]).flat(),
  )
  for (const { symbol, line } of names) {
    const name = symbol.slice(symbol.lastIndexOf('.') + 1)
    expect(lines[line - 1]).toContain(name)
    expect(text.split('\n')[line - 1]).toBe(lines[line - 1])
  }
  expect(text).toContain('"/pods/3"')
  expect(text).not.toContain('"/pods/150"')
  expect(indexed).toContain('def list_pods_199')
  for (const { startLine, endLine } of file.chunks) expect(endLine).toBeGreaterThanOrEqual(startLine)
  expect(file.chunks.every(({ startLine }, at) => at === 0 || startLine > (file.chunks[at - 1]?.endLine ?? 0))).toBe(
    true,
  )
})

test('keeps only the first lines of data, and of a file that is too large to read', async () => {
  const rows = Array.from({ length: 1000 }, (_, at) => `row_${at},${at}\n`).join('')
  expect((await analysed('data.csv', rows, 2000)).text).toBe(rows.slice(0, rows.lastIndexOf('\n', 1999) + 1))
  const huge = client(2000)
  const { text, names, file } = await analysed('huge.py', huge, 2000)
  expect(huge.startsWith(text)).toBe(true)
  expect(text.length).toBeLessThanOrEqual(2000)
  expect(names.at(-1)?.line).toBeLessThanOrEqual(file.lines)
})

test('cuts a line that is longer than the limit between two characters', async () => {
  const { text } = await analysed('one.txt', 'é'.repeat(3000), 1001)
  expect(text).toBe('é'.repeat(500))
  expect((await analysed('two.txt', 'é'.repeat(30_000), 1001)).text).toBe('é'.repeat(500))
})
