import { availableParallelism } from 'node:os'
import { Fault } from '../../errors.ts'
import { readCompressed } from '../../store/contents.ts'
import type { Database } from '../../store/database.ts'
import type { FileRow } from '../../store/files.ts'
import type { RepositoryRow } from '../../store/repositories.ts'
import { ThreadDied } from '../../threads/thread.ts'
import { ThreadPool } from '../../threads/thread-pool.ts'
import { SECOND } from '../../units.ts'
import type { GrepAnswer, GrepMatch, GrepRequest } from '../contract.ts'
import type { IndexReader } from '../index-reader.ts'
import { leftOutInAll, leftOutNote } from '../left-out.ts'
import { untilSettled } from '../until-settled.ts'
import { Budget, DEADLINE_MS } from './budget.ts'
import type { GrepSlice, GrepTask } from './grep-thread.ts'
import { type MatchedLine, TOP } from './text-scan.ts'

/** Searches lines by regular expressions, in threads of its own. */
export interface Grep {
  /**
   * The lines that match, by repository and path, as far as the limit and the time reach.
   * @throws Fault `repository_unknown`, `pattern_invalid`, `request_invalid`
   */
  lines(request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer>
  /** Has a thread ready. */
  warm(): Promise<void>
  close(): Promise<void>
}

// The program runs from its sources or from a bundle, beside which the thread's own bundle lies.
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './grep-thread.ts' : './grep-thread.js', import.meta.url)
const THREADS = Math.max(2, Math.min(8, availableParallelism() - 1))
const BATCH_FILES = 64
const SLICE_MS = 25
/** What cannot be left between two lines is ended, with its thread. */
const SLICE_LIMIT_MS = 500

type Pool = ThreadPool<GrepTask, GrepSlice>

export function makeGrep(database: Database, reader: IndexReader): Grep {
  const pool: Pool = new ThreadPool({
    script: SCRIPT,
    purpose: 'searches texts',
    threads: THREADS,
    idleMs: 10 * SECOND,
    kept: 1,
    heapMb: 256,
  })
  return {
    lines: async (request, signal) => {
      const started = performance.now()
      const answer = await untilSettled(() => new Search({ database, reader, pool }, request, signal).run())
      return { ...answer, latencyMs: Math.round((performance.now() - started) * 10) / 10 }
    },
    warm: async () => void (await check(pool, { pattern: 'x', ignoreCase: false })),
    close: () => pool.close(),
  }
}

/** Compiles a pattern, and tells what that took. @throws Fault `pattern_invalid` */
async function check(pool: Pool, { pattern, ignoreCase }: Pick<GrepRequest, 'pattern' | 'ignoreCase'>) {
  const task = { pattern, ignoreCase, context: 0, limit: 1, texts: [], from: TOP, sliceMs: SLICE_MS }
  try {
    return (await pool.run(task, { limitMs: SLICE_LIMIT_MS })).usedMs
  } catch (error) {
    if (!(error instanceof ThreadDied)) throw error
    const message = `${JSON.stringify(pattern)} is too large a regular expression`
    throw new Fault('pattern_invalid', message, 'Make its repetitions smaller', { cause: error })
  }
}

interface Parts {
  readonly database: Database
  readonly reader: IndexReader
  readonly pool: Pool
}

/** What was found in the texts of a batch, by hash; a text that was not searched to its end is not in `done`. */
interface SearchedBatch {
  readonly files: readonly FileRow[]
  readonly found: ReadonlyMap<string, readonly MatchedLine[]>
  readonly done: ReadonlySet<string>
}

/** One search, at one generation. */
class Search {
  readonly #parts: Parts
  readonly #request: GrepRequest
  readonly #signal: AbortSignal | undefined
  readonly #budget = new Budget()
  readonly #patience = AbortSignal.timeout(DEADLINE_MS)
  readonly #matches: GrepMatch[] = []
  #filesSearched = 0
  #isOver = false

  constructor(parts: Parts, request: GrepRequest, signal?: AbortSignal) {
    this.#parts = parts
    this.#request = request
    this.#signal = signal
  }

  /** Undefined where the text of a file has been removed since the file was seen. */
  async run(): Promise<Omit<GrepAnswer, 'latencyMs'> | undefined> {
    const checked = check(this.#parts.pool, this.#request)
    const [{ repositories, files }, usedMs] = await Promise.all([this.#parts.reader.files(this.#request), checked])
    this.#budget.use(usedMs, 0)
    const names = new Map(repositories.map(({ id, name }) => [id, name]))
    try {
      for await (const batch of this.#batches(files)) {
        if (batch === undefined) return undefined
        this.#take(batch, names)
      }
    } finally {
      this.#isOver = true
    }
    const { limit } = this.#request
    const leftOut = await this.#leftOut(repositories)
    return {
      ...(leftOut === undefined ? {} : { leftOut }),
      matches: this.#matches.slice(0, limit),
      truncated: this.#matches.length > limit || this.#filesSearched < files.length,
      filesSearched: this.#filesSearched,
      ...this.#unsearched(files.length),
    }
  }

  /** The batches in order; while one is waited for, the next are under way. */
  async *#batches(files: readonly FileRow[]): AsyncGenerator<SearchedBatch | undefined> {
    const underWay: Promise<SearchedBatch | undefined>[] = []
    for (let at = 0; (at < files.length || underWay.length > 0) && !this.#isFull; ) {
      while (underWay.length <= THREADS && at < files.length && this.#budget.ended === undefined) {
        const batch = this.#search(files.slice(at, at + BATCH_FILES))
        // Nobody may be waiting for it any more when it fails.
        batch.catch(() => undefined)
        underWay.push(batch)
        at += BATCH_FILES
      }
      const next = underWay.shift()
      if (next === undefined) return
      yield await next
    }
  }

  /** One match more than the limit tells that there are more. */
  get #isFull(): boolean {
    return this.#matches.length > this.#request.limit
  }

  async #search(files: readonly FileRow[]): Promise<SearchedBatch | undefined> {
    const { database } = this.#parts
    const { pattern, ignoreCase, context } = this.#request
    const hashes = [...new Set(files.map(({ contentHash }) => contentHash))]
    const texts = await readCompressed(database, hashes)
    if (texts.size < hashes.length) return undefined
    const limit = this.#request.limit + 1
    const found = new Map<string, MatchedLine[]>(hashes.map((hash) => [hash, []]))
    const done = new Set<string>()
    let count = 0
    let from = TOP
    let left = hashes
    while (left.length > 0 && count < limit && !this.#isOver && this.#budget.ended === undefined) {
      this.#signal?.throwIfAborted()
      const task = {
        pattern,
        ignoreCase,
        context,
        limit: limit - count,
        texts: left.map((hash) => texts.get(hash) as Uint8Array),
        from,
        sliceMs: SLICE_MS,
      }
      const slice = await this.#slice(task)
      if (slice === undefined) break
      for (const [at, lines] of slice.found.entries()) {
        found.get(left[at] as string)?.push(...lines)
        count += lines.length
      }
      const ended = slice.left?.done ?? left.length
      for (const hash of left.slice(0, ended)) done.add(hash)
      left = left.slice(ended)
      from = slice.left?.place ?? TOP
    }
    return { files, found, done }
  }

  /** Undefined where the time is up, or the thread had to be ended. */
  async #slice(task: GrepTask): Promise<GrepSlice | undefined> {
    const { usedMs } = this.#budget
    try {
      const slice = await this.#parts.pool.run(task, { limitMs: SLICE_LIMIT_MS, usedMs, patience: this.#patience })
      this.#budget.use(slice.usedMs, slice.characters)
      return slice
    } catch (error) {
      if (!this.#patience.aborted && !(error instanceof ThreadDied)) throw error
      this.#budget.end(error instanceof ThreadDied ? 'slow' : 'late')
      return undefined
    }
  }

  #take({ files, found, done }: SearchedBatch, names: ReadonlyMap<number, string>): void {
    for (const { contentHash, path, repositoryId } of files) {
      if (this.#isFull) return
      if (done.has(contentHash)) this.#filesSearched++
      const repository = names.get(repositoryId) ?? ''
      for (const match of found.get(contentHash) ?? []) this.#matches.push({ repository, path, ...match })
    }
  }

  async #leftOut(repositories: readonly RepositoryRow[]): Promise<string | undefined> {
    const { path } = this.#request
    if (path !== undefined) return leftOutNote(this.#parts.database, repositories, path)
    return this.#matches.length === 0 ? leftOutInAll(this.#parts.database, repositories) : undefined
  }

  #unsearched(files: number): { readonly degraded?: string } {
    const left = files - this.#filesSearched
    const ended = this.#budget.ended
    if (left === 0 || this.#isFull || ended === undefined) return {}
    const why = ended === 'slow' ? 'the pattern is slow to match' : `they do not fit into ${DEADLINE_MS / SECOND} s`
    return { degraded: `${left} of ${files} files were not searched to their end: ${why}` }
  }
}
