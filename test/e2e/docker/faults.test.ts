import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { asAgent, overHttp, search } from './agent.ts'
import { docker, makeStack, missing } from './stack.ts'

const NAME = 'codebase-faults'
const lacking = missing()
const SERVICE = fileURLToPath(new URL('../../../service', import.meta.url))

// Each test goes on where the one before it ended.
describe.skipIf(lacking !== undefined)('a stack on a Docker engine to which something happens', () => {
  const stack = makeStack(NAME, { server: 18580, postgres: 15980 }, { server: { port: 18580, grace: 20 } })
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

  afterAll(async () => {
    await stack.npm('down', '--data', '--yes')
    stack.forget()
  })

  test('an `up` that was ended by Ctrl-C is finished by the next', async () => {
    const command = spawn('npm', ['run', '--silent', 'up', '--', ...stack.select], {
      env: { ...process.env, ...stack.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise((resolve) => command.once('exit', resolve))
    let told = ''
    for (const output of [command.stdout, command.stderr]) output.on('data', (data) => (told += String(data)))
    await expect.poll(() => told, { timeout: 300_000, interval: 100 }).toContain('postgres-secrets-carrier created')
    process.kill(-(command.pid ?? 0), 'SIGINT')
    await ended
    await up()
  })

  test.each(['server', 'postgres', 'ollama'])('%s comes back when it is killed', async (part) => {
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
    await killed(`${NAME}-${part}`)
    const state = async () => (await stack.running())[`${NAME}-${part}`]
    await expect.poll(state, { timeout: 120_000, interval: 250 }).toBe('healthy')
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
    expect(await docker('inspect', '--format', '{{.RestartCount}}', `${NAME}-${part}`)).not.toBe('0')
  })

  test('the server stops in time with searches and an index run under way, and leaves none unanswered', async () => {
    for (let copy = 0; copy < 20; copy++) cpSync(SERVICE, join(stack.repository, `copy-${copy}`), { recursive: true })
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

  test('a container that never gets healthy fails the `up` with its last lines, and the next replaces it', async () => {
    stack.settle({ server: { port: 18580, variables: { MAX_FILE_BYTES: 'many' } } })
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode).not.toBe(0)
    expect(output).toContain(`The container ${NAME}-server is not healthy: `)
    expect(output).toContain('MAX_FILE_BYTES must be a whole number from 1 to')
    stack.restoreSettings()
    await up()
    await expect.poll(isAnswered, { timeout: 120_000, interval: 500 }).toBe(true)
  })

  test('is told where its name is taken by a stack of another state', async () => {
    const other = makeStack(NAME, { server: 18580, postgres: 15980 })
    const { exitCode, output } = await other.npm('up')
    other.forget()
    expect(exitCode).toBe(1)
    expect(output).toContain(`The volume ${NAME}-postgres holds the database of another stack with the name ${NAME}`)
    expect(await isAnswered()).toBe(true)
  })
})

/** Ends a container's first process as a crash would; `docker kill` would count as somebody's wish. */
async function killed(container: string): Promise<void> {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', container)
  const own = ['run', '--rm', '--pid', 'host', '--user', 'root', '--entrypoint', '/bin/sh', 'pgvector/pgvector:pg17']
  await docker(...own, '-c', `kill -9 ${pid}`)
}

/** A search of which the server has the half. */
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
    /** Sends the rest; the status of the answer. */
    finish() {
      sent.end(body.slice(5))
      return answered
    },
  }
}
