import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERYTHING } from '../../../service/access/grant.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { TOOLS } from '../../../service/tools/catalogue.ts'
import type { ToolContext } from '../../../service/tools/tool.ts'
import { emptyDatabase, silent } from '../search/indexed.ts'

const NOTHING = /No(?:thing| repository) (?:is|has been) indexed yet/

let database: Database
let context: ToolContext
beforeAll(async () => {
  database = await emptyDatabase()
  const search = makeSearch({ database, log: silent })
  const catalogue = makeCatalogue({ database, roots: ['/nowhere'], onChange: () => {} })
  context = { search, catalogue, log: silent, grant: EVERYTHING }
})
afterAll(() => database.close())

const CALLS: Readonly<Record<string, object>> = {
  search_code: { query: 'value' },
  find_symbol: { name: 'value' },
  grep_code: { pattern: 'value' },
  list_files: {},
  list_repositories: {},
  get_indexing_status: {},
  read_file: { path: 'a.ts' },
}

test.each(Object.entries(CALLS))('%s says that nothing is indexed yet, and nothing else', async (name, given) => {
  const tool = TOOLS.find((each) => each.name === name)
  const answer = await tool?.call(given, context).catch((error: unknown) => error)
  const text = answer instanceof Error ? answer.message : (answer as { text: string }).text
  expect(text).toMatch(NOTHING)
  expect(text).not.toMatch(/vectors|undefined/)
})
