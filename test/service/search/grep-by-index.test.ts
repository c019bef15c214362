import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { GrepMatch, GrepRequest, SearchEngine } from '../../../service/search/contract.ts'
import { compileLineMatcher } from '../../../service/search/grep/line-matcher.ts'
import { TextScan } from '../../../service/search/grep/text-scan.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase, silent, type TestFile } from './indexed.ts'

let database: Database
let search: SearchEngine
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  await search.warm()
})
afterAll(async () => {
  await search.close()
  await database.close()
})

/** The visible files by repository and path. */
const trees = new Map<string, Map<string, TestFile>>()

async function add(repository: string, files: readonly TestFile[], removed: string[] = []): Promise<void> {
  await addFiles(database, repository, files, removed)
  const tree = trees.get(repository) ?? new Map()
  for (const path of removed) tree.delete(path)
  for (const file of files) tree.set(file.path, file)
  trees.set(repository, tree)
}

/** Returns the matches found by reading every text. */
function scanned(request: GrepRequest, within: (file: TestFile) => boolean) {
  const matcher = compileLineMatcher(request.pattern, request.ignoreCase)
  const matches: GrepMatch[] = []
  let files = 0
  for (const [repository, tree] of trees) {
    if (request.repository !== undefined && request.repository !== repository) continue
    for (const path of [...tree.keys()].sort()) {
      const file = tree.get(path) as TestFile
      if (!within(file)) continue
      files++
      const limit = request.limit + 1 - matches.length
      const scan = new TextScan(file.text, matcher, { context: request.context, limit })
      while (!scan.isDone) scan.next()
      matches.push(...scan.matches.map((match) => ({ repository, path, ...match })))
    }
  }
  return { matches: matches.slice(0, request.limit), truncated: matches.length > request.limit, files }
}

/** Returns the matches found by the index, after comparing them with those found by reading every text. */
async function grep(
  pattern: string,
  more: Partial<GrepRequest> = {},
  within: (file: TestFile) => boolean = () => true,
) {
  const request = { pattern, scope: EVERY_REPOSITORY, ignoreCase: false, context: 0, limit: 50, ...more }
  const { latencyMs: _, filesSearched, ...found } = await search.grep(request)
  expect(found).toEqual(scanned(request, within))
  return { ...found, filesSearched }
}

describe('Lines found by the index', () => {
  beforeAll(async () => {
    const filler = (seed: number) =>
      Array.from({ length: 600 }, (_, at) => `const value${seed}x${at} = compute(${seed * at})`).join('\n')
    await add('tree', [
      ...Array.from({ length: 40 }, (_, at) => ({ path: `src/part${at}.ts`, text: filler(at) })),
      { path: 'docs/größe.md', text: 'Die Größe der Straße\nИмяФайла\n注文番号を返す関数\n', language: 'markdown' },
      { path: 'lib/a.py', text: 'def parse_config(path):\r\n    return Path(path)\r\n', language: 'python' },
      { path: 'lib/copy.py', text: 'def parse_config(path):\r\n    return Path(path)\r\n', language: 'python' },
      { path: 'lib/long.py', text: `${'x = 1; '.repeat(3000)}needle_in_line\nlast`, language: 'python' },
    ])
  })

  test.each([
    ['parse_config', 2, 2],
    ['def \\w+_config\\(', 2, 2],
    ['(?i)PARSE_CONFIG', 2, 2],
    ['(?i)größe', 1, 1],
    ['(?i)GRÖSSE|STRAßE', 1, 1],
    ['ИмяФайла', 1, 1],
    ['(?i)имяфайла', 1, 1],
    ['番号', 1, 1],
    ['needle_in_line', 1, 1],
    ['value7x599 =', 1, 1],
    ['[Vv]alue7x599', 1, 1],
    ['\\Qvalue9x17 =\\E', 1, 1],
  ])('%s has %i, for which %i texts are read', async (pattern, matches, read) => {
    const found = await grep(pattern)
    expect(found.matches).toHaveLength(matches)
    expect(found).toMatchObject({ files: 44, filesSearched: read, truncated: false })
  })

  test.each([
    ['neverDefinedAnywhere', {}],
    ['never\\w+Anywhere\\(', {}],
    ['(?i)neverdefinedanywhere', {}],
    ['neverDefined(Anywhere|There)', {}],
    ['value7x599z', {}],
    ['[e]ntry [0-9]+ x[q]', {}],
    ['нигдеНет', {}],
    ['存在', {}],
    ['neverDefinedAnywhere', { repository: 'tree' }],
  ])('%s with %j matches nowhere, and no text is read', async (pattern, more) => {
    expect(await grep(pattern, more)).toMatchObject({ matches: [], filesSearched: 0, truncated: false })
  })

  test('are those of a path and of a language', async () => {
    const inLib = ({ path }: TestFile) => path.startsWith('lib/')
    expect((await grep('parse_config', { path: 'lib/**' }, inLib)).filesSearched).toBe(2)
    expect((await grep('neverDefinedAnywhere', { path: 'lib/**' }, inLib)).filesSearched).toBe(0)
    const isPython = ({ language }: TestFile) => language === 'python'
    expect((await grep('(?i)neverDefinedAnywhere', { languages: ['python'] }, isPython)).filesSearched).toBe(0)
  })

  test('are limited, in the order of paths', async () => {
    const found = await grep('value\\d+x3 ', { limit: 7, context: 1 })
    expect(found.matches).toHaveLength(7)
    expect(found.truncated).toBe(true)
  })

  test('come from every file if a pattern requires nothing for certain', async () => {
    expect(await grep('.', { limit: 5 })).toMatchObject({ truncated: true })
    expect((await grep('[a-f]{2}\\d', { limit: 200 })).filesSearched).toBe(44)
  })

  test('follow changes and removals', async () => {
    await add('changing', [
      { path: 'one.ts', text: 'oldUniqueName()' },
      { path: 'two.ts', text: 'anotherUniqueName()' },
    ])
    expect((await grep('oldUniqueName')).matches).toHaveLength(1)
    await add('changing', [{ path: 'one.ts', text: 'newUniqueName()' }], ['two.ts'])
    expect((await grep('(old|another)UniqueName')).matches).toEqual([])
    expect((await grep('newUniqueName')).matches).toHaveLength(1)
  })
})

test('Text that was indexed without grams is read', async () => {
  await add('from-before', [{ path: 'old.ts', text: 'writtenLongAgo()' }])
  await database.query('delete from gram_index where segment_id = (select max(id) from segment)')
  const more = { repository: 'from-before' }
  expect(await grep('writtenLongAgo', more)).toMatchObject({ files: 1, filesSearched: 1 })
  expect(await grep('neverWritten', more)).toMatchObject({ matches: [], filesSearched: 1 })
})

test('Random patterns find the same lines in random trees by the index as by reading all texts', async () => {
  const word = fc.constantFrom(
    'alpha',
    'Beta',
    'gamma_delta',
    'epsilonZeta',
    'größe',
    '関数',
    'x1',
    '  ',
    '(',
    '.',
    'ſeek',
  )
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(''))
  const text = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.constantFrom('\n', '\r\n'), fc.constantFrom(1, 60))
    .map(([lines, newline, times]) => `${lines.join(newline)}${newline}`.repeat(times))
  const atom = fc.oneof(
    fc.constantFrom(
      'alpha',
      'eta',
      'ma_de',
      'psilon',
      'größ',
      '関数',
      'x1',
      '\\(',
      '\\w',
      '.',
      '[Bb]et',
      '(?i)SEEK',
      '^',
      '$',
    ),
    fc.constantFrom(
      'alphaBeta',
      '(?:alpha|Beta)',
      '[^a]',
      'z?',
      '\\s+',
      'nowhere',
      '(?i)GAMMA_',
      '\\Q.\\E',
      'delta{1,2}',
    ),
  )
  const pattern = fc
    .array(atom, { minLength: 1, maxLength: 3 })
    .chain((atoms) => fc.constantFrom('', '.*', '|').map((joint) => atoms.join(joint)))
  let round = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(pattern, fc.boolean(), fc.constantFrom(1, 3, 200)), { minLength: 5, maxLength: 10 }),
      async (texts, patterns) => {
        const repository = `random-${round++}`
        await add(
          repository,
          texts.map((each, at) => ({ path: `f${(at * 7) % 13}/${at}.ts`, text: each })),
        )
        for (const [each, ignoreCase, limit] of patterns) {
          const found = await grep(each, { repository, ignoreCase, limit, context: 1 })
          expect(found.filesSearched).toBeLessThanOrEqual(texts.length)
        }
      },
    ),
    { numRuns: 25 },
  )
})
