import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { parse } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'

/*
 * Packs the program, installs it into an empty folder of a user who has nothing, and uses it: `npm run test:package [NODE]`
 * on this Node, or on the one at that path. Ends with 1 where something does not hold.
 */
const MIB = 1024 * 1024
const MOST_BYTES = 150 * MIB
const [node = process.execPath] = process.argv.slice(2)
const root = join(import.meta.dirname, '..', '..')
const work = mkdtempSync(join(tmpdir(), 'codebase-package-'))
const home = join(work, 'home')
const made = join(work, 'made')
const environment = { PATH: process.env.PATH ?? '', HOME: home, OLLAMA_BASE_URL: 'off' }
const say = (line: string) => void process.stdout.write(`${line}\n`)

function refuseUnless(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
  say(`ok ${what}`)
}

function npm(folder: string, ...args: string[]): string {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  return execFileSync('npm', [...args, ...quiet], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.reduce((sum, each) => sum + (each.isFile() ? statSync(join(each.parentPath, each.name)).size : 0), 0)
}

/** The settings file of each client, the key of its servers, and the name by which the client introduces itself. */
const AGENTS = [
  { id: 'claude-code', file: '.claude.json', key: 'mcpServers', name: 'claude-code' },
  { id: 'cursor', file: '.cursor/mcp.json', key: 'mcpServers', name: 'cursor-vscode' },
  { id: 'vscode', file: '.config/Code/User/mcp.json', key: 'servers', name: 'Visual Studio Code' },
  { id: 'codex', file: '.codex/config.toml', key: 'mcp_servers', name: 'codex-mcp-client' },
  { id: 'gemini', file: '.gemini/settings.json', key: 'mcpServers', name: 'gemini-cli-mcp-client' },
  { id: 'windsurf', file: '.codeium/windsurf/mcp_config.json', key: 'mcpServers', name: 'windsurf' },
  { id: 'zed', file: '.config/zed/settings.json', key: 'context_servers', name: 'Zed' },
  { id: 'junie', file: '.junie/mcp/mcp.json', key: 'mcpServers', name: 'junie' },
] as const

interface Entry {
  readonly command: string
  readonly args: string[]
  readonly env?: Record<string, string>
}

/** Acts as an agent: reads its settings, starts the server in them, lists its tools and calls one. */
async function useAs({ id, file, key, name }: (typeof AGENTS)[number], run: (...args: string[]) => string) {
  run('connect', id)
  const text = readFileSync(join(home, file), 'utf8')
  const settings = (file.endsWith('.toml') ? parseToml(text) : parse(text)) as Record<string, Record<string, Entry>>
  const entry = settings[key]?.codebase
  if (entry === undefined) throw new Error(`${file} has no entry: ${text}`)
  const { command, args, env } = entry
  const client = new Client({ name, version: '1.0.0' })
  // Agents start from anywhere, without the variables of a shell.
  const own = { ...getDefaultEnvironment(), HOME: home, OLLAMA_BASE_URL: 'off', ...env }
  await client.connect(new StdioClientTransport({ command, args, env: own, cwd: home, stderr: 'ignore' }))
  try {
    const { tools } = await client.listTools()
    const query = { query: 'limit how often a client may call' }
    const answer = await client.callTool({ name: 'search_code', arguments: query })
    const isFound = JSON.stringify(answer.content).includes('token_bucket.go')
    refuseUnless(tools.length === 8 && isFound, `${id} finds code by the settings that connect has written`)
  } finally {
    await client.close()
  }
}

async function useIt(program: string): Promise<void> {
  const run = (...args: string[]) =>
    execFileSync(node, [program, ...args], { cwd: work, env: environment, encoding: 'utf8' })
  refuseUnless(/^\d+\.\d+\.\d+\n$/.test(run('--version')), 'it tells its version')
  const started = performance.now()
  const server = spawn(node, [program, 'shop', '--port', '0'], { cwd: work, env: environment })
  let told = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (told += chunk))
  const until = async (pattern: RegExp) => {
    while (!pattern.test(told)) {
      if (server.exitCode !== null) throw new Error(`the server ended: ${told}`)
      await delay(20)
    }
    return Math.round(performance.now() - started)
  }
  try {
    say(`ok listens after ${await until(/Listening at/)} ms, answers after ${await until(/Codebase MCP is at/)} ms`)
    say(`ok is ready after ${await until(/^Ready:/m)} ms`)
    refuseUnless(
      run('search', 'limit how often a client may call').includes('token_bucket.go'),
      'search finds code by meaning',
    )
    refuseUnless(run('grep', 'class Invoice').includes('class InvoiceLine'), 'grep finds text')
    refuseUnless(/shop: ready/.test(run('status')), 'status shows the repository')
    refuseUnless(
      /checked the way that client connects: 8 tools/.test(run('connect', 'cursor')),
      'connect writes and checks',
    )
    for (const agent of AGENTS) await useAs(agent, run)
  } finally {
    server.kill('SIGTERM')
  }
  const code = await new Promise((resolve) =>
    server.exitCode === null ? server.on('exit', resolve) : resolve(server.exitCode),
  )
  refuseUnless(code === 0, 'the server exits with 0')
  refuseUnless(
    run('search', 'limit how often a client may call').includes('token_bucket.go'),
    'search works without a server',
  )
}

try {
  for (const folder of [home, join(work, 'installed')]) mkdirSync(folder)
  cpSync(join(root, 'test', 'fixtures', 'shop'), join(work, 'shop'), { recursive: true })
  execFileSync(process.execPath, [join(root, 'service', 'package', 'make.ts'), made], { stdio: 'inherit' })
  const tarball = npm(made, 'pack', '--silent').trim()
  const installed = join(work, 'installed')
  npm(installed, 'install', '--prefix', installed, join(made, tarball))
  const bytes = bytesIn(installed)
  refuseUnless(
    bytes <= MOST_BYTES,
    `the installation takes ${Math.round(bytes / MIB)} MiB, at most ${MOST_BYTES / MIB}`,
  )
  await useIt(join(installed, 'node_modules', 'codebase-mcp', 'bin.js'))
} finally {
  rmSync(work, { recursive: true, force: true })
}
