import { expect, test } from 'vitest'
import { read } from './keyed-settings.ts'
import { type Made, objectsOf, settingsOf } from './mocked.ts'

const external = (more: object = {}) => ({ external: { host: 'db.example.com', password: 'pw', ...more } })

const resourcesWith = (database: object) =>
  objectsOf(
    settingsOf('kubernetes', {
      kubernetes: { context: 'production' },
      image: { reference: 'registry.example.com/codebase-mcp:1' },
      database,
    }),
  )

const inPostgres = (all: readonly Made[]) =>
  all.filter(({ type }) => /^postgresql:.*:(Role|Database)$/.test(type)).map(({ inputs }) => String(inputs.name))

const urlsIn = (all: readonly Made[]) =>
  all
    .filter(({ name }) => /^(service|owner)-login/.test(name))
    .map(({ inputs }) => String((inputs.stringData as { DATABASE_URL: string }).DATABASE_URL))

test('two stacks on one server have databases and roles of their own', async () => {
  const [one, other] = [await resourcesWith(external()), await resourcesWith(external({ name: 'code_blue' }))]
  expect(inPostgres(one).toSorted()).toEqual(['codebase', 'codebase', 'codebase_e3b0c442', 'codebase_migrator'])
  expect(inPostgres(other).toSorted()).toEqual(['code_blue', 'code_blue', 'code_blue_e3b0c442', 'code_blue_migrator'])
  const grants = other.filter(({ type }) => /:(Grant|DefaultPrivileges|Extension)$/.test(type))
  expect(grants.length).toBeGreaterThan(0)
  for (const { inputs } of grants) expect(inputs.database).toBe('code_blue')
  expect(urlsIn(other).toSorted()).toEqual([
    'postgres://code_blue_e3b0c442:drawn@db.example.com:5432/code_blue?sslmode=require',
    'postgres://code_blue_migrator:drawn@db.example.com:5432/code_blue?sslmode=require',
  ])
})

test.each(['Code', 'code-blue', 'postgres', 'template1', 'pg_code', '1code', 'a'.repeat(41), ''])(
  'a database cannot have the name %j',
  (name) => {
    expect(() => read({ database: external({ name }) })).toThrow('database.external.name must be up to 40')
  },
)
