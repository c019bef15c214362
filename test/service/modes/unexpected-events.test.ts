import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { LISTEN } from '../../fakes/mcp-messages.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { Connection, requestOf } from '../../prove/connection.ts'
import { askRaw } from '../http/running-server.ts'
import { type Program, startProgram } from './run-program.ts'

const temporaryFolder = temporaryFolders()
let program: Program
let port: number

beforeAll(async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'shop'))
  writeFileSync(join(folder, 'shop', 'cart.ts'), 'export const cart = []\n')
  const git = join(folder, 'bin', 'git')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(git, '#!/bin/sh\nkill -9 $$\n')
  chmodSync(git, 0o755)
  const environment = {
    DATA_FOLDER: join(folder, 'data'),
    PORT: '0',
    LOG_LEVEL: 'debug',
    GIT_ALLOWED_URLS: 'https://git.example/',
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  }
  await makeDataFolder(environment.DATA_FOLDER)
  program = startProgram(['serve', join(folder, 'shop')], environment, folder)
  while (!program.stdout().includes('shop: 1 file')) {
    if (program.child.exitCode !== null) throw new Error(program.stderr())
    await delay(20)
  }
  port = Number(/MCP is at http:\S+:(\d+) /.exec(program.stdout())?.[1])
}, 120_000)
afterAll(() => program.child.kill('SIGKILL'))

async function post(path: string, body: object) {
  const connection = await Connection.open(port)
  const answer = connection.answer()
  connection.send(requestOf('POST', path, body))
  const { status, body: told } = await answer
  connection.close()
  return { status, body: JSON.parse(told) }
}

async function jobOf(request: object): Promise<{ state: string }> {
  const { body } = await post('/v1/repositories', request)
  for (;;) {
    const answer = await askRaw(port, requestOf('GET', `/v1/jobs/${body.job_id}`, undefined, { connection: 'close' }))
    const job = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
    if (!['queued', 'running'].includes(job.state)) return job
    await delay(50)
  }
}

describe('a server keeps answering after', () => {
  /** Returns the status of a search. 0 if the server has ended. */
  const statusAfter = async () =>
    program.child.exitCode === null ? (await post('/v1/search', { query: 'cart' })).status : 0

  test.each([
    ['a request for a tunnel', 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n'],
    [
      'a request to upgrade',
      'GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'an expectation that it does not know',
      'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    ],
    ['bytes that are not HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['a body that ends early', 'POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"query"'],
  ])('%s', async (_, bytes) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end(bytes)
    await text(socket).catch(() => '')
    expect(await statusAfter()).toBe(200)
  })

  test('connections that are reset during an answer', async () => {
    const requests = [LISTEN, requestOf('POST', '/v1/search', { query: 'cart' })]
    for (const bytes of [...requests, requests.join(''), requests.toReversed().join('')]) {
      for (const ms of [0, 1, 5, 30]) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(bytes)
        await delay(ms)
        socket.resetAndDestroy()
      }
    }
    expect(await statusAfter()).toBe(200)
  })

  test('a git process that is killed', async () => {
    expect(await jobOf({ url: 'https://git.example/shop.git' })).toMatchObject({ state: 'failed' })
    expect(await statusAfter()).toBe(200)
  })

  test('the readers of its output and its log disappear', async () => {
    program.child.stdout.destroy()
    program.child.stderr.destroy()
    for (const force of [true, true]) {
      // The server writes the end of each job to both streams.
      const { body } = await post('/v1/search', { query: 'cart' })
      expect(body.results).toHaveLength(1)
      const repository = await askRaw(port, requestOf('GET', '/v1/repositories', undefined, { connection: 'close' }))
      const path = /"source":"([^"]+)"/.exec(repository)?.[1]
      expect(await jobOf({ path, force })).toMatchObject({ state: 'succeeded' })
    }
    expect(await statusAfter()).toBe(200)
  })
})

describe('a server process', () => {
  const STOP = new URL('../../../service/modes/stop.ts', import.meta.url)
  const run = async (event: string, closingMs = 0) => {
    const script = `
      import { untilStopped } from ${JSON.stringify(STOP.href)}
      const log = { error: ({ error }, message) => console.log(message + ': ' + error.message) }
      const running = setInterval(() => {}, 1000)
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 300)
      setTimeout(() => { ${event} })
      const { reason, code } = await untilStopped(log)
      console.log(reason)
      await new Promise((resolve) => setTimeout(resolve, ${closingMs}))
      clearInterval(running)
      process.exit(code)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script])
    const said = await text(child.stdout)
    return { code: child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve))), said }
  }

  test('exits with 1 on an uncaught error', async () => {
    expect(await run("throw new Error('lost')")).toEqual({
      code: 1,
      said: 'this error was not caught, so the process exits: lost\nuncaught\n',
    })
  })

  test('does not exit on an unhandled rejection', async () => {
    expect(await run("void Promise.reject(new Error('lost'))")).toEqual({
      code: 0,
      said: 'a promise was rejected, and nothing handled it: lost\nSIGTERM\n',
    })
  })

  const kill = (signal: string, afterMs = 0) => `setTimeout(() => process.kill(process.pid, '${signal}'), ${afterMs});`

  test('closes what is open when its terminal is closed', async () => {
    expect(await run(kill('SIGHUP'))).toEqual({ code: 0, said: 'SIGHUP\n' })
  })

  test.each([
    ['SIGINT', 'SIGINT'],
    ['SIGHUP', 'SIGHUP'],
    ['SIGINT', 'SIGTERM'],
  ])('closes in peace if a shell passes on the %s of the terminal, as %s', async (first, second) => {
    expect(await run(kill(first) + kill(second, 20), 200)).toEqual({ code: 0, said: `${first}\n` })
  })

  test('ends at once if somebody asks a second time', async () => {
    expect(await run(kill('SIGINT') + kill('SIGINT', 800), 20_000)).toEqual({ code: 1, said: 'SIGINT\n' })
  })

  test('closes in peace if it is told to again, other than by Ctrl-C', async () => {
    expect(await run(kill('SIGTERM') + kill('SIGTERM', 600), 1000)).toEqual({ code: 0, said: 'SIGTERM\n' })
  })

  test.each([
    ['that is to serve', true, 0],
    ['of a command', false, null],
  ])('%s ends at the first signal while nothing is open yet', async (_, serves, code) => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { stopAtOnce } from ${JSON.stringify(STOP.href)}
       stopAtOnce(${serves})
       setInterval(() => {}, 1000)
       process.kill(process.pid, 'SIGTERM')`,
    ])
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(code)
  })

  test('heeds a signal that came while it was busy, before it could listen', async () => {
    const script = `
      import { stopAtOnce, untilStopped } from ${JSON.stringify(STOP.href)}
      stopAtOnce(true)
      process.kill(process.pid, 'SIGTERM')
      const until = performance.now() + 200
      while (performance.now() < until);
      setInterval(() => {}, 1000)
      process.exit((await untilStopped({ error: () => {} })).reason === 'SIGTERM' ? 0 : 2)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script])
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })
})
