import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERYTHING } from '../../../service/access/grant.ts'
import { RepositoryScope } from '../../../service/access/repository-scope.ts'
import { Fault } from '../../../service/errors.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import { parseQuery } from '../../../service/lexical/query-terms.ts'
import type { SearchEngine } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { TOOLS } from '../../../service/tools/catalogue.ts'
import type { ToolContext } from '../../../service/tools/tool.ts'
import { addFiles, emptyDatabase, silent } from '../search/indexed.ts'

const STRINGS: Readonly<Record<string, string>> = {
  nothing: '',
  'a NUL': 'a\0b',
  'half of a character': 'a\ud800',
  'the other half': '\udc00/x',
  'a megabyte of one word': 'x'.repeat(1_000_000),
  'a hundred thousand words': 'word '.repeat(100_000),
  'as much as a query may be': 'aB1_'.repeat(1000),
  'a run of combining marks': `e${'\u0301'.repeat(999)}`,
  'a thousand stars': '*'.repeat(1000),
  'folders over and over': '**/'.repeat(333),
  'alternatives that multiply': '{a,b}'.repeat(200),
  'open braces': '{'.repeat(1000),
  'open brackets': '['.repeat(1000),
  'open groups': '('.repeat(1000),
  'nested groups': `${'(a?'.repeat(250)}${')'.repeat(250)}`,
  'repetitions in repetitions': '(?:(?:.{0,30}[a-f]){0,30}[0-9]){0,1}[QZ][QZ][QZ]',
  backslashes: '\\'.repeat(999),
  'a path upwards': '../'.repeat(300),
  'a URL with an option': 'ssh://-oProxyCommand=x@host/team/name.git',
  'a URL in pieces': 'http://['.repeat(100),
  'a name of every object': '__proto__',
  'the end of a statement': `'; drop table file; --`,
}
/** More than the slowest call takes on a busy machine: a pattern that is terminated. */
const LIMIT_MS = 10_000

let database: Database
let search: SearchEngine
let context: ToolContext
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  const text = Array.from({ length: 300 }, (_, at) => `const value${at} = compute(${at})`).join('\n')
  await addFiles(database, 'app', [
    { path: 'src/a.ts', text },
    { path: 'src/b.ts', text: `${text}\n// b` },
  ])
  const catalogue = makeCatalogue({ database, roots: ['/nowhere'], onChange: () => {} })
  context = { search, catalogue, log: silent, grant: EVERYTHING }
})
afterAll(async () => {
  await search.close()
  await database.close()
})

const REQUIRED: Readonly<Record<string, object>> = {
  search_code: { query: 'value' },
  grep_code: { pattern: 'value' },
  read_file: { repository: 'app', path: 'src/a.ts' },
}
const FIELDS = TOOLS.flatMap((tool) =>
  Object.keys((tool.input as unknown as { shape: object }).shape).map((field) => ({ tool, field, name: tool.name })),
)

describe.each(FIELDS)('$name', ({ tool, field }) => {
  test.each(Object.entries(STRINGS))(`accepts or refuses ${field} that is %s`, async (_, hostile) => {
    const call = async () => {
      const started = performance.now()
      const given = { ...REQUIRED[tool.name], [field]: hostile }
      const outcome = await tool.call(given, context).catch((error: unknown) => error)
      expect(performance.now() - started).toBeLessThan(LIMIT_MS)
      return outcome
    }
    let outcome = await call()
    // Earlier patterns may still occupy the threads, so retry like a client.
    for (let again = 0; again < 5 && outcome instanceof Fault && outcome.code === 'overloaded'; again++) {
      await delay(1000)
      outcome = await call()
    }
    expect(outcome).toSatisfy((it: Fault | object) => (it instanceof Fault ? it.status < 500 : 'structured' in it))
  })
})

test('a query looks up no more terms than its first words have, however long it is', () => {
  const most = parseQuery(STRINGS['as much as a query may be'] as string).terms.length
  expect(most).toBeLessThan(48 * 6)
  for (const text of Object.values(STRINGS)) expect(parseQuery(text).terms.length).toBeLessThan(48 * 6)
})

test('a name is matched against the globs of a scope in time linear in its length', () => {
  const scope = new RepositoryScope(['*a*a*a*a*a*b'])
  const started = performance.now()
  expect(scope.allows('a'.repeat(16_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(LIMIT_MS)
})
