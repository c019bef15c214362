import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY, NO_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import type { Database } from '../../../service/store/database.ts'
import { emptyDatabase } from '../../fakes/embedded-database.ts'

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
})
afterAll(() => database.close())

const NAMES = ['shop', 'Shop', 'my-shop', 'shop-2', 'a.b', 'axb', 'a+(b)[c]{d}|e^$\\', 'ü 😀', 'two\nlines', '*', '']

test.each([
  [['shop'], ['shop']],
  [['shop*'], ['shop', 'shop-2']],
  [['*shop*'], ['shop', 'my-shop', 'shop-2']],
  [['?hop'], ['shop', 'Shop']],
  [['a.b'], ['a.b']],
  [['a+(b)[c]{d}|e^$\\'], ['a+(b)[c]{d}|e^$\\']],
  [['ü ?'], ['ü 😀']],
  [['two*lines'], ['two\nlines']],
  [
    ['my-*', 'a?b'],
    ['my-shop', 'a.b', 'axb'],
  ],
  [['shop|a.b'], []],
  [[], []],
  [['**'], NAMES],
])('a scope of %j selects the same names in the service and in the database', async (globs, expected) => {
  const scope = new RepositoryScope(globs)
  expect(NAMES.filter((name) => scope.allows(name))).toEqual(expected)
  const rows = await database.query<{ name: string }>(
    'select name from unnest($1::text[]) with ordinality as known (name, at) where name ~ $2 order by at',
    [NAMES, scope.pattern],
  )
  expect(rows.map(({ name }) => name)).toEqual(expected)
})

test('a scope of everything selects everything, and an empty one nothing', () => {
  expect(new RepositoryScope(['shop', '*']).isEverything).toBe(true)
  expect(new RepositoryScope(['?*']).isEverything).toBe(false)
  expect([EVERY_REPOSITORY.isEverything, NO_REPOSITORY.isEverything]).toEqual([true, false])
})
