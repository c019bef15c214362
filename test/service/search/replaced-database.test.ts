import { expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { SILENT } from '../store/each-engine.ts'
import { addFiles, emptyDatabase } from './indexed.ts'

/** Creates a database with one file. Its rows have the same ids in every such database. */
async function databaseWith(text: string): Promise<Database> {
  const database = await emptyDatabase()
  onTestFinished(() => database.close())
  await addFiles(database, 'shop', [{ path: 'cart.ts', text }])
  return database
}

test('A replaced database is searched as it is, although its rows reuse earlier ids', async () => {
  const before = await databaseWith('export function heronBefore() {}\n')
  const after = await databaseWith('export function egretAfter() {}\n')
  let current = before
  let tell = () => {}
  const database: Database = {
    kind: 'postgres',
    query: (...given) => current.query(...given),
    copyIn: (...given) => current.copyIn(...given),
    transaction: (...given) => current.transaction(...given),
    snapshot: (...given) => current.snapshot(...given),
    check: () => current.check(),
    onReplaced: (listener) => {
      tell = listener
    },
    close: async () => {},
  }
  const engine = makeSearch({ database, log: SILENT })
  onTestFinished(() => engine.close())
  const filter = { scope: EVERY_REPOSITORY }
  const found = async (word: string) => {
    const { results } = await engine.search({ ...filter, query: word, limit: 5, detail: 'full' })
    const { matches } = await engine.grep({ ...filter, pattern: word, ignoreCase: false, context: 0, limit: 5 })
    return [...results.map(({ snippet }) => snippet), ...matches.map(({ text }) => text)].join('\n')
  }
  expect(await found('heronBefore')).toContain('heronBefore')
  expect(await found('egretAfter')).toBe('')
  current = after
  tell()
  expect(await found('egretAfter')).toContain('egretAfter')
  expect(await found('heronBefore')).not.toContain('heronBefore')
})
