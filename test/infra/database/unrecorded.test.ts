import { describe, expect, test } from 'vitest'
import { dropUnrecorded, missingIn } from '../../../infra/database/unrecorded.ts'
import { drained } from '../cli/fake-tools.ts'

const role = (name: string) => ({ urn: `urn:${name}`, type: 'postgresql:index/role:Role', outputs: { name } })
const DATABASE = { urn: 'urn:d', type: 'postgresql:index/database:Database', outputs: { name: 'codebase' } }
const ROLES = [role('codebase'), role('codebase_migrator')]

describe('what a state lacks of Postgres', () => {
  test('is nothing if it has both roles and the database', () => {
    expect(missingIn([DATABASE, ...ROLES])).toBeUndefined()
  })

  test('is listed role by role', () => {
    expect(missingIn([role('codebase')])).toEqual({ database: true, roles: ['codebase_migrator'], all: false })
    expect(missingIn(ROLES)).toEqual({ database: true, roles: [], all: false })
    expect(missingIn([])).toEqual({ database: true, roles: ['codebase', 'codebase_migrator'], all: true })
  })
})

const IS_DATABASE = "datname = 'codebase'"
const HAS_TABLES = 'from pg_tables'
const isRole = (name: string) => `rolname = '${name}'`
const owns = (name: string) => `refobjid = '${name}'::regrole`

/**
 * Returns the statements that change something.
 * @param found parts of the queries that return a row
 */
async function dropped(found: readonly string[], lacking = missingIn([])) {
  const changes: string[] = []
  const run: Parameters<typeof dropUnrecorded>[1]['run'] = async (_, { input } = {}) => {
    const text = await drained(input)
    if (/drop|terminate/.test(text)) changes.push(text.trim())
    return { exitCode: 0, output: found.some((part) => text.includes(part)) ? '1\n' : '', errors: '' }
  }
  if (lacking === undefined) throw new Error('nothing is lacking')
  const place = { container: 'shop-postgres', run }
  return { told: await dropUnrecorded(lacking, place), changes: changes.slice(1), first: changes[0] }
}

describe('an unrecorded role or database in Postgres', () => {
  const all = [IS_DATABASE, isRole('codebase'), isRole('codebase_migrator')]

  test('is dropped after what it owns, once nothing can create it in the background', async () => {
    const { told, changes, first } = await dropped(all)
    expect(first).toContain(
      "pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'Terraform",
    )
    expect(changes).toEqual(['drop database codebase;', 'drop role codebase;', 'drop role codebase_migrator;'])
    expect(told).toEqual(['the database codebase', 'the role codebase', 'the role codebase_migrator'])
  })

  test('is ignored if it does not exist or is recorded', async () => {
    expect((await dropped([isRole('codebase_migrator')])).changes).toEqual(['drop role codebase_migrator;'])
    const lacking = missingIn([DATABASE, role('codebase_migrator')])
    expect((await dropped(all, lacking)).changes).toEqual(['drop role codebase;'])
  })

  test('is not dropped if it has tables, and the message says what to do', async () => {
    await expect(dropped([...all, HAS_TABLES])).rejects.toThrow(
      'Postgres in the container shop-postgres has a database codebase with tables, which the state of this stack does not contain: save the index with `npm run backup -- index.dump`',
    )
  })

  test('is not dropped if it owns something', async () => {
    await expect(dropped([...all, owns('codebase_migrator')])).rejects.toThrow(
      'a role codebase_migrator that owns something',
    )
  })
})
