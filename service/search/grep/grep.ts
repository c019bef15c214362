import type { Database } from '../../store/database.ts'
import type { FileRow } from '../../store/files.ts'
import type { RepositoryRow } from '../../store/repositories.ts'
import { ThreadDied } from '../../threads/thread.ts'
import { SECOND } from '../../units.ts'
import type { GrepAnswer, GrepMatch, GrepRequest } from '../contract.ts'
import { freshnessOf, noteOf } from '../freshness.ts'
import type { IndexReader } from '../index-reader.ts'
import { leftOutInAll, leftOutNote } from '../left-out.ts'
import { whyNothingIsLeft } from '../nothing-left.ts'
import { untilSettled } from '../until-settled.ts'
import { Budget, DEADLINE_MS, PATIENCE_MS } from './budget.ts'
import { Candidates } from './candidates.ts'
import { GRAM_CACHE_BYTES } from './gram-cache.ts'
import { busyFault, look, makePool, type Pool, SLICE_LIMIT_MS, SLICE_MS, THREADS } from './grep-pool.ts'
import type { GrepSlice, GrepTask } from './grep-thread.ts'
import { TEXT_CACHE_BYTES, TextCache } from './text-cache.ts'
import { type MatchedLine, TOP } from './text-scan.ts'

/** Searches lines by regular expressions, in its own threads. */
export interface Grep {
  /**
   * Returns matching lines, by repository and path, up to the limit and within the time.
   * @throws Fault `repository_unknown`, `pattern_invalid`, `request_invalid`
   */
  lines(request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer>
  /** Clears the caches except of texts, which are identified by their contents. */
  forget(): void
  /** Starts a thread. */
  warm(): Promise<void>
  close(): Promise<void>
}

const FIRST_BATCH_FILES = 16
const BATCH_FILES = 64

/** Maximum size of the caches, in bytes. */
export const GREP_CACHE_BYTES = GRAM_CACHE_BYTES + TEXT_CACHE_BYTES

/** How long a search waits for its first turn after a thread had to be ended: similar searches may be ahead of it. */
const HELD_UP_MS = 450

export function makeGrep(database: Database, reader: IndexReader): Grep {
  const pool = makePool()
  const parts = {
    database,
    reader,
    pool,
    candidates: new Candidates(database),
    texts: new TextCache(database),
    unbegun: new Set<Search>(),
  }
  return {
    lines: async (request, signal) => {
      const started = performance.now()
      const answer = await untilSettled(() => new Search(parts, request, signal).run())
      return { ...answer, latencyMs: Math.round((performance.now() - started) * 10) / 10 }
    },
    forget: () => parts.candidates.forget(),
    warm: async () => void (await look(pool, { pattern: 'x', ignoreCase: false })),
    close: () => pool.close(),
  }
}

interface Parts {
  readonly database: Database
  readonly reader: IndexReader
  readonly pool: Pool
  readonly candidates: Candidates
  readonly texts: TextCache
  /** Searches waiting for their first turn. */
  readonly unbegun: Set<Search>
}

/** Matches in the texts of a batch, by hash. `done` contains the texts that were searched completely. */
interface SearchedBatch {
  readonly files: readonly FileRow[]
  readonly found: ReadonlyMap<string, readonly MatchedLine[]>
  readonly done: ReadonlySet<string>
}

/** A search at one generation. */
class Search {
  readonly #parts: Parts
  readonly #request: GrepRequest
  readonly #signal: AbortSignal | undefined
  readonly #budget = new Budget()
  readonly #startedAt = performance.now()
  readonly #patience = AbortSignal.timeout(DEADLINE_MS)
  /** Limit of the wait for a slow pattern. */
  readonly #shortPatience = AbortSignal.timeout(PATIENCE_MS)
  /** Aborts if the first turn is not worth waiting for. */
  readonly #heldUp = new AbortController()
  readonly #matches: GrepMatch[] = []
  #filesSearched = 0
  #isOver = false

  constructor(parts: Parts, request: GrepRequest, signal?: AbortSignal) {
    this.#parts = parts
    this.#request = request
    this.#signal = signal
  }

  /** Returns undefined if other files are visible meanwhile, or the text of one was deleted. */
  async run(): Promise<Omit<GrepAnswer, 'latencyMs'> | undefined> {
    this.#parts.unbegun.add(this)
    try {
      return await this.#run()
    } finally {
      this.#parts.unbegun.delete(this)
    }
  }

  /** A thread had to be ended. A search that has not begun soon stops waiting. */
  holdUp(): void {
    const leftMs = this.#startedAt + HELD_UP_MS - performance.now()
    setTimeout(() => this.#heldUp.abort(busyFault()), Math.max(0, leftMs)).unref()
  }

  #holdUpOthers(): void {
    for (const search of this.#parts.unbegun) if (search !== this) search.holdUp()
  }

  get #firstPatience(): AbortSignal {
    return AbortSignal.any([this.#patience, this.#heldUp.signal])
  }

  async #run(): Promise<Omit<GrepAnswer, 'latencyMs'> | undefined> {
    const { reader, pool, candidates } = this.#parts
    const looked = look(pool, this.#request, this.#firstPatience).catch((error: Error) => {
      if (error.cause instanceof ThreadDied) this.#holdUpOthers()
      throw error
    })
    const [{ repositories, tables, confirmed }, { usedMs, grams }] = await Promise.all([
      reader.files(this.#request),
      looked,
    ])
    this.#budget.compiled(usedMs)
    const files = await candidates.among(tables, grams)
    // Check before searching texts, which may take long.
    if ((await confirmed) === undefined) return undefined
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
    const all = tables.reduce((sum, table) => sum + table.files.length, 0)
    const note = noteOf([
      freshnessOf(repositories),
      all === 0 ? await whyNothingIsLeft(this.#parts.database, this.#request) : undefined,
    ])
    const leftOut = await this.#leftOut(repositories)
    return {
      ...note,
      ...(leftOut === undefined ? {} : { leftOut }),
      matches: this.#matches.slice(0, limit),
      truncated: this.#matches.length > limit || this.#filesSearched < files.length,
      files: all,
      filesSearched: this.#filesSearched,
      ...this.#unsearched(files.length, all),
    }
  }

  /** Yields the batches in order, and reads ahead. */
  async *#batches(files: readonly FileRow[]): AsyncGenerator<SearchedBatch | undefined> {
    const underWay: Promise<SearchedBatch | undefined>[] = []
    let size = FIRST_BATCH_FILES
    for (let at = 0; (at < files.length || underWay.length > 0) && !this.#isFull; ) {
      while (underWay.length <= THREADS && at < files.length && this.#budget.ended === undefined) {
        const batch = this.#search(files.slice(at, at + size))
        // There may be no waiting caller left when it fails.
        batch.catch(() => undefined)
        underWay.push(batch)
        at += size
        size = Math.min(2 * size, BATCH_FILES)
      }
      const next = underWay.shift()
      if (next === undefined) return
      yield await next
    }
  }

  /** One match beyond the limit shows that there are more. */
  get #isFull(): boolean {
    return this.#matches.length > this.#request.limit
  }

  async #search(files: readonly FileRow[]): Promise<SearchedBatch | undefined> {
    const { pattern, ignoreCase, context } = this.#request
    const hashes = [...new Set(files.map(({ contentHash }) => contentHash))]
    const texts = await this.#parts.texts.read(hashes)
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

  /** Returns undefined if time ran out or the thread had to be ended. */
  async #slice(task: GrepTask): Promise<GrepSlice | undefined> {
    const { unbegun, pool } = this.#parts
    const { usedMs } = this.#budget
    const patience = this.#patienceNow
    try {
      const slice = await pool.run(task, { limitMs: SLICE_LIMIT_MS, usedMs, patience })
      unbegun.delete(this)
      this.#budget.use(slice.usedMs, slice.characters)
      return slice
    } catch (error) {
      if (error instanceof ThreadDied) {
        unbegun.delete(this)
        this.#holdUpOthers()
        this.#budget.end('slow')
      } else if (!patience.aborted) throw error
      // Another batch of this search has had a turn.
      else if (this.#heldUp.signal.aborted && !unbegun.has(this)) return this.#slice(task)
      else if (error === this.#heldUp.signal.reason) throw error
      else this.#budget.end(patience === this.#shortPatience ? 'slow' : 'late')
      return undefined
    }
  }

  get #patienceNow(): AbortSignal {
    if (this.#parts.unbegun.has(this)) return this.#firstPatience
    return this.#budget.isSlow ? this.#shortPatience : this.#patience
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

  #unsearched(candidates: number, files: number): { readonly degraded?: string } {
    const left = candidates - this.#filesSearched
    const ended = this.#budget.ended
    if (left === 0 || this.#isFull || ended === undefined) return {}
    const why = ended === 'slow' ? 'the pattern is slow to match' : `they do not fit into ${DEADLINE_MS / SECOND} s`
    return { degraded: `${left} of ${files} files were not searched to their end: ${why}` }
  }
}
