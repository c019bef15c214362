import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { startServer } from '../http/running-server.ts'
import { fakeDomain } from '../tools/fake-domain.ts'
import { runProgram, startProgram } from './run-program.ts'

interface Finding {
  readonly name: string
  readonly state: string
  readonly detail: string
  readonly remedy?: string
}

const temporaryFolder = temporaryFolders()
let folder: string
let port: string
beforeEach(async () => {
  folder = temporaryFolder()
  port = String(await unusedPort())
})

async function doctor(environment: Record<string, string>) {
  const own = { DATA_FOLDER: join(folder, 'data'), PORT: port, ...environment }
  const { code, stdout } = await runProgram(['doctor', '--json'], own, folder)
  const { state, checks } = JSON.parse(stdout) as { state: string; checks: Finding[] }
  return { code, state, finding: (name: string) => checks.filter((one) => one.name === name) }
}

describe('doctor without a server', () => {
  test('finds nothing wrong before anything is indexed, and creates nothing', async () => {
    const own = { DATA_FOLDER: join(folder, 'data'), PORT: port }
    const { code, stdout, stderr } = await runProgram(['doctor'], own, folder)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ok +database +none in .*data yet/m)
    expect(stdout).toContain(`none is running; port ${port} of 127.0.0.1 is free`)
    expect(stdout).toMatch(/\nNothing fails, 0 warnings, \d+ ok\n$/)
    expect(existsSync(own.DATA_FOLDER)).toBe(false)
  })

  test('reports every fault of the settings and checks everything else', async () => {
    const { code, finding } = await doctor({ PORT: 'many', LOG_LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(finding('settings')).toMatchObject([
      { state: 'failing', detail: expect.stringContaining('PORT must be'), remedy: expect.stringContaining('PORT') },
      { state: 'failing', detail: expect.stringContaining('LOG_LEVEL must be') },
    ])
    expect(finding('server')).toMatchObject([{ state: 'warning', detail: expect.stringContaining('PORT') }])
    expect(finding('database')).toMatchObject([{ state: 'ok' }])
  })

  test('names a Postgres that does not answer, but not its password', async () => {
    const url = 'postgres://me:hunter2@127.0.0.1:1/app'
    const { code, stdout } = await runProgram(['doctor'], { DATABASE_URL: url, PORT: port })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^x failing +database +Postgres at 127.0.0.1:1\/app does not answer \(ECONNREFUSED\)\n +Check/m,
    )
    expect(stdout).toMatch(/^! warning +index +not checked/m)
    expect(stdout).not.toContain('hunter2')
  })

  test('reads the database and searches it like an agent', async () => {
    mkdirSync(join(folder, 'shop'))
    writeFileSync(join(folder, 'shop', 'cart.ts'), 'export function startProgram() {}\n')
    const own = { DATA_FOLDER: join(folder, 'data'), REPOSITORIES: folder }
    await makeDataFolder(own.DATA_FOLDER)
    const indexed = await runProgram(['index', 'shop'], own, folder)
    expect(indexed.code).toBe(0)
    const { code, finding } = await doctor({})
    expect(finding('schema')).toMatchObject([{ state: 'ok' }])
    expect(finding('index')).toMatchObject([{ state: 'ok', detail: '1 repository, 1 files in 1 chunks' }])
    expect(finding('mcp')).toMatchObject([
      { state: 'ok', detail: expect.stringMatching(/^inside this process: .* 8 tools, search_code found 1 in/) },
    ])
    expect(code).toBe(0)
  })

  test('reports that something else uses the port', async () => {
    const other = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const taken = (other.address() as AddressInfo).port
    const { code, finding } = await doctor({ PORT: String(taken) })
    await new Promise((resolve) => other.close(resolve))
    expect(code).toBe(1)
    expect(finding('server')).toMatchObject([
      {
        state: 'failing',
        detail: expect.stringContaining('in use'),
        remedy: expect.stringContaining(`PORT=${taken + 1}`),
      },
    ])
  })
})

describe('doctor with SERVER_URL', () => {
  let server: Awaited<ReturnType<typeof startServer>>
  afterEach(() => server.stop())

  test('checks that server, also through MCP, and passes if it is only degraded', async () => {
    server = await startServer()
    const { code, state, finding } = await doctor({ SERVER_URL: `${server.url}/mcp` })
    expect([code, state]).toEqual([0, 'warning'])
    expect(finding('database')).toMatchObject([{ state: 'ok', detail: `ready, in the server at ${server.url}` }])
    expect(finding('index')).toMatchObject([{ detail: '1 repository, 8 files in 40 chunks' }])
    expect(finding('mcp')).toMatchObject([
      {
        state: 'warning',
        detail: expect.stringMatching(/8 tools, search_code found 1 in \d+ ms \(lexical\); degraded: Ollama does not/),
      },
    ])
  })

  test('reports which token is missing, and uses the given one', async () => {
    server = await startServer({ settings: { tokens: parseTokens('the-token-of-this-test') } })
    const without = await doctor({ SERVER_URL: server.url })
    expect(without.code).toBe(1)
    expect(without.finding('mcp')).toMatchObject([
      {
        state: 'failing',
        detail: expect.stringContaining('bearer token'),
        remedy: expect.stringContaining('SERVER_TOKEN'),
      },
    ])
    expect((await doctor({ SERVER_URL: server.url, SERVER_TOKEN: 'the-token-of-this-test' })).code).toBe(0)
  })

  test('fails if the server does, with the message of the tool', async () => {
    const search = { search: () => Promise.reject(new Error('broken')) }
    const checkDatabase = () => Promise.reject(new Error('down'))
    server = await startServer({ context: fakeDomain({ search }).context, sources: { checkDatabase } })
    const { code, finding } = await doctor({ SERVER_URL: server.url })
    expect(code).toBe(1)
    expect(finding('server')).toMatchObject([{ state: 'failing', detail: `${server.url} answers: failing` }])
    expect(finding('mcp')).toMatchObject([
      { state: 'failing', detail: expect.stringContaining('search_code failed: Something failed inside the service') },
    ])
  })

  test('fails if nothing answers there', async () => {
    server = await startServer()
    const url = `http://127.0.0.1:${port}`
    const { code, finding } = await doctor({ SERVER_URL: url })
    expect(code).toBe(1)
    expect(finding('server')).toMatchObject([{ state: 'failing', detail: `${url} does not answer` }])
    expect(finding('index')).toMatchObject([{ state: 'warning' }])
  })
})

test('doctor asks the server that has the data folder open', async () => {
  mkdirSync(join(folder, 'shop'))
  writeFileSync(join(folder, 'shop', 'cart.ts'), 'export function startProgram() {}\n')
  await makeDataFolder(join(folder, 'data'))
  const program = startProgram(['serve', 'shop'], { DATA_FOLDER: join(folder, 'data'), PORT: '0' }, folder)
  while (!program.stdout().includes('shop: 1 file')) {
    if (program.child.exitCode !== null) throw new Error(program.stderr())
    await delay(20)
  }
  const { code, finding } = await doctor({})
  const another = await doctor({ DATA_FOLDER: join(folder, 'other'), PORT: new URL(urlIn(program.stdout())).port })
  program.child.kill('SIGKILL')
  expect(code).toBe(0)
  expect(finding('database')).toMatchObject([{ detail: `ready, in the server at ${urlIn(program.stdout())}` }])
  expect(finding('mcp')).toMatchObject([{ state: 'ok', detail: expect.stringContaining('/mcp: connected in') }])
  expect(another.finding('server')).toMatchObject([
    { state: 'warning', detail: expect.stringContaining('not the server of the data folder') },
  ])
})

const urlIn = (text: string) => /Codebase MCP is at (\S+) /.exec(text)?.[1] ?? ''
