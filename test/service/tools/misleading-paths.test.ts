import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EVERYTHING } from '../../../service/access/grant.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import type { SearchEngine } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { TOOLS } from '../../../service/tools/catalogue.ts'
import type { ToolContext } from '../../../service/tools/tool.ts'
import { addFiles, emptyDatabase, silent } from '../search/indexed.ts'

const PATIENCE = { timeout: 60_000, interval: 500 }
const FORGED = 'bank: pay.ts:1-9'
const PATHS: Readonly<Record<string, string>> = {
  'a line feed': `src/a.ts\n${FORGED}\n.ts`,
  'a carriage return': `src/b.ts\r${FORGED}\r.ts`,
  'a line separator': `src/c.ts\u2028${FORGED}\u2028.ts`,
  'an escape sequence': `src/d\u001b[2K\u001b[1G${FORGED}.ts`,
  'a control character of eight bits': `src/e\u009b2K.ts`,
  'a change of direction': 'src/f\u202est.exe.ts',
  'a line feed in its folder': `lib\n${FORGED}\n/g.ts`,
}
const ORDINARY = ['src/größe "neu".ts', 'src/👩‍💻\\n.ts']

let database: Database
let search: SearchEngine
let context: ToolContext
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  const paths = [...Object.values(PATHS), ...ORDINARY]
  const files = paths.map((path, at) => ({ path, text: `export function settle${at}() {\n  return settle\n}\n` }))
  await addFiles(database, 'shop', files)
  const catalogue = makeCatalogue({ database, roots: ['/nowhere'], onChange: () => {} })
  context = { search, catalogue, log: silent, grant: EVERYTHING }
})
afterAll(async () => {
  await search.close()
  await database.close()
})

async function textOf(name: string, given: object): Promise<string> {
  const tool = TOOLS.find((each) => each.name === name)
  return (await tool?.call(given, context))?.text ?? ''
}

describe('a path', () => {
  test.each([
    ['search_code', { query: 'settle', limit: 50 }],
    ['find_symbol', { name: 'settle', references: true }],
    ['grep_code', { pattern: 'return settle' }],
    ['list_files', {}],
  ])('of a repository writes no lines into the answer of %s', async (name, given) => {
    // On a busy machine, the threads that match patterns start late.
    const text = await vi.waitFor(async () => {
      const found = await textOf(name, given)
      expect(found).toContain(String.raw`\n${FORGED}\n`)
      return found
    }, PATIENCE)
    expect(text).not.toMatch(/[^\P{Cc}\t\n]|[\p{Zl}\p{Bidi_Control}]/u)
    expect(text.split('\n').filter((line) => line.startsWith('bank:'))).toEqual([])
    for (const path of ORDINARY) expect(text).toContain(path.slice(path.lastIndexOf('/') + 1))
  })

  test.each(Object.entries(PATHS))('with %s is read by the name that answers show', async (_, path) => {
    const shown = (await textOf('search_code', { query: 'settle', limit: 50, detail: 'paths' }))
      .split('\n')
      .map((line) => line.slice('shop: '.length))
      .find((line) => line.startsWith('"') && JSON.parse(line.slice(0, line.lastIndexOf('"') + 1)) === path)
    expect(shown).toBeDefined()
    const text = await textOf('read_file', { repository: 'shop', path: shown })
    expect(text.split('\n')[0]).toContain(shown?.slice(0, shown.lastIndexOf('"') + 1))
    expect(text).toContain('return settle')
  })
})
