import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { optionsOf } from './arguments.ts'
import { linesOf, MAIN } from './index-run.ts'
import { sample, seededRandom } from './random.ts'

const POLL_MS = 10
const BETWEEN_MS = 700
const IDLE_MS = 10_000
const GIVEN_UP_MS = 30_000
/** Clock ticks per second of processor time on Linux. */
const TICKS_A_SECOND = 100

/**
 * Measures the time from saving a file until a search finds the change, over `--edits` files of `--folder DIR`, and how
 * much processor time the server uses while nothing changes. The index is in the embedded database `--data DIR`, which
 * is created if missing, or in TEST_DATABASE_URL. Restores the content of each file. `--peer "COMMAND…"` also runs for
 * each edit, with the path of the file and the name to find as additional arguments, and must exit once it has found
 * the name.
 */
export async function editLatency(options: readonly string[]): Promise<number> {
  const given = optionsOf(options, { folder: undefined, edits: '40', port: '8766', data: '', peer: '', watch: 'auto' })
  const made = given.data === '' ? mkdtempSync(join(tmpdir(), 'codebase-bench-')) : undefined
  const server = await started({ ...given, data: made ?? given.data })
  const base = `http://127.0.0.1:${given.port}`
  try {
    const paths = await filesOf(base, given.folder, Number(given.edits))
    const ours: number[] = []
    const peers: number[] = []
    const before = processorSeconds(server)
    const since = performance.now()
    for (const [at, path] of paths.entries()) {
      await withEdit(join(given.folder, path), `edit_number_${at}_${Date.now()}`, async (name) => {
        ours.push(await untilFound(base, name, path))
        if (given.peer !== '') peers.push(await untilExit([...given.peer.split(' '), path, name]))
      })
      await sleep(BETWEEN_MS)
    }
    const share = (processorSeconds(server) - before) / ((performance.now() - since) / 1000)
    await sleep(2 * BETWEEN_MS)
    const idleBefore = processorSeconds(server)
    await sleep(IDLE_MS)
    const idle = (processorSeconds(server) - idleBefore) / (IDLE_MS / 1000)
    print('edit → found', ours)
    if (peers.length > 0) print('peer', peers)
    process.stdout.write(`processor: ${percent(share)} during edits, ${percent(idle)} when idle\n`)
    return 0
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
    if (made !== undefined) rmSync(made, { recursive: true, force: true })
  }
}

interface Given {
  readonly folder: string
  readonly port: string
  readonly data: string
  readonly watch: string
}

/** Starts the server and waits until it has indexed the folder and scanned it once. */
async function started({ folder, port, data, watch }: Given): Promise<ChildProcess> {
  const url = process.env.TEST_DATABASE_URL
  const database = url === undefined ? { DATA_FOLDER: data } : { DATABASE_URL: url }
  const server = spawn(process.execPath, [MAIN, 'serve', folder], {
    env: { PATH: process.env.PATH, ...database, OLLAMA_BASE_URL: 'off', PORT: port, LOG_LEVEL: 'info', WATCH: watch },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log = linesOf(server)
  await log.until('Indexed a repository')
  await log.until('A folder is watched')
  await sleep(3000)
  return server
}

/** Returns indexed files from all over the folder, the same ones in every run. */
async function filesOf(base: string, folder: string, count: number): Promise<string[]> {
  const paths = new Set<string>()
  for (const word of ['return', 'error', 'import', 'value', 'path', 'name', 'class', 'read', 'write', 'test']) {
    for (const { path } of await found(base, word, 50)) paths.add(path)
  }
  const small = [...paths].filter((path) => statSync(join(folder, path)).size < 100_000)
  return sample(small, count, seededRandom(1))
}

async function withEdit(file: string, name: string, work: (name: string) => Promise<void>): Promise<void> {
  const content = readFileSync(file)
  try {
    writeFileSync(file, Buffer.concat([content, Buffer.from(`\n${name}()\n`)]))
    await work(name)
  } finally {
    writeFileSync(file, content)
  }
}

async function untilFound(base: string, name: string, path: string): Promise<number> {
  const saved = performance.now()
  for (;;) {
    if ((await found(base, name, 1)).some((result) => result.path === path)) return performance.now() - saved
    if (performance.now() - saved > GIVEN_UP_MS) throw new Error(`${name} in ${path} was not found`)
    await sleep(POLL_MS)
  }
}

async function found(base: string, query: string, limit: number): Promise<readonly { readonly path: string }[]> {
  const reply = await fetch(`${base}/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, limit, detail: 'paths' }),
  })
  // A busy server refuses the request. The caller asks again.
  return ((await reply.json()) as { readonly results?: readonly { readonly path: string }[] }).results ?? []
}

async function untilExit([command = '', ...args]: readonly string[]): Promise<number> {
  const since = performance.now()
  const child = spawn(command, args, { stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
  return performance.now() - since
}

/** Returns the processor time of a process so far, in seconds. Linux only. */
function processorSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

function print(name: string, ms: readonly number[]): void {
  const sorted = ms.toSorted((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  process.stdout.write(
    `${name.padEnd(14)} ${ms.length} edits: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${at(1)} ms\n`,
  )
}
