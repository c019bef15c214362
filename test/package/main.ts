import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AGENTS } from './agents.ts'
import { useAs } from './use-as.ts'

/*
 * Packs the program, installs it into an empty folder of a user who has nothing, and uses it: `npm run test:package [NODE]`
 * on this Node, or on the one at that path. Ends with 1 where something does not hold.
 */
const MIB = 1024 * 1024
const MOST_BYTES = 150 * MIB
const METHOD_NOT_FOUND = -32_601
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

/** Connects each agent over stdio and over HTTP, and uses the settings as that agent does. */
async function useByAgents(run: (...args: string[]) => string, url: string): Promise<void> {
  for (const agent of AGENTS) {
    const ways: string[][] = agent.url === undefined ? [[]] : [[], ['--url', url]]
    for (const way of ways) {
      run('connect', agent.id, ...way)
      const started = performance.now()
      const { revision, tools, answer, refused } = await useAs(agent, home, { OLLAMA_BASE_URL: 'off' })
      const { protocolVersion } = agent.initialize
      const holds =
        revision === protocolVersion &&
        tools === 8 &&
        answer.includes('token_bucket.go') &&
        refused.every((code) => code === METHOD_NOT_FOUND)
      if (!holds) say(JSON.stringify({ revision, tools, refused, answer }))
      const by = way.length === 0 ? 'stdio' : 'HTTP'
      const ms = Math.round(performance.now() - started)
      refuseUnless(holds, `${agent.id} (${protocolVersion}) finds code over ${by}, in ${ms} ms`)
    }
    run('connect', agent.id, '--remove')
    refuseUnless(!existsSync(join(home, agent.file)), `${agent.id} is as it was before`)
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
    run('connect', 'cursor', '--remove')
    await useByAgents(run, /Listening at (\S+)/.exec(told)?.[1] ?? '')
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
