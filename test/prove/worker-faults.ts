import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { msUntil, writeCode } from './calls.ts'
import { startNetwork } from './network-faults.ts'
import type { Postgres } from './postgres.ts'
import type { Context } from './row.ts'
import type { Server } from './server.ts'

const READY_MS = 60_000
const TAKE_OVER_LIMIT_MS = 120_000

/**
 * How a worker disappears while it writes: it is frozen, it is killed, or its network to the database drops everything.
 */
export type WorkerFault = 'frozen' | 'killed' | 'cut off'

export const WORKER_FAULTS: readonly WorkerFault[] = ['frozen', 'killed', 'cut off']

interface Job {
  readonly state: string
  readonly lease: string | null
  readonly attempts: number
}

/** F10: a worker disappears in the middle of a transaction, another takes over its job, and the first comes back. */
export async function loseWorker({
  postgres,
  startService,
  folder,
  fault,
  files,
}: {
  readonly postgres: Pick<Postgres, 'database'>
  readonly startService: Context['server']
  /** An empty folder. */
  readonly folder: string
  readonly fault: WorkerFault
  readonly files: number
}) {
  const url = new URL(await postgres.database(`worker_${fault.replace(' ', '_')}`))
  const network = await startNetwork({ host: url.hostname, port: Number(url.port) })
  const through = new URL(url)
  through.port = String(network.port)
  const code = writeCode(join(folder, 'code'), files)
  const watcher = new pg.Client({ connectionString: url.href })
  watcher.on('error', () => {})
  await watcher.connect()
  try {
    const settings = { DATABASE_URL: url.href, INDEXING_CONCURRENCY: '0', REPOSITORIES: code }
    const server = await startService({ folders: [code], settings })
    const first = await startService({ mode: 'worker', settings: { DATABASE_URL: through.href } })
    await inTransaction(watcher)
    end(first, fault, network)
    const lost = await openJob(watcher)
    const second = await startService({ mode: 'worker', settings: { DATABASE_URL: url.href } })
    const takeOverMs = await msUntil(
      async () => isTaken(await openJob(watcher), lost),
      TAKE_OVER_LIMIT_MS,
      'a take-over',
    )
    await msUntil(async () => (await openJob(watcher)) === undefined, TAKE_OVER_LIMIT_MS, 'the job is done')
    const published = await indexState(watcher)
    if (fault === 'frozen') process.kill(first.pid, 'SIGCONT')
    network.mend()
    // Gives it time to try to write what it still holds.
    await delay(5000)
    const afterwards = await indexState(watcher)
    return {
      takeOverMs,
      files,
      visible: afterwards.visible,
      duplicates: afterwards.duplicates,
      leftovers: afterwards.leftovers,
      writtenAfterwards: Number(JSON.stringify(published) !== JSON.stringify(afterwards)),
      exits: [server, second, ...(fault === 'killed' ? [] : [first])].filter((each) => !each.lives()).length,
    }
  } finally {
    await watcher.end()
    await network.close()
  }
}

function end(worker: Server, fault: WorkerFault, network: Awaited<ReturnType<typeof startNetwork>>): void {
  if (fault === 'frozen') process.kill(worker.pid, 'SIGSTOP')
  else if (fault === 'killed') process.kill(worker.pid, 'SIGKILL')
  else network.fail('black hole')
}

/** Waits until a worker is in a transaction that locks its job. */
async function inTransaction(watcher: pg.Client): Promise<void> {
  const deadline = Date.now() + READY_MS
  const text = `select from pg_stat_activity where application_name like 'codebase-mcp lease %' and state <> 'idle'`
  while ((await watcher.query(text)).rowCount === 0) {
    if (Date.now() > deadline) throw new Error('No worker has written anything')
  }
}

async function openJob(watcher: pg.Client): Promise<Job | undefined> {
  const text = `select state, lease, attempts from job where kind = 'index' and state in ('queued', 'running')`
  return (await watcher.query<Job>(text)).rows[0]
}

function isTaken(job: Job | undefined, lost: Job | undefined): boolean {
  return job === undefined || (job.state === 'running' && job.lease !== lost?.lease)
}

interface IndexState {
  readonly visible: number
  readonly duplicates: number
  /** Rows that no reader sees. */
  readonly leftovers: number
  readonly generation: number
}

async function indexState(watcher: pg.Client): Promise<IndexState> {
  const { rows } = await watcher.query<IndexState>(`
    select count(*) filter (where seen)::int as visible,
      (count(*) filter (where seen) - count(distinct path) filter (where seen))::int as duplicates,
      count(*) filter (where not seen)::int as leftovers, max(generation)::int as generation
    from (
      select path, generation, born <= generation and (died is null or died > generation) as seen
      from file join repository on repository.id = repository_id
    ) as files`)
  if (rows[0] === undefined) throw new Error('The query returned no row')
  return rows[0]
}
