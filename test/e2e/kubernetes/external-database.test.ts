import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, type Stack } from './cluster.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type Repository, serveShop, thisMachine } from './repository.ts'

const reason = missing()
const NAME = 'codebase-external'
const PORT = 55_432
const DATABASE = 'code_blue'
const ADMIN = { user: 'manager', password: 'the-manager-of-a-managed-server' }

describe.skipIf(reason !== undefined)('a stack on a cluster with an external database', () => {
  let repository: Repository
  let server: PostgresServer
  let stack: Stack

  beforeAll(async () => {
    await clear(NAME)
    server = await startPostgres(NAME, PORT, 'x')
    await prepare(server)
    repository = await serveShop()
    const external = { host: thisMachine(), port: PORT, name: DATABASE, ...ADMIN, sslMode: 'disable' }
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
    await server?.close()
  })

  const rolesLike = (pattern: string) =>
    server.psql(`select string_agg(rolname, ',' order by rolname) from pg_roles where rolname ~ '${pattern}'`)
  const logins = () => rolesLike(`^${DATABASE}_[0-9a-f]{8}$`)

  test('creates database, roles, grants and extension there under its name, without a superuser', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    const extensions = "select string_agg(extname, ',') from pg_extension where extname = 'vector'"
    expect(await server.psql(extensions, DATABASE)).toBe('vector')
    expect(await logins()).toMatch(/^\w+$/)
    expect(await rolesLike(`^${DATABASE}`)).toBe(`${DATABASE},${await logins()},${DATABASE}_migrator`)
    expect(await server.psql(`select rolcanlogin from pg_roles where rolname = '${DATABASE}'`)).toBe('f')
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
    const before = await logins()
    stack.settle({ secrets: { version: '2' } })
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await logins()).toMatch(/^\w+$/)
    expect(await logins()).not.toBe(before)
    expect((await answers(NAME, await tokenOf(stack), ['token bucket'])).size).toBe(1)
  })

  test('leaves nothing behind if its data is not protected, and nothing of another stack is touched', async () => {
    stack.settle({ protectData: false })
    expect((await stack.up()).exitCode).toBe(0)
    const { exitCode, output } = await stack.pulumi('destroy', '--yes', '--skip-preview')
    expect(exitCode, output).toBe(0)
    expect(await rolesLike('^code')).toBe('codebase,codebase_migrator')
    expect(await server.psql("select string_agg(datname, ',') from pg_database where datname ~ '^code'")).toBe(
      'codebase',
    )
    expect(await server.psql('select count(*) from pg_tables where schemaname = current_schema', 'codebase')).toBe('0')
  })
})

/** Creates a role as managed servers give it, and what another stack with the default name has. */
async function prepare({ psql, exec }: PostgresServer): Promise<void> {
  await psql(`create role ${ADMIN.user} login createdb createrole password '${ADMIN.password}'`)
  // Managed servers mark the extensions on their list as trusted.
  const control = '/usr/share/postgresql/17/extension/vector.control'
  await exec('sed', '--in-place', '$a trusted = true', control)
  await psql('create role codebase')
  await psql('create role codebase_migrator login')
  await psql('create database codebase owner codebase_migrator')
}
