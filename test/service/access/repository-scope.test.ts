import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY, NO_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import type { Database } from '../../../service/store/database.ts'
import { isInScope } from '../../../service/store/visibility.ts'
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
    `select name from unnest($1::text[]) with ordinality as repository (name, at)
     where ${isInScope('$2', '$3')} order by at`,
    [NAMES, scope.names, scope.patterns],
  )
  expect(rows.map(({ name }) => name)).toEqual(expected)
})

test('a scope of everything selects everything, and an empty one nothing', () => {
  expect(new RepositoryScope(['shop', '*']).isEverything).toBe(true)
  expect(new RepositoryScope(['?*']).isEverything).toBe(false)
  expect([EVERY_REPOSITORY.isEverything, NO_REPOSITORY.isEverything]).toEqual([true, false])
})

test('a scope may hold a hundred thousand names, and thousands of globs', async () => {
  const names = Array.from({ length: 100_000 }, (_, at) => `team-${at % 100}/service-${at}`)
  const globs = Array.from({ length: 3000 }, (_, at) => `other-${at}-*`)
  const scope = new RepositoryScope([...names, ...globs])
  const asked = ['team-9/service-99909', 'other-2999-x', 'other-3000-x', 'team-9/service-9']
  expect(asked.map((name) => scope.allows(name))).toEqual([true, true, false, true])
  const rows = await database.query<{ name: string }>(
    `select name from unnest($1::text[]) with ordinality as repository (name, at)
     where ${isInScope('$2', '$3')} order by at`,
    [asked, scope.names, scope.patterns],
  )
  expect(rows.map(({ name }) => name)).toEqual(asked.filter((name) => scope.allows(name)))
  expect(scope.key).not.toBe(new RepositoryScope([...names.slice(1), ...globs]).key)
})
