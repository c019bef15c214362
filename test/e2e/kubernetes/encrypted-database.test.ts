import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, runJob, type Stack, until } from './cluster.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
const NAME = 'codebase-encrypted'
const QUESTION = 'token bucket'
const POSTGRES = { cpus: 0.1, memory: 512, storage: '1Gi', walStorage: '1Gi' }
const SMALL = {
  ollama: { enabled: false },
  postgres: POSTGRES,
  server: { replicas: 1, cpus: 0.1, memory: 512 },
}

// Each test continues where the one before it ended.
describe.skipIf(reason !== undefined)('a database on a cluster that only accepts TLS', () => {
  let repository: Repository
  let stack: Stack

  const psql = (statement: string, url = '') =>
    stack.kubectl('exec', 'postgres-0', '--', 'psql', url || 'user=postgres', '-Atc', statement)
  const inPostgres = (script: string) => stack.kubectl('exec', 'postgres-0', '--', 'bash', '-c', script)
  const certificate = async (key: string) => {
    const path = `jsonpath={.data.${key.replace('.', '\\.')}}`
    return Buffer.from(await stack.kubectl('get', 'secret', 'postgres-tls', '--output', path), 'base64').toString()
  }
  const serial = async (key: string) => new X509Certificate(await certificate(key)).serialNumber
  const restarts = () =>
    stack.kubectl('get', 'pod', 'postgres-0', '--output', 'jsonpath={.metadata.uid} {.status.startTime}')
  const answered = async () =>
    pathsOf((await answers(NAME, await tokenOf(stack), [QUESTION], { hasOllama: false })).get(QUESTION))

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    stack = makeStack(NAME, await publishImage('e2e'), { repositories: [repository.url], ...SMALL })
    const { exitCode, output } = await stack.up()
    if (exitCode !== 0) throw new Error(output)
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
  })

  test('has no unencrypted connection from another pod', async () => {
    expect((await answered())[0]).toBe('src/rate-limit.ts')
    const others = 'from pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null'
    expect(Number(await psql(`select count(*) ${others} and usename like 'codebase\\_%'`))).toBeGreaterThan(0)
    expect(await psql(`select count(*) ${others} and client_addr <> '127.0.0.1' and not ssl`)).toBe('0')
  })

  test('refuses clients without encryption, and clients that expect another server', async () => {
    const pod = '$(hostname -i)'
    const ask = (options: string) => inPostgres(`psql "host=${pod} user=postgres ${options}" -c 'select 1'`)
    await expect(ask('sslmode=disable')).rejects.toThrow('no encryption')
    await expect(ask('sslmode=verify-full sslrootcert=/run/secrets/certificate/ca.crt')).rejects.toThrow(
      'does not match host name',
    )
    await expect(ask('sslmode=verify-full sslrootcert=system')).rejects.toThrow('certificate verify failed')
  })

  test('can be backed up, and its backup restored and tested', async () => {
    await runJob(stack, 'backup')
    await runJob(stack, 'restore-test')
    await runJob(stack, 'restore')
    expect((await answered())[0]).toBe('src/rate-limit.ts')
  })

  test('has no changes afterwards', async () => {
    const { exitCode, output } = await stack.npm('preview', '--expect-no-changes')
    expect(exitCode, output).toBe(0)
  })

  test('shows a new certificate of the same authority after a renewal, and keeps serving meanwhile', async () => {
    const [authority, server, pod] = [await serial('ca.crt'), await serial('tls.crt'), await restarts()]
    stack.settle({ secrets: { version: '2' } })
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await serial('ca.crt')).toBe(authority)
    const renewed = await serial('tls.crt')
    expect(renewed).not.toBe(server)
    const shown = () =>
      inPostgres(
        'openssl s_client -starttls postgres -connect localhost:5432 </dev/null 2>/dev/null | openssl x509 -noout -serial',
      )
    await until(shown, (line) => line === `serial=${renewed}`, 180)
    expect(await restarts()).toBe(pod)
    expect((await answered())[0]).toBe('src/rate-limit.ts')
  })
})
