import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { startServer } from '../http/running-server.ts'
import { MAIN, runProgram } from './run-program.ts'

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

  test('says which mode has no help, and where the help of a mode is', async () => {
    const unknown = await runProgram(['help', 'greb'])
    expect([unknown.code, unknown.stdout]).toEqual([1, ''])
    expect(unknown.stderr).toMatch(/^There is no mode "greb"; did you mean grep\? The modes are: serve, /)
    expect((await runProgram(['add'])).stderr).toMatch(/missing required argument.*\n"codebase-mcp help add" lists /)
  })

  test.each(['--version', '-V', '-v'])('tells its version if asked with %s', async (word) => {
    expect(await runProgram([word])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
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

test.skipIf(!existsSync('/dev/full'))('a command fails if its output cannot be written', async () => {
  const home = folder()
  const env = { PATH: process.env.PATH ?? '', HOME: home, OLLAMA_BASE_URL: 'off' }
  const written = spawnSync('sh', ['-c', `${process.execPath} ${MAIN} connect --list > /dev/full`], {
    env,
    encoding: 'utf8',
  })
  expect([written.status, written.stderr]).toEqual([
    1,
    'The output could not be written (ENOSPC): free disk space, or write it elsewhere\n',
  ])
})

describe('the command that the program prints', () => {
  const printed = async (variables: Record<string, string>) => {
    const home = folder()
    const { stdout } = await runProgram(['status'], { HOME: home, PORT: '2', ...variables }, home)
    return /: (.*) indexes a folder/.exec(stdout)?.[1]
  }
  const ofScript = { npm_command: 'run-script', npm_lifecycle_event: 'index:status' }

  test.each([
    ['by its name', {}, 'codebase-mcp add FOLDER'],
    ['through npx', { npm_command: 'exec', npm_lifecycle_event: 'npx' }, 'npx codebase-mcp add FOLDER'],
    ['by a script of this checkout', { ...ofScript, npm_package_name: 'codebase-mcp' }, 'npm run add -- FOLDER'],
    ['by a script of a project', { ...ofScript, npm_package_name: 'shop', INIT_CWD: '/' }, 'codebase-mcp add FOLDER'],
  ])('is the one to type if it was started %s', async (_, variables, command) => {
    expect(await printed(variables)).toBe(command)
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
    expect([code, stderr]).toEqual([1, 'No repository is called "none"\nUse one of these names: shop\n'])
    const wrong = await runProgram(['search', 'x', '--limit', '99'], { SERVER_URL: server.url })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^--limit "99" is not a whole number/)])
  })

  test.each([
    ['', 'A bearer token is required'],
    ['another-token-of-somebody', 'This bearer token is unknown'],
  ])('say where the token belongs, in the words of a terminal: %j', async (SERVER_TOKEN, message) => {
    const closed = await startServer({ settings: { tokens: parseTokens('0123456789abcdef') } })
    const asked = await runProgram(['status'], { SERVER_URL: closed.url, SERVER_TOKEN })
    await closed.stop()
    expect([asked.code, asked.stderr]).toEqual([
      1,
      expect.stringMatching(`^${message}.*\nSet SERVER_TOKEN to one of the server's tokens\n$`),
    ])
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
