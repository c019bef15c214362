import { expect, test } from 'vitest'
import { psql } from '../../../infra/cli/commands/psql.ts'
import { container, fakeTools } from './fake-tools.ts'

test.each([
  ['superuser', 'postgres'],
  ['migrator', 'codebase_migrator'],
  ['service', 'codebase'],
] as const)('psql as %s connects as %s, and exits like psql', async (role, user) => {
  const { tools, done } = fakeTools({}, '-c', 'select 1')
  expect(await psql(tools, { role })).toBe(3)
  expect(done).toEqual([
    `codebase-mcp-postgres: env PSQL_HISTORY=/tmp/.psql_history psql --username ${user} --dbname codebase -c select 1`,
  ])
})

test('psql needs a running Postgres', async () => {
  const { tools } = fakeTools({ containers: [container('postgres', { state: 'exited' })] })
  await expect(psql(tools, { role: 'superuser' })).rejects.toThrow(
    'The container of postgres is exited: `npm run up` starts it',
  )
})

test('psql refuses a database outside the stack', async () => {
  const { tools } = fakeTools({ config: { 'codebase-mcp:database': '{"url":"postgres://db/x"}' } })
  await expect(psql(tools, { role: 'superuser' })).rejects.toThrow(
    'This stack uses an existing database (codebase-mcp:database.url): run psql with its URL',
  )
})
