import { expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { readConfig } from '../../service/config.ts'
import { makeService } from '../../service/open.ts'
import type { Database } from '../../service/store/database.ts'
import { Questions } from '../../service/threads/right-of-way.ts'
import { SILENT } from './store/each-engine.ts'

const scope = EVERY_REPOSITORY

test('every question is counted from its call until its answer, and so is the list of repositories', async () => {
  const questions = new Questions()
  const count = new Int32Array(questions.memory)
  const asked: number[] = []
  const refuse = async () => {
    asked.push(count[0] as number)
    throw new Error('the database is away')
  }
  const database: Database = {
    kind: 'embedded',
    query: refuse,
    copyIn: refuse,
    transaction: refuse,
    snapshot: refuse,
    check: refuse,
    close: async () => {},
  }
  const config = readConfig({ OLLAMA_BASE_URL: 'off' })
  const { search, catalogue } = makeService(database, config, SILENT, { push: () => {} }, questions)
  const page = { offset: 0, limit: 10 }
  const file = { scope, repository: 'code', path: 'cart.ts' }
  const calls: (() => Promise<unknown>)[] = [
    () => search.search({ scope, query: 'where is the cart', limit: 10, detail: 'snippets' }),
    () => search.grep({ scope, pattern: 'cart', ignoreCase: false, context: 0, ...page }),
    () => search.read({ ...file }),
    () => search.outline({ ...file }),
    () => search.symbols({ scope, name: 'cart', ...page }),
    () => search.files({ scope, ...page }),
    () => catalogue.list(scope),
  ]
  for (const call of calls) {
    asked.length = 0
    await expect(call()).rejects.toThrow('the database is away')
    expect(asked[0]).toBe(1)
    expect(count[0]).toBe(0)
  }
  await search.close()
})
