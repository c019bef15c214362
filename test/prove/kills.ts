import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { seededRandom } from '../bench/random.ts'
import { type Agent, Busy, makeAgent, matchesIn, placesIn } from './agent.ts'
import { write } from './corpus.ts'
import { Errors } from './errors.ts'
import { indexed, settled } from './index-state.ts'
import { type Context, defineRow } from './row.ts'
import { startServer } from './server.ts'

const KILLS = { full: 500, short: 10 }
const READS = { full: 50_000, short: 50 }
const READERS = 4
/** A job that was taken three times fails for good, so after two kills the next run must be left to finish. */
const KILLS_A_RUN = 2
const MODULES = 60
const FILLER_LINES = 400
const POLL_MS = 10

/** F1: what readers see while workers are killed again and again. */
export const kills = defineRow({
  row: 'F1',
  about: 'the worker is killed (SIGKILL) in the middle of indexing 500 times, while four agents read',
  goal: '≥ 50,000 reads, 0 half visible, 0 duplicates, each next run completes',
  needsPostgres: true,
  run: async (context, form) => {
    const { url, settings, folder } = await prepared(context)
    const database = new pg.Client({ connectionString: settings.DATABASE_URL })
    await database.connect()
    context.after(() => database.end())
    const readers = new Readers(url)
    context.after(() => readers.end())
    const counts = { kills: 0, inTheMiddle: 0, runs: 0, incompleteRuns: 0, duplicates: 0, leftOver: 0 }
    const random = seededRandom(1)
    let runMs = 1000
    for (let release = 2; counts.inTheMiddle < KILLS[form] || readers.reads < READS[form]; release++) {
      for (let at = 0; at < KILLS_A_RUN && counts.inTheMiddle < KILLS[form]; at++) {
        writeRelease(folder, release + at / KILLS_A_RUN)
        counts.kills++
        if (await killedRun({ url, settings, folder, database, afterMs: random() * runMs })) counts.inTheMiddle++
      }
      writeRelease(folder, release + 0.9)
      const startedAt = performance.now()
      const worker = await startServer({ mode: 'worker', settings })
      const state = await indexed(url, folder)
      runMs = performance.now() - startedAt
      await worker.stop('SIGKILL')
      const stored = await storedFiles(database)
      counts.runs++
      counts.duplicates += stored.duplicates
      counts.leftOver += stored.leftOver
      const seen = await unlessBusy(() => releasesSeen(readers.agents[0] as Agent))
      if (state !== 'succeeded' || seen.size !== 1 || !seen.has(releaseOf(release + 0.9))) counts.incompleteRuns++
    }
    return { ...counts, ...(await readers.end()) }
  },
  holds: ({ inTheMiddle, reads, halfVisible, errors, duplicates, incompleteRuns, leftOver }, form) =>
    inTheMiddle >= KILLS[form] &&
    reads >= READS[form] &&
    halfVisible + errors + duplicates + incompleteRuns + leftOver === 0,
})

/** Starts a server without a worker over an indexed repository. */
async function prepared(context: Context) {
  const postgres = await context.postgres()
  const folder = join(context.folder(), 'code')
  const settings = { DATABASE_URL: await postgres.database('codebase') }
  writeRelease(folder, 1)
  const first = await context.server({ folders: [folder], settings })
  await settled(first.url)
  await first.stop()
  const { url } = await context.server({
    settings: { ...settings, INDEXING_CONCURRENCY: '0', REPOSITORY_ROOTS: folder },
  })
  return { url, settings, folder }
}

const releaseOf = (release: number) => `release_${Math.round(release * 10)}`

/** Writes modules that all name the release, with enough other lines that a run takes several batches. */
function writeRelease(folder: string, release: number): void {
  const name = releaseOf(release)
  for (let module = 0; module < MODULES; module++) {
    const filler = Array.from({ length: FILLER_LINES }, (_, line) => `  step${line}('${name}', ${module}, ${line})`)
    write(folder, `m${module}/release.ts`, `export const release = '${name}'\n`)
    write(folder, `m${module}/steps.ts`, `export function steps${module}() {\n${filler.join('\n')}\n}\n`)
  }
}

interface Killed {
  readonly url: string
  readonly settings: Readonly<Record<string, string>>
  readonly folder: string
  readonly database: pg.Client
  readonly afterMs: number
}

/** Starts a worker and kills it `afterMs` after it has taken the job. Returns whether the run was still in progress. */
async function killedRun({ url, settings, folder, database, afterMs }: Killed): Promise<boolean> {
  const agent = makeAgent(url)
  const { status, text } = await agent.post('/v1/repositories', { path: folder })
  agent.close()
  if (status !== 202) throw new Error(`A run was refused: ${status} ${text.slice(0, 300)}`)
  const isRunning = async () => {
    const { rows } = await database.query(
      `select 1 from job where kind = 'index' and state = 'running' and lease_until > clock_timestamp()`,
    )
    return rows.length > 0
  }
  const worker = await startServer({ mode: 'worker', settings })
  while (!(await isRunning())) await delay(POLL_MS)
  await delay(afterMs)
  await worker.stop('SIGKILL')
  const inTheMiddle = await isRunning()
  // Expires the lease of the killed worker, which would take half a minute.
  await database.query(`update job set lease_until = '-infinity' where state = 'running'`)
  return inTheMiddle
}

async function storedFiles(database: pg.Client): Promise<{ duplicates: number; leftOver: number }> {
  const count = async (text: string) => Number((await database.query<{ count: string }>(text)).rows[0]?.count)
  return {
    duplicates: await count(
      `select count(*) from (select path from file join repository on repository.id = repository_id
       where born <= generation and (died is null or died > generation) group by path having count(*) > 1) as twice`,
    ),
    leftOver: await count(
      'select count(*) from file join repository on repository.id = repository_id where born > generation',
    ),
  }
}

/** Asks again as long as the server is too busy to answer. */
async function unlessBusy<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Busy)) throw error
    }
  }
}

/** Agents that read all the time and check that each answer shows a single generation. */
class Readers {
  reads = 0
  readonly agents: readonly Agent[]
  readonly #errors = new Errors()
  readonly #ended: Promise<unknown>
  #halfVisible = 0
  #isEnding = false

  constructor(url: string) {
    this.agents = Array.from({ length: READERS }, () => makeAgent(url))
    this.#ended = Promise.all(this.agents.map((agent, at) => this.#read(agent, at % 2 === 0)))
  }

  async end(): Promise<{ reads: number; halfVisible: number; errors: number }> {
    this.#isEnding = true
    await this.#ended
    for (const agent of this.agents) agent.close()
    return { reads: this.reads, halfVisible: this.#halfVisible, errors: this.#errors.count }
  }

  async #read(agent: Agent, byWords: boolean): Promise<void> {
    while (!this.#isEnding) {
      try {
        const seen = byWords ? await releasesFound(agent) : await releasesSeen(agent)
        this.reads++
        if (seen.size !== 1) this.#halfVisible++
      } catch (error) {
        // What a busy server does not answer in time says nothing about generations.
        if (!(error instanceof Busy)) this.#errors.add(error)
      }
    }
  }
}

/**
 * Returns the releases that `grep_code` finds in the modules, and "incomplete" unless it finds each module exactly
 * once.
 */
async function releasesSeen(agent: Agent): Promise<Set<string>> {
  const input = { pattern: 'export const release', path: '**/release.ts', limit: 2 * MODULES }
  const answer = await agent.call('grep_code', input)
  if (typeof answer.content.degraded === 'string') throw new Busy(answer.content.degraded)
  const matches = matchesIn(answer)
  const releases = new Set(matches.map(({ text }) => /release_\d+/.exec(text)?.[0] ?? text))
  const paths = new Set(matches.map(({ path }) => path))
  if (paths.size !== MODULES || matches.length !== MODULES) releases.add('incomplete')
  return releases
}

/** Returns the releases that `search_code` shows, and "twice" if it shows a file twice. */
async function releasesFound(agent: Agent): Promise<Set<string>> {
  const input = { query: 'export const release', path: '**/release.ts', limit: 20, detail: 'full' }
  const places = placesIn(await agent.call('search_code', input))
  const releases = new Set(places.map(({ snippet = '' }) => /release_\d+/.exec(snippet)?.[0] ?? snippet))
  if (new Set(places.map(({ path }) => path)).size !== places.length) releases.add('twice')
  return releases
}
