import { spawn, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, type Stack } from './cluster.ts'
import { type Repository, serveShop } from './repository.ts'

const NAME = 'codebase-upgrade'
const FORMER = 'pgvector/pgvector:pg17'
const NEXT = 'pgvector/pgvector:pg18'
const QUESTIONS = ['where are callers limited', 'send a customer a bill', 'sendInvoice']
// Not every build of this image supports TLS.
const LINKED = ['run', '--rm', '--entrypoint', 'sh', NEXT, '-c', 'ldd "$(command -v postgres)"']
const tls = spawnSync('docker', LINKED, { encoding: 'utf8' }).stdout.includes('libssl')
const POSTGRES = { cpus: 0.1, memory: 512, storage: '1Gi', walStorage: '1Gi', tls }

const reason =
  missing() ?? (spawnSync('docker', ['pull', '--quiet', NEXT]).status === 0 ? undefined : `there is no ${NEXT}`)
if (reason !== undefined) process.stderr.write(`The tests of Postgres upgrades on Kubernetes are skipped: ${reason}.\n`)

// Each test continues where the one before it ended, like a person's work.
describe.skipIf(reason !== undefined)('an upgrade of Postgres on a cluster', () => {
  let repository: Repository
  let stack: Stack
  let before: ReadonlyMap<string, string[]>

  const paths = async () => {
    const all = await answers(NAME, await tokenOf(stack), QUESTIONS, { hasOllama: false })
    return new Map([...all].map(([question, answer]) => [question, pathsOf(answer)]))
  }
  const version = () =>
    stack.kubectl('exec', 'postgres-0', '--', 'psql', '--username', 'postgres', '-Atc', 'show server_version_num')
  const claims = async () => {
    const names = 'jsonpath={.items[*].metadata.name}'
    const all = (await stack.kubectl('get', 'persistentvolumeclaims', '--output', names)).split(' ')
    return all.filter((name) => name.startsWith('postgres'))
  }

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    stack = makeStack(NAME, await publishImage('e2e'), {
      repositories: [repository.url],
      ollama: { enabled: false },
      postgres: { ...POSTGRES, image: FORMER },
      backup: { enabled: false },
      server: { replicas: 1, cpus: 0.1, memory: 512 },
    })
    const { exitCode, output } = await stack.up()
    if (exitCode !== 0) throw new Error(output)
    before = await paths()
    stack.settle({ postgres: { ...POSTGRES, image: NEXT } })
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
  })

  test('is required by `up`, which touches nothing and names the command', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode).toBe(1)
    expect(output).toContain(`The database is in the format of Postgres 17, which Postgres 18 of ${NEXT} cannot open`)
    expect(output).toContain('upgrade')
    expect(await version()).toMatch(/^17/)
  })

  test('is undone if the new version cannot load the database, and the stack serves as before', async () => {
    stack.settle({ postgres: { ...POSTGRES, image: 'pgvector/pgvector:pg99' } })
    const { exitCode, output } = await stack.npm('upgrade', '--yes')
    expect(exitCode).toBe(1)
    expect(output).toContain('pgvector/pgvector:pg99')
    stack.settle({ postgres: { ...POSTGRES, image: NEXT } })
    await stack.kubectl('rollout', 'status', 'statefulset/postgres', '--timeout=180s')
    expect(await version()).toMatch(/^17/)
    expect(await claims()).toEqual(['postgres', 'postgres-wal'])
    expect(await paths()).toEqual(before)
  })

  test('is undone by Ctrl-C, and the stack serves as before', async () => {
    const child = spawn('npm', stack.words('upgrade', '--yes'), stack.place)
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    let told = ''
    const hear = (chunk: Buffer) => {
      told += String(chunk)
    }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', hear)
    await expect.poll(() => told, { timeout: 180_000, interval: 20 }).toContain('Loading the database into Postgres')
    // Like Ctrl-C at a terminal: signals every process of the group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect([130, null]).toContain(await exited)
    expect(told).toContain('Interrupted: the database is unchanged and in use')
    await stack.kubectl('rollout', 'status', 'statefulset/postgres', '--timeout=180s')
    expect(await version()).toMatch(/^17/)
    expect(await claims()).toEqual(['postgres', 'postgres-wal'])
    expect(await paths()).toEqual(before)
  })

  test('keeps the answers, and the old files', async () => {
    const { exitCode, output } = await stack.npm('upgrade', '--yes')
    expect(exitCode, output).toBe(0)
    expect(output).toContain('The files of Postgres 17 are in the claims postgres-17 and postgres-wal-17')
    expect(await version()).toMatch(/^18/)
    expect(await paths()).toEqual(before)
    expect(await claims()).toEqual(['postgres', 'postgres-17', 'postgres-wal', 'postgres-wal-17'])
  })

  test('leaves nothing to change, and nothing to upgrade', async () => {
    const preview = await stack.npm('preview', '--expect-no-changes')
    expect(preview.exitCode, preview.output).toBe(0)
    expect((await stack.npm('upgrade', '--yes')).output).toContain('nothing to upgrade')
    stack.settle({ postgres: { ...POSTGRES, image: FORMER } })
    expect((await stack.npm('upgrade', '--yes')).output).toContain('Postgres cannot downgrade data')
  })
})
