import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { optionsOf } from './arguments.ts'

export const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url))
const POLL_MS = 50

interface Answer {
  readonly results: readonly { readonly path: string }[]
}

interface Run {
  readonly listeningMs: number
  /** From listening to the first answer with the expected path on top. */
  readonly firstRightMs: number
  /** From listening to the end of the index run. */
  readonly indexedMs: number
  readonly peakMb: number
}

/**
 * Measures how long `serve` takes to index `--folder DIR` without embeddings, in an empty embedded database or in
 * TEST_DATABASE_URL: until it listens, until `--query` finds `--path` first, and until everything is indexed. Then
 * measures the same for a restart with nothing changed.
 */
export async function indexRun(options: readonly string[]): Promise<number> {
  const { folder, query, path, port } = optionsOf(options, {
    folder: undefined,
    query: undefined,
    path: undefined,
    port: '8765',
  })
  const data = mkdtempSync(join(tmpdir(), 'codebase-bench-'))
  try {
    for (const name of ['from nothing', 'nothing changed']) print(name, await once({ folder, query, path, port, data }))
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
  return 0
}

interface Asked {
  readonly folder: string
  readonly query: string
  readonly path: string
  readonly port: string
  readonly data: string
}

async function once({ folder, query, path, port, data }: Asked): Promise<Run> {
  const url = process.env.TEST_DATABASE_URL
  const database = url === undefined ? { DATA_FOLDER: data } : { DATABASE_URL: url }
  const started = performance.now()
  const server = spawn(process.execPath, [MAIN, 'serve', folder], {
    env: { PATH: process.env.PATH, ...database, OLLAMA_BASE_URL: 'off', PORT: port, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log = linesOf(server)
  try {
    const base = `http://127.0.0.1:${port}`
    await log.until('listening')
    const listening = performance.now()
    const indexed = log.until('Indexed a repository').then(() => performance.now() - listening)
    const firstRightMs = await untilRight(base, query, path, listening)
    const indexedMs = await indexed
    return { listeningMs: listening - started, firstRightMs, indexedMs, peakMb: peakMemory(server) }
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

async function untilRight(base: string, query: string, path: string, since: number): Promise<number> {
  for (;;) {
    const reply = await fetch(`${base}/v1/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, limit: 1, detail: 'paths' }),
    })
    const { results } = (await reply.json()) as Answer
    if (results[0]?.path === path) return performance.now() - since
    await sleep(POLL_MS)
  }
}

/** Reads the stderr of a process by line. */
export function linesOf(child: ChildProcess) {
  let text = ''
  const waiting = new Set<() => void>()
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    for (const look of waiting) look()
  })
  const until = (message: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!text.includes(`"msg":"${message}"`)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      child.once('exit', (code) => reject(new Error(`The server ended with ${code} before "${message}":\n${text}`)))
      look()
    })
  return { until }
}

/** Returns the peak resident memory of a process, in megabytes. Linux only. */
function peakMemory(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
}

function print(name: string, { listeningMs, firstRightMs, indexedMs, peakMb }: Run): void {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  process.stdout.write(
    `${name.padEnd(16)} listening ${seconds(listeningMs)}  first right answer +${seconds(firstRightMs)}  ` +
      `indexed +${seconds(indexedMs)}  peak ${peakMb.toFixed(0)} MB\n`,
  )
}
