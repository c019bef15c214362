import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { startForge } from '../../fakes/forge.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { MAIN, type Program, runProgram, startProgram } from './run-program.ts'

const temporaryFolder = temporaryFolders()

function shop(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'shop', 'src'), { recursive: true })
  writeFileSync(
    join(folder, 'shop', 'src', 'cart.ts'),
    'export class Cart {\n  // Puts one more item into the cart.\n  addItem(item: string) {\n    this.items.push(item)\n  }\n}\n',
  )
  writeFileSync(join(folder, 'shop', 'src', 'mail.py'), 'def send_mail(address):\n    """Sends a receipt."""\n')
  writeFileSync(join(folder, 'shop', 'logo.png'), Buffer.from([0x89, 0x50, 0, 0, 1, 2]))
  return folder
}

async function untilOutput(program: Program, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(program.stdout())
    if (found !== null) return found[1] ?? found[0]
    if (program.child.exitCode !== null) throw new Error(`ended: ${program.stdout()}\n${program.stderr()}`)
    await delay(20)
  }
}

const folder = shop()
// The watcher is off, because it may ask for a run before a call does.
const environment = { DATA_FOLDER: join(folder, 'data'), PORT: '0', WATCH: 'off' }
let program: Program
let url: string
beforeAll(async () => {
  program = startProgram(['serve', 'shop'], environment, folder)
  url = await untilOutput(program, /Codebase MCP is at (\S+) /)
  await untilOutput(program, /shop: 2 files/)
})
afterAll(() => program.child.kill('SIGKILL'))

async function connect() {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)))
  return client
}

describe('serve, embedded', () => {
  test('reports each phase, what was indexed and skipped, and then in five lines what to do', async () => {
    await untilOutput(program, /skipped: /)
    expect(program.stdout()).toMatch(/^Listening at \S+\nCreating the database\n/)
    expect(program.stdout()).toMatch(/shop: 2 files, \d+ new chunks in [\d.]+ s\n {2}skipped: 1 binary\n/)
    const guide = await untilOutput(program, /\nReady: (?:.*\n){5}/)
    expect(guide.trim().split('\n')).toEqual([
      expect.stringMatching(/^Ready: shop can be searched, /),
      `  Look    ${url}`,
      expect.stringMatching(/^ {2}Connect codebase-mcp connect claude-code /),
      expect.stringMatching(/^ {2}Ask {5}"/),
      expect.stringContaining(join(folder, 'data')),
    ])
    expect(program.stdout()).not.toContain('\u001b[')
  })

  test('answers an agent from the given folder', async () => {
    const client = await connect()
    const found = await client.callTool({ name: 'search_code', arguments: { query: 'add an item to the cart' } })
    expect(found.structuredContent).toMatchObject({
      results: [{ repository: 'shop', path: 'src/cart.ts', language: 'typescript' }],
      modes: ['lexical', 'semantic'],
    })
    const lines = await client.callTool({ name: 'grep_code', arguments: { pattern: 'def \\w+' } })
    expect(lines.structuredContent).toMatchObject({ matches: [{ path: 'src/mail.py', line: 1 }] })
    const file = await client.callTool({ name: 'read_file', arguments: { repository: 'shop', path: 'src/mail.py' } })
    expect(file.content).toMatchObject([{ text: expect.stringContaining('1\tdef send_mail') }])
    expect(file.structuredContent).toMatchObject({ total_lines: 2 })
    await client.close()
  })

  test('indexes only what changed if asked again', async () => {
    const client = await connect()
    writeFileSync(join(folder, 'shop', 'src', 'tax.go'), 'package shop\n\nfunc valueAddedTax() {}\n')
    const { structuredContent } = await client.callTool({
      name: 'index_repository',
      arguments: { path: join(folder, 'shop') },
    })
    const { job_id } = structuredContent as { job_id: string }
    const job = async () => {
      const { structuredContent: answer } = await client.callTool({
        name: 'get_indexing_status',
        arguments: { job_id },
      })
      return (answer as { jobs: Record<string, unknown>[] }).jobs[0] ?? {}
    }
    while (!['succeeded', 'partial', 'failed'].includes(String((await job()).state))) await delay(50)
    expect(await job()).toMatchObject({ state: 'succeeded', files_total: 3, files_unchanged: 2 })
    const found = await client.callTool({ name: 'search_code', arguments: { query: 'value added tax' } })
    expect((found.structuredContent as { results: unknown[] }).results[0]).toMatchObject({ path: 'src/tax.go' })
    await client.close()
  })

  test('serves search, status and mcp while it has the data folder open', async () => {
    const found = await runProgram(['search', 'add item', '--json'], environment, folder)
    expect(JSON.parse(found.stdout)).toMatchObject({ results: [{ path: 'src/cart.ts' }] })
    expect((await runProgram(['status'], environment, folder)).stdout).toContain('shop: ready')
    const client = new Client({ name: 'test', version: '1' })
    const env = { ...environment, PATH: process.env.PATH ?? '' }
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp'], env, cwd: folder }))
    const listed = await client.callTool({ name: 'list_repositories', arguments: {} })
    expect(listed.structuredContent).toMatchObject({ repositories: [{ name: 'shop' }] })
    await client.close()
  })

  test('indexes the folder of a second command, from any folder', async () => {
    const other = temporaryFolder()
    mkdirSync(join(other, 'bakery'))
    writeFileSync(join(other, 'bakery', 'oven.rb'), 'def bake_the_bread\nend\n')
    const second = await runProgram(['./bakery'], environment, other)
    expect([second.code, second.stderr]).toEqual([0, ''])
    expect(second.stdout).toMatch(/bakery: 1 file, 1 new chunk in /)
    expect(second.stdout).toContain(`served at ${url}, which was running (process ${program.child.pid})`)
    const lines = await runProgram(['grep', 'BAKE_.*', '--ignore-case'], environment, other)
    expect([lines.code, lines.stdout]).toEqual([0, expect.stringMatching(/oven\.rb\n1: def bake_the_bread/)])
    expect((await runProgram(['grep', 'no such line'], environment, other)).code).toBe(1)
  })

  test('finds a folder inside an indexed one as part of it, and refuses one around it', async () => {
    const inside = await runProgram(['add', join('shop', 'src')], environment, folder)
    expect([inside.code, inside.stderr]).toEqual([0, ''])
    expect(inside.stdout).toContain('src is part of shop: search it alone with --repository shop --path src\n')
    const around = await runProgram(['add', '.'], environment, folder)
    expect([around.code, around.stderr]).toEqual([
      1,
      expect.stringMatching(/ contains shop, already indexed: .*\n.*codebase-mcp remove shop/),
    ])
  })

  test('removes what somebody confirms, by folder or name, and says what it was', async () => {
    const other = temporaryFolder()
    mkdirSync(join(other, 'brewery'))
    writeFileSync(join(other, 'brewery', 'kettle.rb'), 'def boil_the_wort\nend\n')
    await runProgram(['add', 'brewery'], environment, other)
    const remove = (...args: string[]) => runProgram(['remove', ...args], environment, other)
    const unasked = await remove('./brewery')
    expect([unasked.code, unasked.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^Removing brewery \(.*brewery, 1 file\) must be confirmed, and this is not a terminal\n.*--yes/,
      ),
    ])
    const near = await remove('brewry', '--yes')
    expect([near.code, near.stderr]).toEqual([1, expect.stringMatching(/"brewry"\nUse one of these names: .*brewery/)])
    const done = await remove('./brewery', 'brewery', '--yes')
    expect([done.code, done.stderr]).toEqual([0, ''])
    expect(done.stdout).toMatch(/^brewery \(.*, 1 file\) is removed from the index; its files are untouched\n$/)
    expect((await runProgram(['status'], environment, folder)).stdout).not.toContain('brewery')
    expect((await runProgram(['add', 'brewery'], environment, other)).stdout).toMatch(/brewery: 1 file, /)
    await remove('brewery', '--yes')
  })

  test('lets only its user add a folder that the settings do not name', async () => {
    const path = temporaryFolder()
    writeFileSync(join(path, 'a.ts'), 'export {}')
    const add = (headers: Record<string, string>) =>
      fetch(`${url}/v1/repositories`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ path }),
      })
    expect((await add({})).status).toBe(403)
    expect((await add({ authorization: 'Bearer 00000000-0000-0000-0000-000000000000' })).status).toBe(403)
    const client = await connect()
    const asked = await client.callTool({ name: 'index_repository', arguments: { path } })
    expect(asked.isError).toBe(true)
    await client.close()
  })

  test('reports that the port is in use before it creates anything', async () => {
    const port = new URL(url).port
    const other = { DATA_FOLDER: join(folder, 'other'), PORT: port }
    const third = await runProgram(['serve', 'shop'], other, folder)
    expect([third.code, third.stderr]).toEqual([1, expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`)])
    expect(existsSync(join(folder, 'other'))).toBe(false)
  })

  test('indexes two folders of which one contains the other once, in whatever order, and no folder around them', async () => {
    const own = { DATA_FOLDER: join(folder, 'nested'), PORT: '0' }
    await makeDataFolder(own.DATA_FOLDER)
    const serving = startProgram(['serve', 'shop/src', 'shop'], own, folder)
    await untilOutput(serving, /src is part of shop: search it alone with --repository shop --path src\n/)
    await untilOutput(serving, /\nReady: shop can be searched/)
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
    const around = await runProgram(['serve', '.'], own, folder)
    expect([around.code, around.stderr]).toEqual([1, expect.stringMatching(/contains shop, .*\nRemove it first /)])
    const unserved = await runProgram(['remove', 'shop', '--yes'], own, folder)
    expect([unserved.code, unserved.stdout]).toEqual([0, expect.stringMatching(/^shop \(.*, \d files?\) is removed/)])
    expect((await runProgram(['status'], own, folder)).stdout).toMatch(/^Nothing is indexed yet on this machine: /)
  })

  test('and every command beside an empty index names the server that answers on the port', async () => {
    const bare = temporaryFolder()
    const own = { HOME: bare, DATA_FOLDER: join(bare, 'data'), PORT: new URL(url).port }
    const asked = `A server answers at ${url}: SERVER_URL=${url} asks it`
    for (const words of [['status'], ['search', 'add', 'item'], ['grep', 'addItem']]) {
      const { stdout } = await runProgram(words, own, bare)
      expect(stdout.trim().split('\n')).toEqual([
        expect.stringMatching(/^Nothing is indexed yet on this machine: /),
        asked,
      ])
    }
    const connected = await runProgram(['connect', 'cursor'], own, bare)
    expect(connected.stdout).toContain(`a server answers at ${url}: with --url ${url}, Cursor uses that one`)
    const found = await runProgram(['search', 'add', 'item'], { ...own, SERVER_URL: url }, bare)
    expect(found.stdout).toContain('src/cart.ts')
  })

  test('whose index is empty says so, and names no other one', async () => {
    const own = { DATA_FOLDER: join(folder, 'emptied'), PORT: String(await unusedPort()) }
    await makeDataFolder(own.DATA_FOLDER)
    const serving = startProgram(['serve', 'shop'], own, folder)
    const at = await untilOutput(serving, /Codebase MCP is at (\S+) /)
    await untilOutput(serving, /\nReady: /)
    expect((await runProgram(['remove', 'shop', '--yes'], own, folder)).code).toBe(0)
    for (const words of [['status'], ['search', 'add', 'item'], ['grep', 'addItem']]) {
      const { stdout } = await runProgram(words, own, folder)
      expect(stdout).toMatch(/^Nothing is indexed yet on this machine: .* indexes a folder\n$/)
    }
    const answer = await fetch(`${at}/v1/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'add item' }),
    })
    expect(await answer.json()).toMatchObject({
      results: [],
      note: expect.stringMatching(/^No repository is indexed yet/),
    })
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
  })

  test('that Ctrl-Z has stopped is named by commands, which wait for it no longer than they must', async () => {
    const [other, { pid }] = [join(temporaryFolder(), 'mill'), program.child]
    mkdirSync(other)
    writeFileSync(join(other, 'grind.rb'), 'def grind_the_flour\nend\n')
    program.child.kill('SIGSTOP')
    const waiting = `Process ${pid} has the index open: waiting until it answers\n`
    let second: Program | undefined
    try {
      const commands = [
        ['search', 'add item'],
        ['remove', 'shop', '--yes'],
      ]
      const ended = await Promise.all(commands.map((words) => runProgram(words, environment, folder)))
      const silent = `${waiting}The server at ${url} (process ${pid}) does not answer\nContinue it with fg`
      for (const { code, stderr } of ended) expect([code, stderr]).toEqual([1, expect.stringContaining(silent)])
      second = startProgram([other], environment, folder)
      while (!second.stderr().includes(waiting)) await delay(20)
    } finally {
      program.child.kill('SIGCONT')
    }
    expect((await second.ended).code).toBe(0)
    expect(second.stdout()).toContain(`served at ${url}, which was running (process ${pid})`)
  }, 60_000)

  test('that is still starting is waited for', async () => {
    const own = { DATA_FOLDER: join(folder, 'starting'), PORT: '0' }
    await makeDataFolder(own.DATA_FOLDER)
    const starting = startProgram(['serve', 'shop'], own, folder)
    while (!existsSync(join(own.DATA_FOLDER, 'lock'))) await delay(5)
    const asked = await runProgram(['status'], own, folder)
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringMatching(/^(?:shop: |Nothing is indexed yet)/)])
    starting.child.kill('SIGTERM')
    expect((await starting.ended).code).toBe(0)
  })

  test('exits with 1 if nothing in the folder can be indexed', async () => {
    const bare = temporaryFolder()
    writeFileSync(join(bare, 'logo.png'), Buffer.from([0x89, 0x50, 0, 0]))
    const own = { DATA_FOLDER: join(folder, 'third'), PORT: '0' }
    await makeDataFolder(own.DATA_FOLDER)
    const { code, stdout, stderr } = await runProgram(['serve', bare], { ...own, LOG_FILE: '/dev/null' })
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^Nothing in .* 1 binary\nChoose a folder with text files/),
    ])
    expect(stdout).not.toContain('can be indexed')
  })

  test('serves only what sources list if nothing else is named, from any folder', async () => {
    const forge = await startForge('gitea', { repositories: [{ id: 1, path: 'acme/shop' }] })
    const own = {
      ...environment,
      DATA_FOLDER: join(temporaryFolder(), 'data'),
      GIT_SOURCES: JSON.stringify([{ kind: 'gitea', url: `${forge.url}/acme` }]),
    }
    const listing = startProgram(['serve'], own, temporaryFolder())
    try {
      expect(await untilOutput(listing, /Ready: .*/)).toContain(
        'Ready: what the sources list can be searched, as far as',
      )
      await untilOutput(listing, /shop: .*acme\/shop\.git/)
    } finally {
      listing.child.kill('SIGKILL')
      await forge.stop()
    }
  }, 60_000)

  test('answers during the shutdown delay, while it asks clients and load balancers to go elsewhere', async () => {
    const own = { ...environment, DATA_FOLDER: join(folder, 'leaving'), SHUTDOWN_DELAY: '2', SHUTDOWN_TIMEOUT: '10' }
    await makeDataFolder(own.DATA_FOLDER)
    const leaving = startProgram(['serve', 'shop'], own, folder)
    const at = await untilOutput(leaving, /Codebase MCP is at (\S+) /)
    leaving.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${at}/readyz`)).status, { timeout: 1900 }).toBe(503)
    const answer = await fetch(`${at}/v1/repositories`)
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    expect((await leaving.ended).code).toBe(0)
  })

  test('exits with 0 on SIGTERM and answers from the same index after a restart', async () => {
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    program = startProgram(['serve', 'shop'], environment, folder)
    url = await untilOutput(program, /Codebase MCP is at (\S+) /)
    const client = await connect()
    const found = await client.callTool({ name: 'search_code', arguments: { query: 'send a receipt' } })
    expect((found.structuredContent as { results: unknown[] }).results[0]).toMatchObject({ path: 'src/mail.py' })
    await client.close()
    await untilOutput(program, /3 files \(3 unchanged\)/)
  })
})

describe('mcp, in the process', () => {
  test('indexes the given folder and answers without a server', async () => {
    const own = { DATA_FOLDER: join(folder, 'own'), OLLAMA_BASE_URL: 'off', PATH: process.env.PATH ?? '' }
    const client = new Client({ name: 'test', version: '1' })
    const args = [MAIN, 'mcp', 'shop']
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args, env: own, cwd: folder, stderr: 'ignore' }),
    )
    const { tools } = await client.listTools()
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot('../tools/tools.json.snap')
    const found = async () => {
      const answer = await client.callTool({ name: 'search_code', arguments: { query: 'send a receipt' } })
      return (answer.structuredContent as { results: { path: string }[] }).results
    }
    while ((await found()).length === 0) await delay(50)
    expect((await found())[0]).toMatchObject({ path: 'src/mail.py' })
    await client.close()
  })

  test('answers a line that is not a message, accepts a byte order mark, and continues', async () => {
    const own = { DATA_FOLDER: join(folder, 'lines'), OLLAMA_BASE_URL: 'off', LOG_LEVEL: 'debug' }
    const program = startProgram(['mcp', 'shop'], own, folder)
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a\u2028b', version: '1' } }
    const first = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })
    program.child.stdin.write(`\ufeff${first}\r\n{"half":\n\n`)
    program.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' })}\n`)
    await expect.poll(() => program.stdout().split('\n').length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4)
    program.child.stdin.end()
    expect((await program.ended).code).toBe(0)
    const answers = program
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers.toSorted((a, b) => a.id - b.id)).toMatchObject([
      { id: null, error: { code: -32700 } },
      { id: 1, result: { capabilities: { tools: {} } } },
      { id: 2, result: {} },
    ])
  })
})
