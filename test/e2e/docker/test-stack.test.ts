import { deepStrictEqual } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { docker, type Ended, MODEL_SETTINGS, missing, removeLeft, run } from './stack.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const NAME = 'codebase-e2e-test'
const PORTS = ['--config', 'server.port=18600', '--config', 'postgres.port=15960']
const WITHOUT_MODEL = ['--config', 'ollama.enabled=false']
const WITH_MODEL = Object.entries(MODEL_SETTINGS).flatMap(([key, value]) => ['--config', `ollama.${key}=${value}`])
const STARTED = 'Bringing the test stack up: done'
const lacking = missing()

if (lacking !== undefined) process.stderr.write(`The tests of npm run test:stack are skipped: ${lacking}\n`)

/** Starts a run. `interrupt` acts like Ctrl-C at a terminal, which signals every process in the foreground. */
function begin(...words: string[]) {
  const args = ['run', '--silent', 'test:stack', '--', '--name', NAME, ...words]
  const child = spawn('npm', args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = Promise.all([text(child.stdout), text(child.stderr)])
  const closed = new Promise<number>((resolve) => {
    // npm ends itself with the signal that it received.
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
  let soFar = ''
  child.stdout.on('data', (bytes: Buffer) => {
    soFar += bytes.toString()
  })
  return {
    ended: Promise.all([closed, written]).then(
      ([exitCode, output]): Ended => ({ exitCode, output: stripVTControlCharacters(output.join('')) }),
    ),
    interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'),
    async kill() {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await once(child, 'exit')
    },
    hasWritten: (what: string) => expect.poll(() => soFar, { timeout: 300_000, interval: 100 }).toContain(what),
  }
}

/** Returns what a run may leave: resources on the engine, its state, and changed files of the project. */
async function left(): Promise<object> {
  const filter = ['--filter', `label=codebase-mcp.stack=${NAME}`]
  const state = join(ROOT, '.pulumi', 'test', NAME)
  return {
    containers: await docker('ps', '--all', '--quiet', ...filter),
    networks: await docker('network', 'ls', '--quiet', ...filter),
    volumes: await docker('volume', 'ls', '--quiet', ...filter),
    // A container may lack the label, so look for the name too.
    named: (await docker('ps', '--all', '--format', '{{.Names}}')).split('\n').filter((name) => name.startsWith(NAME)),
    state: existsSync(state) ? readdirSync(state) : [],
    stackFile: existsSync(join(ROOT, `Pulumi.${NAME}.yaml`)),
    settings: readFileSync(join(ROOT, 'Pulumi.test.yaml'), 'utf8'),
  }
}

describe.skipIf(lacking !== undefined)('npm run test:stack on a Docker engine', () => {
  let nothing: object

  beforeAll(async () => {
    nothing = {
      containers: '',
      networks: '',
      volumes: '',
      named: [],
      state: [],
      stackFile: false,
      settings: readFileSync(join(ROOT, 'Pulumi.test.yaml'), 'utf8'),
    }
    await removeLeft(NAME)
    await begin('--remove').ended
  })

  afterEach(async () => {
    deepStrictEqual(await left(), nothing)
  })

  afterAll(() => begin('--remove').ended)

  test('passes the acceptance tests with a model, and leaves nothing', async () => {
    const { exitCode, output } = await begin(...PORTS, ...WITH_MODEL).ended
    expect(exitCode, output).toBe(0)
    expect(output).toContain('Destroying the test stack: done')
    expect(output).toMatch(/Tests +[1-9]\d* passed/)
  })

  test('exits with the code of a custom command, which can reach the server and the database', async () => {
    const psql = 'docker run --rm --network host pgvector/pgvector:pg17 psql "$DATABASE_URL" -Atc "select current_user"'
    const command = `curl=$(node -e "fetch(process.env.SERVER_URL + '/readyz').then((r) => console.log('ready', r.status))"); echo "$curl"; ${psql}; exit 7`
    const { exitCode, output } = await begin(...PORTS, ...WITHOUT_MODEL, '--command', command).ended
    expect(exitCode, output).toBe(7)
    expect(output).toMatch(/^ready 200\ncodebase$/m)
    expect(output).toContain('Testing: failed with 7')
    expect(output).toContain('Destroying the test stack: done')
  })

  test('fails if the stack cannot come up, and leaves nothing', async () => {
    const { exitCode, output } = await begin(...PORTS, '--config', 'ollama.model=127.0.0.1:9/library/missing').ended
    expect(exitCode).not.toBe(0)
    expect(output).toContain('The model "127.0.0.1:9/library/missing" was not pulled')
    expect(output).not.toContain('Testing')
  })

  test('names a port that is in use, and leaves nothing', async () => {
    await docker(
      'run',
      '--detach',
      '--name',
      `${NAME}-port`,
      '-p',
      '127.0.0.1:18600:80',
      'pgvector/pgvector:pg17',
      'sleep',
      '300',
    )
    try {
      const { exitCode, output } = await begin(...PORTS, ...WITHOUT_MODEL).ended
      expect(exitCode).toBe(1)
      expect(output).toContain(`Port 18600 of 127.0.0.1 is taken by the container ${NAME}-port`)
      expect(output).toContain('choose another with --config codebase-mcp:server.port=')
    } finally {
      await docker('rm', '--force', '--volumes', `${NAME}-port`)
    }
  })

  test('exits with 130 on Ctrl-C while the stack comes up, and removes everything', async () => {
    const running = begin(...PORTS, ...WITHOUT_MODEL)
    await expect
      .poll(() => docker('ps', '--quiet', '--filter', `name=^${NAME}-postgres$`), { timeout: 300_000, interval: 100 })
      .not.toBe('')
    running.interrupt()
    const { exitCode, output } = await running.ended
    expect(exitCode, output).toBe(130)
    expect(output).not.toContain('Testing')
  })

  test('exits with 130 on Ctrl-C during the tests, and removes everything', async () => {
    const running = begin(...PORTS, ...WITHOUT_MODEL, '--', 'sh', '-c', 'echo the tests run; sleep 300; echo over')
    await running.hasWritten('the tests run')
    running.interrupt()
    // A second Ctrl-C changes nothing.
    running.interrupt()
    const { exitCode, output } = await running.ended
    expect(exitCode, output).toBe(130)
    expect(output).not.toMatch(/^over$/m)
  })

  test('removes what a killed run has left, and comes up in its place', async () => {
    const killed = begin(...PORTS, ...WITHOUT_MODEL, '--', 'sleep', '30')
    await killed.hasWritten(STARTED)
    // Its command runs on in a process group of its own and keeps the pipes open.
    await killed.kill()
    expect(await left()).not.toEqual(nothing)
    const { exitCode, output } = await begin(...PORTS, ...WITHOUT_MODEL, '--', 'true').ended
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`Removed what an earlier run had left of ${NAME}`)
  })

  test('refuses a second run of the same stack, and allows another name beside it', async () => {
    const first = begin(...PORTS, ...WITHOUT_MODEL, '--', 'sh', '-c', 'echo the tests run; sleep 20')
    await first.hasWritten('the tests run')
    const second = await begin(...PORTS, ...WITHOUT_MODEL, '--', 'true').ended
    expect(second.exitCode).toBe(1)
    expect(second.output).toContain(`The test stack ${NAME} is in use by process`)
    const words = ['--name', `${NAME}-2`, '--config', 'server.port=18610', '--config', 'postgres.port=15970']
    const beside = await run('npm', ['run', '--silent', 'test:stack', '--', ...WITHOUT_MODEL, ...words, '--', 'true'])
    expect(beside.exitCode, beside.output).toBe(0)
    expect((await first.ended).exitCode).toBe(0)
  })
})
