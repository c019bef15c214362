import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker } from '../docker/stack.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, type Stack, until } from './cluster.ts'
import { type Repository, serveShop, thisMachine } from './repository.ts'

const reason = missing()
const NAME = 'codebase-external'
const PORT = 55_432
const ADMIN = { user: 'manager', password: 'the-manager-of-a-managed-server' }

describe.skipIf(reason !== undefined)('a stack on a cluster with an external database', () => {
  let repository: Repository
  let stack: Stack

  beforeAll(async () => {
    await clear(NAME)
    await startPostgres()
    repository = await serveShop()
    const external = { host: thisMachine(), port: PORT, ...ADMIN, sslMode: 'disable' }
    stack = makeStack(NAME, await publishImage('e2e'), {
      repositories: [repository.url],
      postgres: undefined,
      backup: { enabled: false },
      database: { external },
    })
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
    await docker('rm', '--force', '--volumes', NAME)
  })

  test('creates database, roles, grants and extension there, without a superuser', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await psql("select string_agg(extname, ',') from pg_extension where extname = 'vector'", 'codebase')).toBe(
      'vector',
    )
    expect(await psql("select count(*) from pg_roles where rolname = 'codebase' and not rolcanlogin")).toBe('1')
    expect(await stack.kubectl('get', 'statefulsets,pvc', '--output', 'name')).not.toContain('postgres')
  })

  test('answers from it', async () => {
    const all = await answers(NAME, await tokenOf(stack), ['token bucket'])
    expect(pathsOf(all.get('token bucket'))[0]).toBe('src/rate-limit.ts')
  })

  test('has no changes afterwards', async () => {
    const { exitCode, output } = await stack.npm('preview', '--expect-no-changes')
    expect(exitCode, output).toBe(0)
  })

  test('replaces the login of the service', async () => {
    const logins = () =>
      psql(
        "select string_agg(rolname, ',') from pg_roles where rolname like 'codebase\\_%' and rolname <> 'codebase_migrator'",
      )
    const before = await logins()
    stack.settle({ secrets: { version: '2' } })
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await logins()).toMatch(/^codebase_[a-z0-9]{8}$/)
    expect(await logins()).not.toBe(before)
    expect((await answers(NAME, await tokenOf(stack), ['token bucket'])).size).toBe(1)
  })

  test('leaves nothing behind if its data is not protected', async () => {
    stack.settle({ protectData: false })
    expect((await stack.up()).exitCode).toBe(0)
    const { exitCode, output } = await stack.pulumi('destroy', '--yes', '--skip-preview')
    expect(exitCode, output).toBe(0)
    expect(await psql("select count(*) from pg_roles where rolname like 'codebase%'")).toBe('0')
    expect(await psql("select count(*) from pg_database where datname = 'codebase'")).toBe('0')
  })
})

async function startPostgres(): Promise<void> {
  await docker('rm', '--force', '--volumes', NAME).catch(() => {})
  const published = `${PORT}:5432`
  await docker(
    'run',
    '--detach',
    '--name',
    NAME,
    '--publish',
    published,
    '--env',
    'POSTGRES_PASSWORD=x',
    'pgvector/pgvector:pg17',
  )
  await until(
    () => psql('select 1').catch(String),
    (said) => said === '1',
    60,
  )
  await psql(`create role ${ADMIN.user} login createdb createrole password '${ADMIN.password}'`)
  // Managed servers mark the extensions on their list as trusted.
  const control = '/usr/share/postgresql/17/extension/vector.control'
  await docker('exec', '--user', 'root', NAME, 'sed', '--in-place', '$a trusted = true', control)
}

/** Asks over TCP, because the server that only prepares the database listens on the socket too. */
async function psql(sql: string, database = 'postgres'): Promise<string> {
  const client = ['psql', '--host', '127.0.0.1', '--username', 'postgres', '--tuples-only', '--no-align']
  return docker('exec', '--env', 'PGPASSWORD=x', NAME, ...client, database, '-c', sql)
}
