import { spawn, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { asAgent, overHttp, search } from './agent.ts'
import { docker, missing, ownStack, ROOT, run } from './stack.ts'

const NAME = 'codebase-upgrade'
const FORMER = 'pgvector/pgvector:pg17'
const NEXT = 'pgvector/pgvector:pg18'
const QUESTIONS = ['refuse callers that ask too often', 'send the bill to whoever bought something', 'strconv.Atoi']

const lacking = missing() ?? (spawnSync('docker', ['pull', '--quiet', NEXT]).status === 0 ? undefined : `no ${NEXT}`)

if (lacking !== undefined)
  process.stderr.write(`The tests of Postgres upgrades on a Docker engine are skipped: ${lacking}\n`)

// Each test continues where the one before it ended, like a person's work.
describe.skipIf(lacking !== undefined)('an upgrade of Postgres on a Docker engine', () => {
  const port = 15980
  const ports = { server: 18580, postgres: port }
  const stack = ownStack(NAME, ports, { ollama: { enabled: false }, postgres: { port, image: FORMER } })
  let before: unknown

  const npm = (command: string, ...args: string[]) =>
    run('npm', ['run', '--silent', command, '--', ...stack.select, ...args], stack.environment)
  const version = () => docker('exec', `${NAME}-postgres`, 'psql', '-U', 'postgres', '-Atc', 'show server_version_num')
  const volumes = async () =>
    (await docker('volume', 'ls', '--quiet', '--filter', `name=^${NAME}-postgres`)).split('\n')
  const answers = () =>
    asAgent(overHttp(stack.url), async (client) => {
      const all = []
      for (const question of QUESTIONS) all.push((await search(client, question)).results)
      return all
    })

  test('is required by `up`, which touches nothing and names the command', async () => {
    expect((await stack.npm('up')).exitCode).toBe(0)
    await expect.poll(async () => (await answers())[0]?.[0]?.path, { timeout: 60_000 }).toBe('src/rate-limit.ts')
    before = await answers()
    stack.settle({ postgres: { port, image: NEXT } })
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode).toBe(1)
    expect(output).toContain(`The volume ${NAME}-postgres has a database of Postgres 17, which Postgres 18 of ${NEXT}`)
    expect(output).toContain(`run \`${stack.hint('upgrade')}\` to upgrade it`)
    expect(await answers()).toEqual(before)
  })

  test('is undone by Ctrl-C, and the stack serves as before', async () => {
    const child = spawn('node', ['infra/cli.ts', 'upgrade', ...stack.select, '--yes'], {
      cwd: ROOT,
      env: { ...process.env, ...stack.environment },
    })
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += chunk
    })
    await expect
      .poll(() => told, { timeout: 120_000, interval: 20 })
      .toContain('Copying the files of Postgres 17 to the volume')
    child.kill('SIGINT')
    expect(await exited).toBe(130)
    expect(told).toContain('Interrupted: the database is unchanged and in use')
    expect(await version()).toMatch(/^17/)
    expect(await volumes()).toEqual([`${NAME}-postgres`, `${NAME}-postgres-secrets`])
    await expect.poll(() => answers().catch(String), { timeout: 60_000 }).toEqual(before)
  })

  test('keeps the answers, and the old files', async () => {
    const { exitCode, output } = await npm('upgrade', '--yes')
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`The files of Postgres 17 are in the volume ${NAME}-postgres-17`)
    expect(await version()).toMatch(/^18/)
    expect(await answers()).toEqual(before)
    const kept = ['run', '--rm', '--volume', `${NAME}-postgres-17:/kept:ro`, '--entrypoint', 'cat', FORMER]
    expect(await docker(...kept, '/kept/PG_VERSION')).toBe('17')
  })

  test('leaves nothing to change, and nothing to upgrade', async () => {
    const preview = await stack.npm('preview', '--expect-no-changes')
    expect(preview.exitCode, preview.output).toBe(0)
    expect((await npm('upgrade', '--yes')).output).toContain('nothing to upgrade')
    stack.settle({ postgres: { port, image: FORMER } })
    expect((await npm('upgrade', '--yes')).output).toContain('Postgres cannot downgrade data')
  })
})
