import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { startServer } from '../http/running-server.ts'
import { runProgram } from './run-program.ts'

let server: Awaited<ReturnType<typeof startServer>>
let ready = true
beforeAll(async () => {
  const checkDatabase = () => (ready ? Promise.resolve() : Promise.reject(new Error('down')))
  const checkEmbedder = async () => ({ state: 'unreachable', reason: 'Ollama does not answer' }) as const
  server = await startServer({ sources: { checkDatabase, checkEmbedder } })
})
afterAll(() => server.stop())

const folder = temporaryFolders()

describe('the program', () => {
  test('lists the modes if the given one is unknown', async () => {
    const { code, stdout, stderr } = await runProgram(['serv'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      'There is no mode "serv", and no folder of that name here; did you mean serve? The modes are: serve, mcp, connect, add, remove, search, grep, status, doctor, eval, worker, migrate, healthcheck, pull-model, index, store-backup, fetch-backup, check-restore\n',
    )
  })

  test('has a help text for itself and each mode', async () => {
    const help = await runProgram(['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/serve .*\n[\s\S]*migrate .*\n/)
    expect(help.stdout).toMatch(/Start here:\n {2}codebase-mcp ~\/code/)
    expect((await runProgram(['search', '--help'])).stdout).toMatch(/--repository <name>/)
    expect((await runProgram(['status', '--jsn'])).code).toBe(1)
  })

  test.each([
    [['search', '--detail', 'brief', 'x'], /--detail <detail>' argument 'brief' is invalid.*paths, snippets, full/],
    [['search', ' '], /The query is empty/],
    [['grep', ''], /The pattern is empty/],
    [['grep', '--limit', 'many', 'x'], /--limit "many" is not a whole number/],
  ])('quotes its faulty argument as it was given: %j', async (words, message) => {
    const { code, stderr } = await runProgram(words)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(message)
  })

  test('reports every fault of the settings and exits with 1', async () => {
    const { code, stderr } = await runProgram(['serve'], { PORT: 'many', LOG_LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/PORT must be[\s\S]*LOG_LEVEL must be[\s\S]*\.env\.example/)
  })

  test('refuses to serve folders that cannot be indexed, before it opens anything', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'file.ts'), 'x')
    const fault = async (path: string) => {
      const { code, stderr } = await runProgram(['serve', path], { DATA_FOLDER: join(cwd, 'data') }, cwd)
      return [code, stderr.split('\n')[0]]
    }
    expect(await fault('nowhere')).toEqual([1, `${JSON.stringify(join(cwd, 'nowhere'))} does not exist`])
    expect(await fault('file.ts')).toEqual([1, `${JSON.stringify(join(cwd, 'file.ts'))} is a file`])
    const empty = folder()
    expect(await fault(empty)).toEqual([1, `${JSON.stringify(empty)} is empty`])
  })
})

describe('healthcheck', () => {
  test('passes for a server that is only degraded, and says so', async () => {
    const { code, stdout } = await runProgram(['healthcheck'], { PORT: String(server.port) })
    expect([code, stdout]).toEqual([0, 'ready, but degraded: Ollama does not answer\n'])
  })

  test('fails for a server that is not ready', async () => {
    ready = false
    const checked = async () => {
      const { code, stdout } = await runProgram(['healthcheck'], { PORT: String(server.port) })
      return [code, stdout]
    }
    await expect.poll(checked, { timeout: 10_000 }).toEqual([1, 'not ready: Something failed inside the service\n'])
    ready = true
  })

  test('fails if nothing listens', async () => {
    const port = await unusedPort()
    const { code, stdout } = await runProgram(['healthcheck'], { PORT: String(port) })
    expect([code, stdout]).toEqual([1, `not ready: http://127.0.0.1:${port} does not answer (ECONNREFUSED)\n`])
  })
})

describe('search and status with SERVER_URL', () => {
  test('show the answers of the running server', async () => {
    const environment = { SERVER_URL: server.url }
    const found = await runProgram(['search', 'add', 'to', 'cart', '--limit', '5'], environment)
    expect(found).toMatchObject({ code: 0, stderr: '' })
    expect(found.stdout).toContain('shop: src/cart.ts:3-9 Cart.add\n3\tadd(item) { /* add to cart */ }')
    const status = await runProgram(['status', '--json'], environment)
    expect(JSON.parse(status.stdout)).toMatchObject({ repositories: [{ name: 'shop' }], jobs: [{ kind: 'embed' }, {}] })
  })

  test('pass on the fault of the server with its exit code', async () => {
    const { code, stderr } = await runProgram(['search', 'x', '--repository', 'none'], { SERVER_URL: server.url })
    expect([code, stderr]).toEqual([1, 'There is no repository "none"\nUse one of: shop\n'])
    const wrong = await runProgram(['search', 'x', '--limit', '99'], { SERVER_URL: server.url })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^--limit "99" is not a whole number/)])
  })

  test('name the address that does not answer', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`
    const { code, stderr } = await runProgram(['search', 'x'], { SERVER_URL: url })
    expect([code, stderr]).toEqual([
      1,
      `The server at ${url} does not answer\nStart the server, or correct SERVER_URL\n`,
    ])
  })
})
