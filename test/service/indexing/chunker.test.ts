import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_LIMITS } from '../../../service/indexing/chunks/chunk-limits.ts'
import { type Chunk, chunksOf } from '../../../service/indexing/chunks/chunker.ts'
import { grammarOf } from '../../../service/indexing/chunks/grammars.ts'
import { TextLines } from '../../../service/indexing/chunks/text-lines.ts'
import { languageOf } from '../../../service/indexing/files/languages.ts'

async function chunk(path: string, text: string): Promise<Chunk[]> {
  const language = languageOf(path, text)
  return chunksOf(new TextLines(text), { language, grammar: await grammarOf(path, language) })
}

/** Returns the non-blank lines of a text that are in no chunk or in several. */
function misplacedLines(text: string, chunks: readonly Chunk[]): number[] {
  const times = text.split('\n').map((line) => (line.trim() === '' ? 1 : 0) as number)
  for (const { startLine, endLine } of chunks) {
    for (let line = startLine; line <= endLine; line++) {
      if (text.split('\n')[line - 1]?.trim() !== '') times[line - 1] = (times[line - 1] ?? 0) + 1
    }
  }
  return times.flatMap((count, index) => (count === 1 ? [] : index + 1))
}

const FIXTURES = new URL('../../fixtures/languages/', import.meta.url)
const SAMPLES = readdirSync(FIXTURES).map((file) => ({
  path: file.replace('.txt', ''),
  text: readFileSync(new URL(file, FIXTURES), 'utf8'),
}))

/** `Server.open 6` */
const named = (...names: string[]) =>
  names.map((name) => {
    const [symbol, line] = name.split(' ')
    return expect.objectContaining({ symbol, line: Number(line) })
  })

const statements = (count: number) => Array.from({ length: count }, (_, at) => `    total = total + work(${at})`)
const pythonFunction = (name: string, lines: number) => [`def ${name}():`, ...statements(lines)].join('\n')

test('joins small neighbours and names the chunk after the largest definition', async () => {
  const chunks = await chunk(
    'a.py',
    `import os\n\nX = 1\n\n${pythonFunction('small', 1)}\n\n${pythonFunction('large', 9)}\n`,
  )
  expect(chunks).toMatchObject([
    { startLine: 1, endLine: 17, kind: 'function', symbol: 'large', definitions: named('X 3', 'small 5', 'large 8') },
  ])
})

test('keeps a function larger than the target whole, and splits one larger than the limit', async () => {
  const whole = await chunk('a.py', pythonFunction('whole', 60))
  expect(whole.map(({ startLine, endLine, symbol }) => [startLine, endLine, symbol])).toEqual([[1, 61, 'whole']])
  const cut = await chunk('a.py', pythonFunction('cut', 150))
  expect(cut.length).toBeGreaterThan(2)
  expect(new Set(cut.map(({ symbol }) => symbol))).toEqual(new Set(['cut']))
  expect(cut.map(({ definitions }) => definitions)).toEqual([named('cut 1'), ...cut.slice(1).map(() => [])])
  expect(cut.map(({ continues }) => continues)).toEqual([undefined, ...cut.slice(1).map(() => named('cut 1')[0])])
})

test('splits a large class into its head and its members', async () => {
  const member = (name: string) => [`    def ${name}(self):`, ...statements(25).map((line) => `    ${line}`)].join('\n')
  const text = `class Server(Base):\n    """Serves."""\n\n    port = 1\n\n${member('open')}\n\n${member('close')}\n`
  const chunks = await chunk('a.py', text)
  expect(chunks.map(({ startLine, endLine, kind, symbol }) => [startLine, endLine, kind, symbol])).toEqual([
    [1, 31, 'method', 'Server.open'],
    [33, 58, 'method', 'Server.close'],
  ])
  expect(chunks.map(({ definitions }) => definitions)).toEqual([
    named('Server 1', 'Server.port 4', 'Server.open 6'),
    named('Server.close 33'),
  ])
})

test('finds functions within a function that is too large for one chunk', async () => {
  const body = Array.from({ length: 20 }, (_, at) => `  function part${at}() {\n${'    call();\n'.repeat(12)}  }`).join(
    '\n',
  )
  const chunks = await chunk('a.js', `(function () {\n${body}\n})();\n`)
  expect(chunks.flatMap(({ definitions }) => definitions)).toEqual(
    named(...Array.from({ length: 20 }, (_, at) => `part${at} ${2 + 14 * at}`)),
  )
})

test('reports the kind and the end of each definition', async () => {
  const text = `class Server:\n    def open(self):\n        return 1\n\n\n${pythonFunction('large', 40)}\n`
  const chunks = await chunk('a.py', text)
  expect(chunks.flatMap(({ definitions }) => definitions)).toEqual([
    { symbol: 'Server', line: 1, kind: 'class', endLine: 3 },
    { symbol: 'Server.open', line: 2, kind: 'method', endLine: 3 },
    { symbol: 'large', line: 6, kind: 'function', endLine: 46 },
  ])
})

test('puts a comment with the definition after it, and a trailing one with the code before it', async () => {
  const text = `${pythonFunction('first', 40)} # ends here\n\n# Starts here.\n# Still.\n${pythonFunction('second', 40)}\n`
  const chunks = await chunk('a.py', text)
  expect(chunks.map(({ startLine, endLine, symbol }) => [startLine, endLine, symbol])).toEqual([
    [1, 41, 'first'],
    [43, 85, 'second'],
  ])
})

test('finds whole definitions after a syntax error', async () => {
  const chunks = await chunk('a.ts', 'export function before() {}\nconst = = ;; }}\nexport class After { run() {} }\n')
  expect(chunks.flatMap(({ definitions }) => definitions)).toEqual(
    expect.arrayContaining(named('before 1', 'After 3', 'After.run 3')),
  )
})

test('falls back to windows of lines if parsing takes too long', async () => {
  const text = 'function f() { return [1, 2, 3] }\n'.repeat(20_000)
  const grammar = await grammarOf('a.js', 'javascript')
  const chunks = chunksOf(new TextLines(text), { language: 'javascript', grammar, parseLimitMs: 1 })
  expect(new Set(chunks.map(({ kind }) => kind))).toEqual(new Set(['lines']))
  const next = chunksOf(new TextLines('function g() {}'), { language: 'javascript', grammar })
  expect(next).toMatchObject([{ symbol: 'g' }])
})

test('splits Markdown at its headings, but not at comments in code', async () => {
  const paragraph = 'Words that explain something at length.\n'.repeat(30)
  const text = `# Guide\n\n${paragraph}\n## *Install* it ##\n\n\`\`\`sh\n# not a heading\nnpm ci\n\`\`\`\n${paragraph}`
  const chunks = await chunk('guide.md', text)
  expect(chunks.map(({ startLine, kind, symbol }) => [startLine, kind, symbol])).toEqual([
    [1, 'section', 'Guide'],
    [34, 'section', 'Install it'],
  ])
})

test('splits other languages into windows that end at blank lines', async () => {
  const block = (name: string) => `${name}:\n${'  key: some value of it\n'.repeat(25)}`
  const text = ['one', 'two', 'three', 'four', 'five', 'six'].map(block).join('\n')
  const chunks = await chunk('a.text', text)
  expect(chunks.length).toBeGreaterThan(1)
  for (const { text: part, kind } of chunks) {
    expect(kind).toBe('lines')
    expect(part).toMatch(/^\w+:/)
  }
})

test('makes one chunk of a line that is too long', async () => {
  const chunks = await chunk('a.js', `const a = 1\nconst data = "${'x'.repeat(5000)}"\nconst b = 2\n`)
  expect(chunks.map(({ startLine, endLine }) => [startLine, endLine])).toContainEqual([2, 2])
})

test('survives nesting deeper than any stack', async () => {
  const depth = 20_000
  const text = `x = ${'[\n'.repeat(depth)}1${'\n]'.repeat(depth)}\n`
  expect(misplacedLines(text.slice(0, 100), await chunk('a.js', text.slice(0, 100)))).toEqual([])
  expect((await chunk('a.js', text)).length).toBeGreaterThan(100)
})

test('puts every non-blank line into exactly one chunk, with its text, within the limits', async () => {
  const grammars = new Map(
    await Promise.all(SAMPLES.map(async ({ path }) => [path, await grammarOf(path, languageOf(path))] as const)),
  )
  const line = fc.constantFrom(...SAMPLES.flatMap(({ text }) => text.split('\n')), '', '   ', '}', '"""', '/*')
  const damaged = fc.record({
    sample: fc.constantFrom(...SAMPLES),
    from: fc.nat(60),
    length: fc.nat(60),
    insert: fc.array(line, { maxLength: 5 }),
    times: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(damaged, ({ sample, from, length, insert, times }) => {
      const lines = sample.text.split('\n')
      lines.splice(from, length, ...insert)
      const text = Array.from({ length: times }, () => lines.join('\n')).join('\n')
      const language = languageOf(sample.path, text)
      const chunks = chunksOf(new TextLines(text), { language, grammar: grammars.get(sample.path) })
      expect(misplacedLines(text, chunks)).toEqual([])
      for (const { startLine, endLine, text: own } of chunks) {
        expect(own).toBe(
          text
            .split('\n')
            .slice(startLine - 1, endLine)
            .join('\n'),
        )
        expect(own.length <= CHUNK_LIMITS.most.chars || startLine === endLine).toBe(true)
        expect(endLine - startLine).toBeLessThan(CHUNK_LIMITS.most.lines)
      }
    }),
    { numRuns: 150 },
  )
})

test('names what is defined within a small function, without splitting it', async () => {
  const python = 'def outer():\n    if True:\n        def inner():\n            return 1\n    return inner\n'
  expect(await chunk('a.py', python)).toMatchObject([
    { startLine: 1, endLine: 5, symbol: 'outer', definitions: named('outer 1', 'outer.inner 3') },
  ])
  const rust = 'fn outer() {\n    fn inner() {}\n    inner()\n}\n'
  expect(await chunk('a.rs', rust)).toMatchObject([{ symbol: 'outer', definitions: named('outer 1', 'outer.inner 2') }])
})

test('ignores an assignment of a name to itself', async () => {
  const [only] = await chunk('a.py', 'from b import Mapper\n\nMapper = Mapper\nLimit = 1\n')
  expect(only?.definitions).toEqual(named('Limit 4'))
})
