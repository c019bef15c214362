import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Fault } from '../../../service/errors.ts'
import { readArguments } from '../../../service/tools/arguments.ts'
import { TOOLS } from '../../../service/tools/catalogue.ts'

const schema = z.object({
  query: z.string().min(1),
  path: z.string().optional(),
  limit: z.int().min(1).max(50).default(10),
  max_tokens: z.int().optional(),
  force: z.boolean().default(false),
  detail: z.enum(['paths', 'full']).default('full'),
  pattern: z.string().optional(),
  repository: z.string().optional(),
  start_line: z.int().optional(),
  ignore_case: z.boolean().optional(),
})
const read = (given: unknown) => readArguments('tool', schema, given)
const ABSENT = { query: 'x', limit: 10, force: false, detail: 'full' }

describe('the arguments of a tool', () => {
  test.each([
    ['a number as text', { limit: '5' }, { limit: 5 }],
    ['a number with a fraction of nothing', { limit: '5.0' }, { limit: 5 }],
    ['a boolean as text', { force: 'True' }, { force: true }],
    ['a boolean as a number', { force: 1 }, { force: true }],
    ['a word with blanks around it', { detail: ' paths ' }, { detail: 'paths' }],
    ['a list', { path: ['*.ts', '*.tsx'] }, { path: '*.ts,*.tsx' }],
    ['a list as JSON', { path: '["*.ts", "*.tsx"]' }, { path: '*.ts,*.tsx' }],
    ['a folder in brackets', { path: 'app/[id]' }, { path: 'app/[id]' }],
    ['a class of characters', { pattern: '["x"]' }, { pattern: '["x"]' }],
    ['a number for a text', { path: 404 }, { path: '404' }],
    ['a name in other capitals', { maxTokens: 300, LIMIT: 3 }, { max_tokens: 300, limit: 3 }],
    ['a name of another tool', { file_path: 'a.ts' }, { path: 'a.ts' }],
    ['a name of another tool beside its own', { file_path: 'a.ts', path: 'b.ts' }, { path: 'b.ts' }],
    ['empty texts', { path: '', limit: '', force: '', detail: '  ' }, {}],
    ['null', { path: null, limit: null, force: null, detail: null }, {}],
    ['null as text', { path: 'null', limit: 'undefined' }, {}],
    ['None, as Python writes it', { path: 'None', limit: 'None' }, {}],
    ['a star for everything', { path: '*', repository: '*' }, {}],
    ['a list of nothing', { path: [], repository: [''], limit: [] }, {}],
    ['a list of nothing as text', { path: '[]', repository: '[ ]' }, {}],
    ['a list of one', { limit: ['5'], force: [true], detail: ['paths'] }, { limit: 5, force: true, detail: 'paths' }],
    ['a list as Python writes it', { path: "['a.ts', 'b.ts']" }, { path: 'a.ts,b.ts' }],
    ['a list with gaps', { path: ['a.ts', '', null] }, { path: 'a.ts' }],
    ['a repository in a list', { repository: '["shop"]' }, { repository: 'shop' }],
    ['digits of another width', { limit: '５' }, { limit: 5 }],
    ['a word in capitals', { detail: 'PATHS' }, { detail: 'paths' }],
    ['a switch', { force: 'on' }, { force: true }],
    ['a path of another tool', { target_file: 'a.ts' }, { path: 'a.ts' }],
    ['a line of another tool', { offset: 40 }, { start_line: 40 }],
    ['a flag of a shell', { '-i': true }, { ignore_case: true }],
    ['the opposite of a field', { case_sensitive: 'false' }, { ignore_case: true }],
    ['the opposite of a field, on', { caseSensitive: true }, { ignore_case: false }],
    ['fields that a client adds for itself', { explanation: 'why', toolCallId: '1', _meta: {}, random_string: '' }, {}],
    [
      'the name of a field in the plural',
      { repositories: ['shop'], paths: ['a.ts', 'b.ts'] },
      { repository: 'shop', path: 'a.ts,b.ts' },
    ],
    ['a most that is more than there ever is', { limit: 1000 }, { limit: 50 }],
    ['a flag with the letter of a number', { '-n': true }, {}],
    ['a number with a letter', { k: 3 }, { limit: 3 }],
    ['a name that is more specific', { relative_workspace_path: 'a.ts' }, { path: 'a.ts' }],
    ['the root of a repository', { project_path: '/src/shop' }, { repository: '/src/shop' }],
    ['several patterns', { patterns: ['a', 'b|c'] }, { pattern: '(?:a)|(?:b|c)' }],
    ['a name that every object has', { constructor: 'x', toString: 1, ['__proto__']: 2 }, {}],
  ])('may be %s', (_, given, meant) => {
    expect(read({ query: 'x', ...given })).toEqual({ ...ABSENT, ...meant })
  })

  test.each([
    [{ limitt: 5 }, '"limitt" is unknown, and nearly limit'],
    [{ mx_tokens: 5 }, '"mx_tokens" is unknown, and nearly max_tokens'],
    [{ ptah: 'src' }, '"ptah" is unknown, and nearly path'],
    [{ limti: 5 }, '"limti" is unknown, and nearly limit'],
    [{ limit: 'many' }, 'limit: Invalid input: expected number, got "many"'],
    [{ limit: '1e9' }, 'got "1e9"'],
    [{ limit: '0' }, 'got 0'],
    [{ force: 'perhaps' }, 'got "perhaps"'],
    [{ path: [1, 2] }, 'got an array'],
  ])('are refused by name: %j', (given, message) => {
    expect(() => read({ query: 'x', ...given })).toThrow(message)
  })

  describe('of a tool that filters', () => {
    const filtered = z.object({ query: z.string(), path: z.string().optional(), language: z.string().optional() })
    test.each([
      [{ path: 'src', glob: '*.ts' }, { path: 'src/**/*.ts' }],
      [{ include: '*.{ts,tsx},lib/*.js', directory: './src/' }, { path: './src/**/*.{ts,tsx},./src/lib/*.js' }],
      [{ path: 'src', glob: 'src/**/*.ts' }, { path: 'src/**/*.ts' }],
      [{ path: '.', glob: '*.ts' }, { path: '*.ts' }],
      [{ path: 'src', glob: '!*.ts' }, { path: '!*.ts' }],
      [{ path: '*.go', glob: '*.ts' }, { path: '*.go' }],
      [{ exclude: ['test', '*.md'] }, { path: '!test,!*.md' }],
      [{ exclude_pattern: '**/*.test.ts', include: 'src' }, { path: 'src,!**/*.test.ts' }],
      [{ type: 'py' }, { language: 'py' }],
      [{ type: 'function' }, {}],
      [{ extensions: ['.ts', '.vue'] }, { language: '.ts,.vue' }],
    ])('may be %j', (given, meant) => {
      expect(readArguments('tool', filtered, { query: 'x', ...given })).toEqual({ query: 'x', ...meant })
    })
  })

  describe('of a tool that reads lines', () => {
    const lines = z.object({ path: z.string(), start_line: z.int().optional(), end_line: z.int().optional() })
    test.each([
      [
        { offset: 40, limit: 20 },
        { start_line: 40, end_line: 59 },
      ],
      [
        { limit: '20', offset: '40' },
        { start_line: 40, end_line: 59 },
      ],
      [
        { offset: 0, limit: 20 },
        { start_line: 0, end_line: 20 },
      ],
      [{ limit: 20 }, { end_line: 20 }],
      [
        { start_line: 40, num_lines: 1 },
        { start_line: 40, end_line: 40 },
      ],
      [{ lines: '40-59' }, { start_line: 40, end_line: 59 }],
      [{ range: [40, 59] }, { start_line: 40, end_line: 59 }],
      [{ view_range: [40, -1] }, { start_line: 40 }],
      [{ range: { start: 40, end: 59 } }, { start_line: 40, end_line: 59 }],
      [{ line_range: { from_line: '40', to_line: '59' } }, { start_line: 40, end_line: 59 }],
      [{ start_line: '40-59' }, { start_line: 40, end_line: 59 }],
      [{ line: 40 }, { start_line: 40 }],
      [
        { from: 40, to: 59 },
        { start_line: 40, end_line: 59 },
      ],
      [
        { start_line_one_indexed: 40, end_line_one_indexed_inclusive: 59 },
        { start_line: 40, end_line: 59 },
      ],
      [{ start_line: 40, end_line: -1 }, { start_line: 40 }],
    ])('may be %j', (given, meant) => {
      expect(readArguments('tool', lines, { path: 'a.ts', ...given })).toEqual({ path: 'a.ts', ...meant })
    })
  })

  test.each([
    { arguments: { query: 'x' } },
    { params: { question: 'x' } },
    { input: '{"query": "x"}' },
    { kwargs: { query: 'x' } },
  ])('may be sent together under one name: %j', (given) => {
    expect(read(given)).toMatchObject({ query: 'x' })
  })

  test('may ask for matches over lines', () => {
    const grep = z.object({ pattern: z.string(), literal: z.boolean().optional() })
    expect(readArguments('grep', grep, { pattern: 'a.*b', multiline: true })).toEqual({ pattern: '(?s)a.*b' })
    expect(readArguments('grep', grep, { pattern: 'a.*b', multiline: false })).toEqual({ pattern: 'a.*b' })
    expect(readArguments('grep', grep, { pattern: 'a.*b', literal: true, multiline: true }).pattern).toBe('a.*b')
  })

  test('may ask for whole words', () => {
    const grep = z.object({ pattern: z.string(), literal: z.boolean().optional() })
    const asked = (given: object) => readArguments('grep', grep, given)
    expect(asked({ '-w': true, pattern: 'a|b' })).toEqual({ pattern: '\\b(?:a|b)\\b', literal: false })
    expect(asked({ whole_word: 'true', regex: 'a' }).pattern).toBe('\\b(?:a)\\b')
    expect(asked({ pattern: 'a(', literal: true, match_whole_word: true }).pattern).toBe('\\b(?:a\\()\\b')
    expect(asked({ pattern: 'a', whole_word: false })).toEqual({ pattern: 'a' })
  })

  test('accept a synonym of another field only if the tool has that field', () => {
    const grep = z.object({ pattern: z.string(), path: z.string().optional() })
    const symbol = z.object({ name: z.string() })
    expect(readArguments('grep', grep, { query: 'x' })).toEqual({ pattern: 'x' })
    expect(readArguments('symbol', symbol, { query: 'x' })).toEqual({ name: 'x' })
    expect(readArguments('symbol', symbol, { symbol: 'x', path: 'src' })).toEqual({ name: 'x' })
    expect(read({ pattern: 'x', question: 'y' })).toMatchObject({ query: 'y', pattern: 'x' })
  })

  test('that are required are not missing because they are empty', () => {
    expect(() => read({ query: '' })).toThrow('query: ')
    expect(() => read(undefined)).toThrow('got nothing')
    expect(() => read([])).toThrow('tool cannot take this')
    expect(read({ query: 'null' }).query).toBe('null')
  })
})

function codeOf(read: () => unknown): string {
  try {
    read()
    return 'taken'
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
}

describe('whatever JSON a client sends', () => {
  const nested = (open: string, close: string) => `${open.repeat(5000)}1${close.repeat(5000)}`
  const VALUES = {
    'an object whose toString is no function': '{"toString":1}',
    'an object whose valueOf is no function either': '{"toString":"x","valueOf":{}}',
    'an object that names its prototype': '{"__proto__":{"toString":null},"constructor":null}',
    'a list of such objects': '[{"toString":1},{"toString":1}]',
    'nested lists': nested('[', ']'),
    'nested objects': nested('{"a":', '}'),
    'a number beyond all bounds': '1e999',
    'half of a character': '"\\ud800"',
    'a NUL': '"\\u0000"',
  }
  const NAMES = [
    'offset',
    'limit',
    'count',
    'range',
    'lines',
    'start_line',
    'end_line',
    'exclude',
    'dotall',
    'toString',
  ]
  const FIELDS = TOOLS.flatMap((tool) => {
    const own = Object.keys((tool.input as unknown as { shape: object }).shape)
    return [...new Set([...own, ...NAMES])].map((field) => ({ tool, name: tool.name, field }))
  })

  test.each(FIELDS)('$name takes or refuses it as $field', ({ tool, name, field }) => {
    for (const [what, json] of Object.entries(VALUES)) {
      const given = JSON.parse(`{"query":"x","pattern":"x","path":"a.ts","name":"x",${JSON.stringify(field)}:${json}}`)
      expect(
        codeOf(() => readArguments(name, tool.input as z.ZodType, given)),
        what,
      ).toMatch(/^(?:taken|request_invalid)$/)
    }
  })
})
