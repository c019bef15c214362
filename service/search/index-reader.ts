import { unlessAborted, untilUnwanted, whileWanted } from '../deadline.ts'
import type { Database, Sql } from '../store/database.ts'
import type { FileRow } from '../store/files.ts'
import { filesBySegments } from '../store/files-by-segments.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { liveSegments } from '../store/segments.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import type { Filter, Scoped } from './contract.ts'
import { bytesOfTable, FACTS_CACHE_BYTES, type FileTable, makeFileTable } from './file-table.ts'
import type { LexicalIndex } from './lexical-scoring.ts'
import { leavesOutFiles, pathsOf } from './paths/path-filter.ts'
import { POSTING_CACHE_BYTES, PostingCache } from './posting-cache.ts'
import { isSmall, readSmallTables, readTable, readTableAfter } from './read-tables.ts'
import { searchedRepositories } from './repositories.ts'

/** Everything that scoring a query needs, as of one moment. */
export interface IndexView extends LexicalIndex {
  readonly repositories: readonly RepositoryRow[]
  /** Number of files that match the filter, including those without documents. */
  readonly files: number
  /** The repositories now, or undefined if another generation has been published since this view. */
  readonly confirmed: Promise<readonly RepositoryRow[] | undefined>
}

interface SearchedFiles extends Pick<IndexView, 'repositories' | 'confirmed'> {
  /** One table for each repository. */
  readonly tables: readonly FileTable[]
}

const TABLES_BYTES = 96 * MIB - FACTS_CACHE_BYTES
/** With more files, a table is read in pages. Reading continues even if the caller has gone. */
const FILES_AT_ONCE = 10_000
/** Room for a few lists of all repositories, which differ between scopes. */
const SEEN_BYTES = 16 * MIB
const REPOSITORY_BYTES = 1000

/** Maximum size of the caches, in bytes. */
export const INDEX_CACHE_BYTES = TABLES_BYTES + FACTS_CACHE_BYTES + SEEN_BYTES + POSTING_CACHE_BYTES

/**
 * Reads the index for queries, and caches what cannot change: postings, and the files of a generation. If everything is
 * cached, a view uses the generations seen last, and confirms them while it is in use.
 */
export class IndexReader {
  readonly #database: Database
  readonly #filesAtOnce: number
  #postings = new PostingCache()
  #tables = new ByteCache<string, FileTable>(TABLES_BYTES)
  /** The latest table of all files, by repository: its generation and key. */
  #newest = new Map<number, { readonly generation: number; readonly key: string }>()
  /** The repositories by scope and name, as read last. */
  #seen = new ByteCache<string, readonly RepositoryRow[]>(SEEN_BYTES)

  /** Tables that are being read in pages, by key. */
  readonly #coming = new Map<string, Promise<void>>()
  #isReadingAhead = false

  constructor(database: Database, filesAtOnce = FILES_AT_ONCE) {
    this.#database = database
    this.#filesAtOnce = filesAtOnce
  }

  /** Clears the caches. Reads in progress are not cached either. */
  forget(): void {
    this.#postings = new PostingCache()
    this.#tables = new ByteCache(TABLES_BYTES)
    this.#newest = new Map()
    this.#seen = new ByteCache(SEEN_BYTES)
  }

  /**
   * Reads what a query needs; `termsFor` returns its terms for the repositories that it covers.
   * @throws Fault `repository_unknown`, immediately or on confirmation
   */
  async view(
    filter: Filter & Scoped,
    termsFor: (repositories: readonly RepositoryRow[]) => readonly string[],
  ): Promise<IndexView> {
    const seen = this.#seen.get(seenKey(filter))
    const tables = seen && this.#heldTables(seen, filter)
    if (seen === undefined || tables === undefined) {
      await this.#readLarge(filter)
      const view = await this.#database.snapshot(async (sql) => {
        const repositories = await this.#look(sql, filter)
        return this.#viewOf(
          sql,
          repositories,
          await this.#loadTables(sql, repositories, filter),
          termsFor(repositories),
        )
      })
      this.#readAhead(view)
      return view
    }
    const view = await this.#viewOf(this.#database, seen, tables, termsFor(seen))
    // Confirm after reading the postings: what is visible then was not swept meanwhile.
    return { ...view, confirmed: this.#confirmed(seen, filter) }
  }

  /**
   * Returns the files that match the filter, by repository and path.
   * @throws Fault `repository_unknown`, `request_invalid`, immediately or on confirmation
   */
  async files(filter: Filter & Scoped): Promise<SearchedFiles> {
    const seen = this.#seen.get(seenKey(filter))
    const tables = seen && this.#heldTables(seen, filter)
    if (seen !== undefined && tables !== undefined) {
      return { repositories: seen, tables, confirmed: this.#confirmed(seen, filter) }
    }
    await this.#readLarge(filter)
    return this.#database.snapshot(async (sql) => {
      const repositories = await this.#look(sql, filter)
      const loaded = await this.#loadTables(sql, repositories, filter)
      return { repositories, tables: loaded, confirmed: Promise.resolve(repositories) }
    })
  }

  /** Questions read what this cannot. */
  #readAhead({ segments }: IndexView): void {
    if (this.#isReadingAhead) return
    this.#isReadingAhead = true
    const ids = segments.map(({ id }) => id)
    whileWanted(undefined, () => this.#postings.readAhead(this.#database, ids))
      .catch(() => undefined)
      .finally(() => {
        this.#isReadingAhead = false
      })
  }

  /** Returns the repositories now, if they are unchanged. */
  #confirmed(seen: readonly RepositoryRow[], filter: Filter & Scoped): IndexView['confirmed'] {
    const confirmed = this.#look(this.#database, filter).then((now) => (sameState(seen, now) ? now : undefined))
    confirmed.catch(() => undefined)
    return confirmed
  }

  async #look(sql: Sql, filter: Filter & Scoped): Promise<RepositoryRow[]> {
    const seen = this.#seen
    const repositories = await searchedRepositories(sql, filter)
    seen.set(seenKey(filter), repositories, REPOSITORY_BYTES * (repositories.length + 1))
    return repositories
  }

  async #viewOf(
    sql: Sql,
    repositories: readonly RepositoryRow[],
    tables: readonly FileTable[],
    terms: readonly string[],
  ): Promise<IndexView> {
    const segments = tables.flatMap((table) => table.segments)
    const ids = segments.map(({ id }) => id)
    const postings = await this.#postings.load(sql, ids, terms)
    const files = tables.reduce((sum, table) => sum + table.files.length, 0)
    return { repositories, files, segments, ...postings, confirmed: Promise.resolve(repositories) }
  }

  #heldTables(repositories: readonly RepositoryRow[], filter: Filter): FileTable[] | undefined {
    const tables: FileTable[] = []
    const keyOf = tableKeys(filter)
    for (const repository of repositories) {
      const table = this.#tables.get(keyOf(repository))
      if (table === undefined) return undefined
      tables.push(table)
    }
    return tables
  }

  async #loadTables(sql: Sql, repositories: readonly RepositoryRow[], filter: Filter): Promise<FileTable[]> {
    const tables = new Map<number, FileTable>()
    const [kept, newest] = [this.#tables, this.#newest]
    const keyOf = tableKeys(filter)
    const missing: RepositoryRow[] = []
    for (const repository of repositories) {
      const known = kept.get(keyOf(repository))
      if (known === undefined) missing.push(repository)
      else tables.set(repository.id, known)
    }
    const read = leavesOutFiles(filter) ? readTables(sql, missing, filter) : this.#readAllFiles(sql, missing)
    for await (const [repository, table] of read) {
      const [{ id, generation }, key] = [repository, keyOf(repository)]
      kept.set(key, table, bytesOfTable(table) + key.length)
      if (!leavesOutFiles(filter)) newest.set(id, { generation, key })
      tables.set(id, table)
    }
    return repositories.flatMap(({ id }) => tables.get(id) ?? [])
  }

  /** Reads the missing tables of large repositories, once for all callers. */
  async #readLarge(filter: Filter & Scoped): Promise<void> {
    if (leavesOutFiles(filter)) return
    const keyOf = tableKeys(filter)
    for (const repository of await this.#look(this.#database, filter)) {
      if (repository.files <= this.#filesAtOnce || this.#tableBefore(repository) !== undefined) continue
      const key = keyOf(repository)
      const coming = this.#coming.get(key) ?? whileWanted(undefined, () => this.#readInPages(repository, key))
      this.#coming.set(key, coming)
      await unlessAborted(coming, untilUnwanted())
    }
  }

  async #readInPages(repository: RepositoryRow, key: string): Promise<void> {
    const [kept, newest] = [this.#tables, this.#newest]
    try {
      const rows: FileRow[] = []
      for await (const page of filesBySegments(this.#database, repository)) rows.push(...page)
      // Files that were swept meanwhile are missing.
      if (rows.length !== repository.files) return
      const table = await makeFileTable(rows, await liveSegments(this.#database, [repository]))
      kept.set(key, table, bytesOfTable(table) + key.length)
      newest.set(repository.id, { generation: repository.generation, key })
    } finally {
      this.#coming.delete(key)
    }
  }

  /** Returns the latest cached table of all the repository's files. */
  #tableBefore({ id, generation }: RepositoryRow): FileTable | undefined {
    const newest = this.#newest.get(id)
    return newest && newest.generation <= generation ? this.#tables.get(newest.key) : undefined
  }

  /** After files were stored, all others are as in the previous table. */
  async *#readAllFiles(sql: Sql, repositories: readonly RepositoryRow[]): AsyncGenerator<Read> {
    const isNew = (each: RepositoryRow) => isSmall(each) && this.#tableBefore(each) === undefined
    const { small = [], others = [] } = Object.groupBy(repositories, (each) => (isNew(each) ? 'small' : 'others'))
    yield* readSmallTables(sql, small)
    for (const each of others) {
      const before = this.#tableBefore(each)
      yield [each, await (before === undefined ? readTable(sql, each, {}) : readTableAfter(sql, each, before))]
    }
  }
}

type Read = readonly [RepositoryRow, FileTable]

async function* readTables(sql: Sql, repositories: readonly RepositoryRow[], filter: Filter): AsyncGenerator<Read> {
  for (const each of repositories) yield [each, await readTable(sql, each, filter)]
}

/** Returns the keys of tables with the files that match a filter. */
function tableKeys({ languages, ...filter }: Filter): (repository: RepositoryRow) => string {
  const ofFilter = JSON.stringify([languages, pathsOf(filter)])
  return (repository) => `${versionOf(repository)} ${ofFilter}`
}

const versionOf = ({ id, generation, files, chunks }: RepositoryRow) => `${id} ${generation} ${files} ${chunks}`

function seenKey({ scope, repository }: Pick<Filter, 'repository'> & Scoped): string {
  return JSON.stringify([scope.key, repository])
}

function sameState(one: readonly RepositoryRow[], other: readonly RepositoryRow[]): boolean {
  const isSame = (row: RepositoryRow, now: RepositoryRow) => row.name === now.name && versionOf(row) === versionOf(now)
  return one.length === other.length && one.every((row, at) => isSame(row, other[at] as RepositoryRow))
}
