import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { optionsOf } from './arguments.ts'
import { type Kind, patternsFrom } from './grep/patterns.ts'
import { type Client, makeClient } from './hybrid/client.ts'
import { type FreshDatabase, freshDatabase } from './hybrid/databases.ts'
import { startServer } from './hybrid/server.ts'
import { medianOf, timesOf } from './hybrid/times.ts'

interface Side {
  readonly name: string
  readonly ask: (pattern: string) => Promise<number>
}

interface Row {
  readonly kind: Kind
  readonly side: string
  readonly p50: number
  readonly p95: number
  /** How many times as fast as ripgrep, as the median over the patterns. */
  readonly ratio: number
}

/**
 * Compares `grep_code` through MCP with ripgrep on `--folder DIR`. Each pattern runs only once: identifiers, regular
 * expressions that contain literal text, and text that occurs nowhere. `--rg FILE` is the program of ripgrep. Indexes
 * the folder in an empty database for each of `--engines embedded,postgres`, the latter in TEST_DATABASE_URL.
 * `--servers NAME=URL,…` instead asks running servers that have indexed the folder. `--patterns N` sets the number of
 * patterns of each kind. `--json FILE` keeps the figures.
 */
export async function grep(options: readonly string[]): Promise<number> {
  const given = optionsOf(options, {
    folder: undefined,
    rg: 'rg',
    engines: process.env.TEST_DATABASE_URL === undefined ? 'embedded' : 'embedded,postgres',
    servers: '',
    patterns: '40',
    json: '',
  })
  const { sides, close } = given.servers === '' ? await started(given.folder, given.engines) : running(given.servers)
  try {
    const ripgrep = { name: 'ripgrep', ask: (pattern: string) => askRipgrep(given.rg, pattern, given.folder) }
    const rows = await compared(ripgrep, sides, patternsFrom(given.folder, Number(given.patterns)))
    const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
    process.stdout.write(`${machine}\n\n${tableOf(rows)}`)
    if (given.json !== '') writeFileSync(given.json, JSON.stringify({ at: new Date(), machine, rows }, undefined, 1))
    return 0
  } finally {
    await close()
  }
}

interface Sides {
  readonly sides: readonly Side[]
  readonly close: () => Promise<void>
}

async function started(folder: string, engines: string): Promise<Sides> {
  const sides: Side[] = []
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const each of closers.reverse()) await each()
  }
  try {
    for (const engine of engines.split(',')) {
      if (engine !== 'embedded' && engine !== 'postgres') throw new Error(`There is no engine "${engine}"`)
      const database: FreshDatabase = await freshDatabase(engine)
      closers.push(database.drop)
      const server = await startServer(folder, { ...database.settings, OLLAMA_BASE_URL: 'off' })
      closers.push(server.stop)
      process.stderr.write(`${engine}: indexing\n`)
      await Promise.race([server.logged('Indexed a repository'), server.failed])
      sides.push(sideOf(engine, server.client))
    }
  } catch (error) {
    await close()
    throw error
  }
  return { sides, close }
}

function running(servers: string): Sides {
  const clients = servers.split(',').map((entry) => {
    const [name = '', url = ''] = entry.split('=')
    return { name, client: makeClient(url) }
  })
  return {
    sides: clients.map(({ name, client }) => sideOf(name, client)),
    close: async () => {
      for (const { client } of clients) client.close()
    },
  }
}

const sideOf = (name: string, client: Client): Side => ({
  name,
  ask: async (pattern) => (await client.grep(pattern)).ms,
})

/** Returns the time from starting ripgrep until it has ended and all its output is read, in milliseconds. */
function askRipgrep(program: string, pattern: string, folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const since = performance.now()
    const child = spawn(program, ['--line-number', '--regexp', pattern, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.resume()
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0 || code === 1) resolve(performance.now() - since)
      else reject(new Error(`ripgrep ended with ${code} for ${pattern}`))
    })
  })
}

/** Asks all sides in alternating order: A B, B A, A B … */
async function compared(
  ripgrep: Side,
  sides: readonly Side[],
  patterns: Readonly<Record<Kind, readonly string[]>>,
): Promise<Row[]> {
  const rows: Row[] = []
  const all = [ripgrep, ...sides]
  for (const [kind, those] of Object.entries(patterns) as [Kind, readonly string[]][]) {
    const ms = new Map<Side, number[]>(all.map((side) => [side, []]))
    for (const [turn, pattern] of those.entries()) {
      for (const side of turn % 2 === 0 ? all : all.toReversed()) ms.get(side)?.push(await side.ask(pattern))
    }
    const peer = ms.get(ripgrep) ?? []
    for (const side of all) {
      const own = ms.get(side) ?? []
      const ratio = medianOf(own.map((took, at) => (peer[at] ?? Number.NaN) / took))
      rows.push({ kind, side: side.name, ...timesOf(own), ratio })
    }
  }
  return rows
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ kind, side, p50, p95, ratio }) =>
      `| ${kind} | ${side} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${ratio.toFixed(1)} |`,
  )
  return ['| pattern | by | p50 ms | p95 ms | times as fast |', '|---|---|--:|--:|--:|', ...lines, ''].join('\n')
}
