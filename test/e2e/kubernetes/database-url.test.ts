import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selfSigned } from '../docker/git-server.ts'
import { docker } from '../docker/stack.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, runJob, type Stack, until } from './cluster.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type Repository, serveShop, thisMachine } from './repository.ts'

const reason = missing()
const NAME = 'codebase-url'
const PORT = 55_433
const HOST = 'db.codebase.test'

// The certificates are among those that all pods trust, and the URL names no certificate.
describe.skipIf(reason !== undefined)('a stack on a cluster with a database at a URL with sslmode=verify-ca', () => {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-certificates-'))
  let repository: Repository
  let server: PostgresServer
  let other: Awaited<ReturnType<typeof certified>>
  let stack: Stack

  const certified = (host: string) => selfSigned(mkdtempSync(join(folder, 'host-')), host)

  /** Makes new connections see this certificate. */
  async function show({ key, certificate }: Awaited<ReturnType<typeof certified>>): Promise<void> {
    for (const file of [key, certificate]) await docker('cp', file, `${NAME}:/etc/`)
    await server.exec('chown', 'postgres', '/etc/key.pem', '/etc/certificate.pem')
    for (const setting of ["ssl_key_file = '/etc/key.pem'", "ssl_cert_file = '/etc/certificate.pem'", 'ssl = on']) {
      await server.psql(`alter system set ${setting}`)
    }
    await server.psql('select pg_reload_conf()')
  }

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    const password = 'the-owner-of-an-existing-database'
    server = await startPostgres(NAME, PORT, password)
    await server.psql('create database code')
    await server.psql('create extension vector', 'code')
    const own = await certified(HOST)
    other = await certified('other.codebase.test')
    await show(own)
    stack = makeStack(NAME, await publishImage('e2e'), {
      kubernetes: { hostAliases: [{ ip: thisMachine(), hostnames: [HOST] }] },
      repositories: [repository.url],
      ollama: { enabled: false },
      postgres: { storage: '1Gi' },
      server: { replicas: 1, cpus: 0.1, memory: 512 },
      network: { ca: [own, other].map(({ certificate }) => readFileSync(certificate, 'utf8')).join('') },
      database: { url: `postgres://postgres:${password}@${HOST}:${PORT}/code?sslmode=verify-ca` },
    })
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
    await server?.close()
    rmSync(folder, { recursive: true })
  })

  test('answers from it over TLS', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    const all = await answers(NAME, await tokenOf(stack), ['token bucket'], { hasOllama: false })
    expect(pathsOf(all.get('token bucket'))[0]).toBe('src/rate-limit.ts')
    const sessions = "from pg_stat_ssl join pg_stat_activity using (pid) where client_addr <> '127.0.0.1'"
    expect(await server.psql(`select bool_and(ssl) ${sessions}`)).toBe('t')
  })

  test('can be backed up, and its backup restored and tested', async () => {
    await runJob(stack, 'backup')
    await runJob(stack, 'restore-test')
    await runJob(stack, 'restore')
    const all = await answers(NAME, await tokenOf(stack), ['token bucket'], { hasOllama: false })
    expect(pathsOf(all.get('token bucket'))[0]).toBe('src/rate-limit.ts')
  })

  test('is not backed up from a server that shows the trusted certificate of another host', async () => {
    await show(other)
    await stack.kubectl('create', 'job', 'refused', '--from=cronjob/backup')
    const logs = () => stack.kubectl('logs', 'job/refused', '--all-containers').catch(String)
    const refused = `server certificate for "other.codebase.test" does not match host name "${HOST}"`
    expect(await until(logs, (said) => said.includes('match host name'))).toContain(refused)
  })
})
