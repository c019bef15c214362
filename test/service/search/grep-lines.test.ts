import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { GrepRequest, SearchEngine } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

let database: Database
let search: SearchEngine
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  await addFiles(database, 'lines', [
    { path: 'm.go', text: 'first\nopen {\n\n  run\none;\ntwo;\nclose\nopen run\na\\nb\nlast' },
    { path: 'n.go', text: `${'réservation'.normalize('NFD')}\nfinie\nréservation\n${'사용자'.normalize('NFD')}` },
    { path: 'w.go', text: 'open {\r\n  run\r\n' },
  ])
})
afterAll(async () => {
  await search.close()
  await database.close()
})

const grep = (pattern: string, more: Partial<GrepRequest> = {}) =>
  search.grep({ pattern, scope: EVERY_REPOSITORY, ignoreCase: false, context: 0, limit: 50, ...more })
const placesOf = async (pattern: string, more: Partial<GrepRequest> = {}) =>
  (await grep(pattern, more)).matches.map(({ path, line }) => `${path}:${line}`)

describe('grep over lines', () => {
  test.each([
    ['over a line feed', 'open \\{\\n\\n  run', ['m.go:2']],
    ['over a line feed in the pattern itself', 'open {\n\n  run', ['m.go:2']],
    ['over line ends of Windows', 'open \\{\\r\\n\\r\\n  run', ['m.go:2']],
    ['over either line end', 'open \\{\\r?\\n', ['m.go:2', 'w.go:1']],
    ['over a file of Windows', 'open \\{\\n  run', ['w.go:1']],
    ['with a dot that takes line feeds', '(?s)open.*?run', ['m.go:2', 'm.go:8', 'w.go:1']],
    ['with a class that takes all', 'open[\\s\\S]*?run', ['m.go:2', 'm.go:8', 'w.go:1']],
    ['with anchors at the ends of lines', '^close$\\n^open', ['m.go:7']],
    ['from the beginning to the end', '(?s)\\Afirst.*last\\z', ['m.go:1']],
    ['only as far as a class leaves out line feeds', 'open[^\\n]*run', ['m.go:8']],
    ['only within one line by default', 'open.*run', ['m.go:8']],
    ['only within one line for blanks', 'close\\s+open', []],
    ['each line that ends so', ';\\n', ['m.go:5', 'm.go:6']],
    ['a backslash and an n', 'a\\\\nb', ['m.go:9']],
    ['composed accents in decomposed ones', 'réservation\\nfinie', ['n.go:1']],
    ['accents on one line', 'réservation', ['n.go:1', 'n.go:3']],
    ['decomposed accents in composed ones', 're\u0301servation', ['n.go:1', 'n.go:3']],
    ['letters of Hangul', '사용자$', ['n.go:4']],
  ])('finds %s', async (_, pattern, places) => {
    expect(await placesOf(pattern, { repository: 'lines' })).toEqual(places)
  })

  test('shows all lines of a match, and the lines around it', async () => {
    const { matches } = await grep('\\{\\n\\n  run', { repository: 'lines', context: 1 })
    expect(matches).toEqual([
      { repository: 'lines', path: 'm.go', line: 2, text: 'open {\n\n  run', before: ['first'], after: ['one;'] },
    ])
  })

  test('finds a match anywhere in a long text, and shows no more than twenty lines of it', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`)
    await addFiles(database, 'long', [{ path: 'l.txt', text: lines.join('\n') }])
    const ends = await placesOf('(?s)line \\d*00\\nline \\d*1\\n', { repository: 'long', limit: 200 })
    expect(ends).toEqual(Array.from({ length: 199 }, (_, at) => `l.txt:${100 * (at + 1) + 1}`))
    const { matches } = await grep('(?s)line 50\\n.*line 99$', { repository: 'long' })
    expect(matches[0]?.text.split('\n')).toHaveLength(21)
  })

  test('does not search what would take too long, and says so', async () => {
    const started = performance.now()
    const text = `${'a'.repeat(60)}\n`.repeat(30_000)
    await addFiles(database, 'slow', [{ path: 's.txt', text }])
    const { degraded } = await grep('(?s)(?:a.*){20}a{100}[^a\\n]', { repository: 'slow' })
    expect(degraded).toMatch(/slow|fit/)
    expect(performance.now() - started).toBeLessThan(6000)
  })
})
