import { spawn } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { asAgent, overHttp, search } from './agent.ts'
import { proxyEngine } from './engine-proxy.ts'
import { engineAddress } from './image-build.ts'
import { docker, makeStack, missing, ownStack, ROOT, run } from './stack.ts'

const NAME = 'codebase-faults'
const lacking = missing()
const SERVICE = fileURLToPath(new URL('../../../service', import.meta.url))

// Each test continues where the one before it ended.
describe.skipIf(lacking !== undefined)('a stack on a Docker engine with faults', () => {
  const stack = ownStack(NAME, { server: 18580, postgres: 15980 }, { server: { port: 18580, grace: 20 } })
  const up = async () => {
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode, output).toBe(0)
    return output
  }
  const isAnswered = async () => {
    const answer = await asAgent(overHttp(stack.url), (client) => search(client, 'refuse callers')).catch(
      () => undefined,
    )
    return (answer?.results.length ?? 0) > 0
  }

  /** Starts `npm run up` in a process group of its own. */
  const beginUp = (environment: NodeJS.ProcessEnv = {}) => {
    const child = spawn('npm', ['run', '--silent', 'up', '--', ...stack.select], {
      cwd: ROOT,
      env: { ...process.env, ...stack.environment, ...environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let told = ''
    for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (told += String(data)))
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const end = (signal: NodeJS.Signals) => {
      process.kill(-(child.pid ?? 0), signal)
      return ended
    }
    const tells = (what: string) => expect.poll(() => told, { timeout: 300_000, interval: 50 }).toContain(what)
    return { ended, end, tells, told: () => told }
  }
  const nothing = async () => {
    // Without Ollama: pulling a model and embedding play no part here.
    stack.settle({ ollama: { enabled: false } })
    const { exitCode, output } = await stack.npm('down', '--data', '--yes')
    expect(exitCode, output).toBe(0)
  }
  /** Runs `up` again, and returns the exit code of a preview after it. */
  const upAgain = async () => {
    await up()
    return stack.npm('preview', '--expect-no-changes')
  }

  const server = () => docker('ps', '--quiet', '--filter', `name=^${NAME}-server$`)

  test.each<readonly [when: string, comes: (run: ReturnType<typeof beginUp>) => Promise<unknown>]>([
    ['its containers were created', (run) => run.tells('postgres-secrets-carrier created')],
    ['Postgres created its files', () => expect.poll(postgres, { timeout: 300_000, interval: 20 }).toBe('running')],
    ['roles were created', () => commitOf('COMMIT')],
    ['the database was created', () => commitOf('CREATE DATABASE')],
    ['the server started', () => expect.poll(server, { timeout: 300_000, interval: 50 }).not.toBe('')],
  ])('completes an `up` that was killed while %s, and then has no changes', async (_, comes) => {
    await nothing()
    const run = beginUp()
    await comes(run)
    await run.end('SIGKILL')
    await letCommit()
    expect(await upAgain()).toMatchObject({ exitCode: 0 })
  })

  test.each([
    ['stopped', ['stop']],
    ['removed', ['rm', '--force']],
  ])(
    'completes an `up` that was killed while roles were created, and whose Postgres is %s after that',
    async (_, command) => {
      await nothing()
      const run = beginUp()
      await commitOf('COMMIT')
      await run.end('SIGKILL')
      await letCommit()
      await docker(...command, `${NAME}-postgres`)
      const told = await up()
      expect(told).toMatch(/^Removed the role codebase\w*, which an earlier run created but did not record\.$/m)
      expect((await stack.npm('preview', '--expect-no-changes')).exitCode).toBe(0)
    },
  )

  test('initialises a Postgres again whose first start was cut short', async () => {
    await nothing()
    const run = beginUp()
    await expect.poll(postgres, { timeout: 300_000, interval: 20 }).toBe('running')
    await docker('kill', `${NAME}-postgres`)
    await run.end('SIGKILL')
    expect(await upAgain()).toMatchObject({ exitCode: 0 })
  })

  test('reports that the engine went away during an `up`, and continues with the next', async () => {
    await nothing()
    const proxy = await proxyEngine(join(stack.folder, 'engine.sock'), await engineAddress())
    const run = beginUp({ DOCKER_HOST: proxy.host })
    await run.tells('postgres-secrets-carrier created')
    await proxy.stop()
    expect(await run.ended).toBe(1)
    expect(run.told()).toContain(
      'The operation stopped halfway. The Docker engine does not answer: start it or correct',
    )
    expect(await upAgain()).toMatchObject({ exitCode: 0 })
  })

  test('completes an `up` that was ended by Ctrl-C', async () => {
    await nothing()
    stack.restoreSettings()
    const run = beginUp()
    await run.tells('postgres-secrets-carrier created')
    expect(await run.end('SIGINT')).not.toBe(0)
    await up()
  })

  test.each(['server', 'postgres', 'ollama'])('restarts %s after it is killed', async (part) => {
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
    await killed(`${NAME}-${part}`)
    const state = async () => (await stack.running())[`${NAME}-${part}`]
    await expect.poll(state, { timeout: 120_000, interval: 250 }).toBe('healthy')
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
    expect(await docker('inspect', '--format', '{{.RestartCount}}', `${NAME}-${part}`)).not.toBe('0')
  })

  test('stops the server in time during searches and an index run, and leaves no search unanswered', async () => {
    for (let copy = 0; copy < 20; copy++) await cp(SERVICE, join(stack.repository, `copy-${copy}`), { recursive: true })
    const index = {
      method: 'POST',
      body: '{"path":"/repositories/shop"}',
      headers: { 'content-type': 'application/json' },
    }
    expect((await fetch(`${stack.url}/v1/repositories`, index)).status).toBe(202)
    const running = async () =>
      ((await (await fetch(`${stack.url}/v1/jobs`)).json()) as { jobs: { kind: string; state: string }[] }).jobs.some(
        ({ kind, state }) => kind === 'index' && state === 'running',
      )
    await expect.poll(running, { timeout: 30_000, interval: 20 }).toBe(true)
    const searches = [1, 2, 3, 4].map(() => beginSearch(stack.url))
    await setTimeout(300)
    const began = performance.now()
    const stopped = docker('stop', `${NAME}-server`)
    await setTimeout(500)
    expect(await Promise.all(searches.map((search) => search.finish()))).toEqual([200, 200, 200, 200])
    await stopped
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', `${NAME}-server`)).toBe('0')
  })

  test('fails an `up` with the last lines of a container that never becomes healthy, and replaces it with the next', async () => {
    stack.settle({ server: { port: 18580, variables: { LOG_FILE: '/nowhere/log' } } })
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/^server is .*\. Its last lines:$/m)
    expect(output).toContain('LOG_FILE is /nowhere/log, which cannot be written')
    stack.restoreSettings()
    await up()
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
  })

  test('reports that a stack of another state has its name', async () => {
    const other = makeStack(NAME, { server: 18580, postgres: 15980 })
    const { exitCode, output } = await other.npm('up')
    other.forget()
    expect(exitCode).toBe(1)
    expect(output).toContain(`The volume ${NAME}-postgres holds the database of another stack with the name ${NAME}`)
    expect(await isAnswered()).toBe(true)
  })
})

/** Returns the state of Postgres' container. Empty if there is no container. */
async function postgres(): Promise<string> {
  return (await run('docker', ['inspect', '--format', '{{.State.Status}}', `${NAME}-postgres`])).output.trim()
}

const inPostgres = (...statements: string[]) => {
  const psql = ['exec', `${NAME}-postgres`, 'psql', '-U', 'postgres', '-At']
  return run('docker', [...psql, ...statements.flatMap((statement) => ['-c', statement])])
}

const HELD = "from pg_stat_activity where wait_event = 'SyncRep'"

/**
 * Waits until a statement that begins like this is committed in Postgres but not yet acknowledged: each commit waits
 * for a standby that does not exist. Lets earlier statements through.
 */
async function commitOf(statement: string): Promise<void> {
  const isReady = async () =>
    (await run('docker', ['exec', `${NAME}-postgres`, 'pg_isready', '--host=127.0.0.1'])).exitCode
  await expect.poll(isReady, { timeout: 300_000, interval: 50 }).toBe(0)
  await inPostgres("alter system set synchronous_standby_names = 'nobody'", 'select pg_reload_conf()')
  const held = async () => {
    const { output } = await inPostgres(
      `select pg_cancel_backend(pid) ${HELD} and query not ilike '${statement}%'`,
      `select 'held' ${HELD} and query ilike '${statement}%'`,
    )
    return output
  }
  await expect.poll(held, { timeout: 60_000, interval: 50 }).toContain('held')
}

const letCommit = () => inPostgres('alter system reset synchronous_standby_names', 'select pg_reload_conf()')

/** Kills the first process of a container, like a crash. The engine would take `docker kill` for a wish to stop it. */
async function killed(container: string): Promise<void> {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', container)
  const own = ['run', '--rm', '--pid', 'host', '--user', 'root', '--entrypoint', '/bin/sh', 'pgvector/pgvector:pg17']
  await docker(...own, '-c', `kill -9 ${pid}`)
}

/** Sends the first half of a search request. */
function beginSearch(url: string) {
  const body = JSON.stringify({ query: 'where are files walked' })
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const sent = request(`${url}/v1/search`, { method: 'POST', headers })
  const answered = new Promise<number>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
  })
  sent.write(body.slice(0, 5))
  return {
    /** Sends the rest and returns the status of the answer. */
    finish() {
      sent.end(body.slice(5))
      return answered
    },
  }
}
