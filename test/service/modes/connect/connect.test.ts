import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parse as parseJson } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLIENTS, type Client } from '../../../../service/client-shapes.ts'
import { settingsFile, writeEntry } from '../../../../service/modes/connect/settings-file.ts'
import { lastingCommand, lastingPath, runnerOf } from '../../../../service/modes/lasting-command.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'
import { unusedPort } from '../../../fakes/unused-port.ts'
import { startServer } from '../../http/running-server.ts'
import { MAIN, runProgram } from '../run-program.ts'

const makeFolder = temporaryFolders()
const home = makeFolder()
const environment = { HOME: home, DATA_FOLDER: join(home, 'data'), LOG_LEVEL: 'error' }
const connect = (...args: string[]) => runProgram(['connect', ...args], environment, home)
const fileOf = (id: string) => settingsFile(id, { home, platform: process.platform })

function given(id: string, text: string): string {
  const file = fileOf(id)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe.skipIf(process.platform === 'win32')('connect', () => {
  test('writes settings with which the client starts this program, without a server, and removes them again', async () => {
    const file = given('zed', '{\n  // mine\n  "theme": "One Dark",\n}\n')
    const { code, stdout, stderr } = await connect('zed')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/Zed: written to ~\/.*settings\.json\n.*settings\.json\.before-codebase-mcp\n.*8 tools/)
    expect(readFileSync(file, 'utf8')).toContain('// mine')
    expect(readFileSync(`${file}.before-codebase-mcp`, 'utf8')).toBe('{\n  // mine\n  "theme": "One Dark",\n}\n')
    const again = await connect('zed')
    expect(again.stdout).toContain('Zed is connected already')
    expect((await connect('--list')).stdout).toMatch(/\nzed +connected +~\//)
    expect((await connect('zed', '--remove')).stdout).toMatch(/Zed: removed from ~\/.*, which is as it was before\n$/)
    expect(readFileSync(file, 'utf8')).toBe('{\n  // mine\n  "theme": "One Dark",\n}\n')
    expect(existsSync(`${file}.before-codebase-mcp`)).toBe(false)
  })

  test('writes complete settings even if three run at once, and leaves nothing beside them', async () => {
    const file = given('windsurf', '{ "mcpServers": { "other": { "command": "other" } } }\n')
    const all = await Promise.all([connect('windsurf'), connect('windsurf'), connect('windsurf')])
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']))
    const { mcpServers } = parseJson(readFileSync(file, 'utf8')) as { mcpServers: object }
    expect(Object.keys(mcpServers).toSorted()).toEqual(['codebase', 'other'])
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test.each(CLIENTS.filter(({ id }) => id !== 'claude-desktop').map(({ id }) => id))(
    'writes the URL of a server for %s, and connects to it like the client',
    async (id) => {
      const { code, stdout } = await connect(id, '--url', server.url)
      expect(stdout).toMatch(/: written to ~.*\n(?:.*\n)? {2}checked the way that client connects: 8 tools/)
      expect(code).toBe(0)
      const file = fileOf(id)
      const text = readFileSync(file, 'utf8')
      const settings = id === 'codex' ? parseToml(text) : parseJson(text)
      expect(JSON.stringify(settings)).toContain(`${server.url}/mcp`)
      const isNew = !stdout.includes('the previous settings')
      expect(isNew ? statSync(file).mode & 0o077 : 0).toBe(0)
    },
  )

  test('reports a broken file, and does not change it', async () => {
    const file = given('gemini', '{ "a": ')
    const { code, stderr } = await connect('gemini', '--url', server.url)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /settings\.json" cannot be parsed \(line 1: .*\), so they were left unchanged\n.*--print shows by hand\n/,
    )
    expect(readFileSync(file, 'utf8')).toBe('{ "a": ')
  })

  test.skipIf(process.getuid?.() === 0)('does not write a file that is to be read only', async () => {
    const file = given('junie', '{}')
    chmodSync(file, 0o444)
    const { code, stderr } = await connect('junie')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/mcp\.json" cannot be written \(EACCES\)\n.*--print/)])
    expect(readFileSync(file, 'utf8')).toBe('{}')
  })

  test('refuses what needs a client where none is named', async () => {
    for (const option of ['--remove', '--url']) {
      const { code, stderr } = await connect(option)
      expect([code, stderr]).toEqual([2, expect.stringContaining('No client is named')])
    }
  })

  test('reports that the client could not connect if nothing listens', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`
    const { code, stderr } = await connect('cursor', '--url', url)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`to ${url}/mcp: it does not answer (ECONNREFUSED)`)])
  })

  test.each([
    ['nonsense', 'http://localhost:8000'],
    ['localhost:8100', 'http://localhost:8100'],
    ['127.0.0.1:8100/mcp', 'http://127.0.0.1:8100/mcp'],
    ['ftp://code.example.com', 'http://code.example.com'],
    ['http://', 'http://localhost:8000'],
  ])('refuses %s as an address, before it writes anything', async (address, example) => {
    const settings = () => existsSync(fileOf('windsurf')) && readFileSync(fileOf('windsurf'), 'utf8')
    const before = settings()
    const { code, stderr } = await connect('windsurf', '--url', address)
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--url ${JSON.stringify(address)} is not an address\n`)])
    expect(stderr).toMatch(new RegExp(`such as ${example}\n$`))
    expect(settings()).toBe(before)
  })

  test('only shows the settings if asked to, with links that open a client', async () => {
    const before = existsSync(fileOf('claude-desktop'))
    const { code, stdout } = await connect('--print')
    expect(code).toBe(0)
    for (const { name } of CLIENTS) expect(stdout).toContain(`${name}, `)
    expect(stdout).toContain(JSON.stringify(MAIN))
    const link = /cursor:\/\/\S+config=(\S+)/.exec(stdout)?.[1] ?? ''
    expect(JSON.parse(Buffer.from(decodeURIComponent(link), 'base64').toString())).toMatchObject({
      args: [MAIN, 'mcp'],
    })
    const asked = decodeURIComponent(/vscode:mcp\/install\?(\S+)/.exec(stdout)?.[1] ?? '')
    expect(JSON.parse(asked)).toMatchObject({ name: 'codebase', type: 'stdio' })
    expect(existsSync(fileOf('claude-desktop'))).toBe(before)
  })

  test('suggests the intended client, and refuses a URL for one that starts a process', async () => {
    const wrong = await connect('cursr')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/"cursr"; did you mean cursor\?\n/)])
    expect((await connect('jetbrains')).stderr).toContain('; did you mean junie?')
    const desktop = await connect('claude-desktop', '--url', server.url)
    expect(desktop.stderr).toMatch(/^Claude Desktop can only start a process, and not use an address\n/)
  })
})

test("Node is started by the path that Homebrew keeps, and by its own where it is not Homebrew's", () => {
  const prefix = realpathSync(makeFolder())
  const node = join(prefix, 'Cellar', 'node', '24.1.0', 'bin', 'node')
  mkdirSync(dirname(node), { recursive: true })
  writeFileSync(node, '')
  expect(lastingPath(node)).toBe(node)
  mkdirSync(join(prefix, 'opt'))
  symlinkSync('../Cellar/node/24.1.0', join(prefix, 'opt', 'node'))
  expect(lastingPath(node)).toBe(join(prefix, 'opt', 'node', 'bin', 'node'))
  expect(lastingPath('/usr/bin/node')).toBe('/usr/bin/node')
})

describe('The command in the settings', () => {
  const started = (node: string, script: string, platform: NodeJS.Platform = 'linux') =>
    lastingCommand({ node, script, platform }).join(' ')
  const bin = 'node_modules/codebase-mcp/bin.js'

  test.each([
    ['/usr/bin/node', `/home/me/.npm/_npx/0f9d/${bin}`, 'npx -y --prefer-offline codebase-mcp'],
    [
      '/home/me/.npm/_npx/7c21/node_modules/node/bin/node',
      `/home/me/.npm/_npx/7c21/${bin}`,
      'npx -y --prefer-offline --package node@24 --package codebase-mcp codebase-mcp',
    ],
    ['/usr/bin/node', `/home/me/.cache/pnpm/dlx/8a1c/18f-2e/node_modules/.pnpm/codebase-mcp@1.2.3/${bin}`, 'pnpm dlx'],
    ['/usr/bin/node', `/home/me/.local/share/pnpm/store/v3/tmp/dlx-4711/${bin}`, 'pnpm dlx codebase-mcp'],
    ['/usr/bin/node', `/tmp/xfs-3f1a/dlx-4711/${bin}`, 'yarn dlx -q codebase-mcp'],
    ['/usr/bin/node', `/tmp/bunx-1000-codebase-mcp@latest/${bin}`, 'bunx codebase-mcp'],
  ])('of a program that %s runs from the cache %s fetches it again if need be', (node, script, command) => {
    expect(started(node, script)).toMatch(new RegExp(`^${command}`))
  })

  test.each([
    ['/usr/bin/node', `/home/me/.npm/_npx/0f9d/${bin}`, 'npx codebase-mcp'],
    [
      '/home/me/.npm/_npx/7c21/node_modules/node/bin/node',
      `/home/me/.npm/_npx/7c21/${bin}`,
      'npx --package node@24 --package codebase-mcp codebase-mcp',
    ],
    ['/usr/bin/node', `/tmp/bunx-1000-codebase-mcp@latest/${bin}`, 'bunx codebase-mcp'],
    ['/usr/bin/node', `/usr/local/lib/${bin}`, undefined],
  ])('to type again, where %s runs %s, is the shortest one', (node, script, command) => {
    expect(runnerOf({ node, script })?.join(' ')).toBe(command)
  })

  test.each([
    ['/home/me/.nvm/versions/node/v24.1.0/bin/node', `/home/me/.nvm/versions/node/v24.1.0/lib/${bin}`],
    ['/home/me/.local/share/fnm/node-versions/v22.20.0/installation/bin/node', `/home/me/app/${bin}`],
    ['/nix/store/abc-nodejs-22.20.0/bin/node', `/home/me/.npm-global/lib/${bin}`],
    [
      '/home/me/.volta/tools/image/node/24.1.0/bin/node',
      `/home/me/.volta/tools/image/packages/codebase-mcp/lib/${bin}`,
    ],
  ])('does not name %s, which the next version of Node replaces', (node, script) => {
    expect(started(node, script)).toBe('npx -y --prefer-offline codebase-mcp')
  })

  test('goes through a shell on Windows, where npx is a script', () => {
    const script = 'C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\0f9d\\node_modules\\codebase-mcp\\bin.js'
    expect(started('C:\\Program Files\\nodejs\\node.exe', script, 'win32')).toBe(
      'cmd /c npx -y --prefer-offline codebase-mcp',
    )
    const ofNvm = 'C:\\Users\\me\\AppData\\Roaming\\nvm\\v24.1.0\\node_modules\\codebase-mcp\\bin.js'
    expect(started('C:\\Program Files\\nodejs\\node.exe', ofNvm, 'win32')).toBe(
      'cmd /c npx -y --prefer-offline codebase-mcp',
    )
  })

  test.each([
    ['/usr/bin/node', `/usr/local/lib/${bin}`],
    ['C:\\Program Files\\nodejs\\node.exe', 'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\codebase-mcp\\bin.js'],
    ['/home/me/.nvm/versions/node/v24.1.0/bin/node', '/home/me/codebase-mcp-1.0.0/service/main.ts'],
  ])('names %s and %s, which stay', (node, script) => {
    expect(started(node, script)).toBe(`${node} ${script}`)
  })
})

describe('A settings file', () => {
  const [client] = CLIENTS.filter(({ id }) => id === 'cursor')
  const written = (text?: string) => {
    const file = join(makeFolder(), 'mcp.json')
    if (text !== undefined) writeFileSync(file, text)
    const write = (entry?: object) => writeEntry(file, client as Client, entry as Record<string, unknown> | undefined)
    return { file, write, copy: `${file}.before-codebase-mcp` }
  }

  test('that did not exist is gone again', async () => {
    const { file, write } = written()
    await write({ command: 'a' })
    expect(await write()).toEqual({ changed: true, restored: 'nothing' })
    expect(existsSync(file)).toBe(false)
  })

  test.each(CLIENTS.map(({ id }) => id))(
    'of %s that did not exist is gone again though the entry was changed',
    async (id) => {
      const its = CLIENTS.find((each) => each.id === id) as Client
      const file = join(makeFolder(), 'settings')
      const first = { kind: 'stdio', command: 'a', args: ['b', 'c'], env: { DATA_FOLDER: '/d' } } as const
      await writeEntry(file, its, its.entry(first))
      expect(await writeEntry(file, its, its.entry({ kind: 'stdio', command: 'x', args: [] }))).toEqual({
        changed: true,
      })
      expect(await writeEntry(file, its, undefined)).toEqual({ changed: true, restored: 'nothing' })
      expect(existsSync(file) || existsSync(`${file}.before-codebase-mcp`)).toBe(false)
    },
  )

  test('that is a folder is named as one', async () => {
    const { file, write } = written()
    mkdirSync(file)
    await expect(write({ command: 'a' })).rejects.toThrow(/mcp\.json" is a folder, and not a file$/)
  })

  test('that is a link stays one, and is not replaced if it leads nowhere', async () => {
    const { file, write } = written()
    const target = join(makeFolder(), 'kept.json')
    symlinkSync(target, file)
    await expect(write({ command: 'a' })).rejects.toThrow(`is a link to ${JSON.stringify(target)}, which is not there`)
    writeFileSync(target, '{}')
    await write({ command: 'a' })
    expect([lstatSync(file).isSymbolicLink(), readFileSync(target, 'utf8')]).toEqual([
      true,
      expect.stringMatching(/"a"/),
    ])
  })

  test('is as it was though the entry was changed in between', async () => {
    const before = '{"a":1,"mcpServers":{"other":{"command":"x"}}}'
    const { file, write, copy } = written(before)
    await write({ command: 'a' })
    await write({ command: 'b' })
    expect(readFileSync(copy, 'utf8')).toBe(before)
    expect(await write()).toEqual({ changed: true, restored: 'file' })
    expect([readFileSync(file, 'utf8'), existsSync(copy)]).toEqual([before, false])
  })

  test('keeps what its client has written since', async () => {
    const { file, write } = written('{"a":1}')
    await write({ command: 'a' })
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), b: 2 }))
    expect(await write()).toEqual({ changed: true, copy: `${file}.before-codebase-mcp` })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: 1, mcpServers: {}, b: 2 })
  })
})

test('Each operating system has its own paths', () => {
  const place = (id: string, platform: NodeJS.Platform) =>
    settingsFile(id, { home: '/h', platform }).replaceAll('\\', '/')
  expect(place('claude-desktop', 'darwin')).toBe('/h/Library/Application Support/Claude/claude_desktop_config.json')
  expect(place('vscode', 'win32')).toBe('/h/AppData/Roaming/Code/User/mcp.json')
  expect(place('vscode', 'linux')).toBe('/h/.config/Code/User/mcp.json')
})

test.each([
  ['claude-code', { CLAUDE_CONFIG_DIR: 'of-claude' }, join('of-claude', '.claude.json')],
  ['codex', { CODEX_HOME: 'of-codex' }, join('of-codex', 'config.toml')],
])('writes for %s where %j says that it keeps its settings', async (id, variables, file) => {
  const own = makeFolder()
  const { code } = await runProgram(['connect', id], { ...environment, ...variables, HOME: own }, own)
  expect([code, existsSync(join(own, file))]).toEqual([0, true])
})
