import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

let database: Database

beforeAll(async () => {
  database = await emptyDatabase()
  const use = (name: string) => `${name} ${name} ${name}\n${name}()\n${name}()\n`
  await addFiles(database, 'shop', [
    { path: 'orm/test/cases.py', text: 'def assertBudget(self):\n  pass', symbol: 'assertBudget' },
    ...Array.from({ length: 30 }, (_, at) => ({ path: `tests/assert_budget_${at}.py`, text: use('assertBudget') })),
    { path: 'orm/base.py', text: 'def save(self):\n  pass', symbol: 'Model.save' },
    { path: 'forms/save.py', text: `def save(self):\n  ${use('Model.save')}`, symbol: 'Form.save' },
    { path: 'sync2/once.go', text: 'type Once struct {}', symbol: 'Once' },
    { path: 'sync/once.go', text: 'type Once struct {}\n// Once Once Once', symbol: 'Once' },
    { path: 'tests/session.py', text: 'def session(): pass', symbol: 'session' },
    { path: 'web/session.py', text: 'class session: pass', symbol: 'session' },
    { path: 'web/read_file.py', text: use('readFile') },
    { path: 'core/shapes.ts', text: `interface $ShapeMap {}\n${use('ShapeMap')}`, symbol: '$ShapeMap' },
    { path: 'classic/shapes.ts', text: 'interface ShapeMap {}', symbol: 'ShapeMap' },
    { path: 'web/streamer.py', text: `def streams(): pass\n${use('streams')}`, symbol: 'streams' },
    { path: 'web/payload.py', text: 'def streamer(): pass', symbol: 'streamer' },
    {
      path: 'setup/limits.ts',
      text: `const checkLimits = makeCheck()\n${use('checkLimits')}`,
      values: ['checkLimits'],
    },
    { path: 'web/checks.ts', text: 'function checkLimits() {}', symbol: 'checkLimits' },
    { path: 'web/guard.ts', text: `function checkLimits() {}\n${use('checkLimits')}`, symbol: 'Guard.checkLimits' },
    { path: 'http/client.ts', text: 'class Client { send() {} }', symbol: 'Client.send' },
    { path: 'http/request.ts', text: 'class Request { send() {} }', symbol: 'Request.send' },
    { path: 'web/files.py', text: 'def read_file(): pass', symbol: 'read_file' },
    { path: 'web/budget.py', text: `def budget(): pass\n${use('ledger')}`, symbol: 'Budget.ledger' },
    { path: 'tests/test_ledger.py', text: 'close_budget_ledger(1)' },
    ...Array.from({ length: 12 }, (_, at) => ({ path: `web/ledger_${at}.py`, text: `closeAll()\n${use('ledger')}` })),
    { path: 'shop.py', text: `${use('shop')}\n${use('Model.save')}` },
  ])
})
afterAll(() => database.close())

async function firstFor(query: string) {
  const search = makeSearch({ database, log: silent })
  const { results } = await search.search({ query, scope: EVERY_REPOSITORY, limit: 5, detail: 'snippets' })
  return results[0]
}

test.for([
  ['assertBudget', 'orm/test/cases.py', 'used in thirty tests and defined in a folder named test'],
  ['Model.save', 'orm/base.py', 'a member, where another file names both more often'],
  ['shop Model.save', 'orm/base.py', 'a member, after the name of the project, which a file has too'],
  ['where is Model.save in Shop?', 'orm/base.py', 'a member, before the name of the project'],
  ['req.send', 'http/request.ts', 'a member of a variable, whose short name begins like the file'],
  ['sync2.Once', 'sync2/once.go', 'a name in one of two packages'],
  ['session', 'web/session.py', 'a plain word that a test defines as well'],
  ['readFile', 'web/files.py', 'a name written in another convention, beside files that use it as asked'],
  ['ShapeMap', 'classic/shapes.ts', 'a name that an inner one has with a sign before it'],
  ['streamer', 'web/payload.py', 'a plain word that a file is named like'],
  ['checkLimits', 'web/checks.ts', 'a function, beside a value and a member of that name'],
] as const)('puts the definition of %s first, in %s: %s', async ([query, path]) => {
  expect((await firstFor(query))?.path).toBe(path)
})

test.for([
  ['close_budget_ledger', 'beside files with more of its words'],
  ['closeBudgetLedger', 'written in another convention'],
  ['where is close_budget_ledger?', 'in a question'],
  ['accounts.close_budget_ledger()', 'as a member of what nobody knows'],
] as const)('puts the only use of a name that is defined nowhere first: %s, %s', async ([query]) => {
  const first = await firstFor(query)
  expect(first?.path).toBe('tests/test_ledger.py')
  expect(first?.why?.defines).toBeUndefined()
})

test('scores it highest too', async () => {
  const search = makeSearch({ database, log: silent })
  const { results } = await search.search({ query: 'assertBudget', scope: EVERY_REPOSITORY, limit: 5, detail: 'paths' })
  const scores = results.map(({ score }) => score)
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
})
