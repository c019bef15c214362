import type { Database, Sql } from '../store/database.ts'
import { filesMatching } from '../store/files.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { liveSegments } from '../store/segments.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import type { Filter, Scoped } from './contract.ts'
import { bytesOfTable, type FileTable, makeFileTable } from './file-table.ts'
import { fileFilter } from './glob.ts'
import type { LexicalIndex } from './lexical-scoring.ts'
import { POSTING_CACHE_BYTES, PostingCache } from './posting-cache.ts'
import { searchedRepositories } from './repositories.ts'

/** All that scoring a query needs, of one moment. */
export interface IndexView extends LexicalIndex {
  readonly repositories: readonly RepositoryRow[]
}

const TABLES_BYTES = 96 * MIB

/** What is kept for queries at most, in bytes. */
export const INDEX_CACHE_BYTES = TABLES_BYTES + POSTING_CACHE_BYTES

/** Reads the index for queries and keeps what cannot change: postings, and the files of a generation. */
export class IndexReader {
  readonly #database: Database
  readonly #postings = new PostingCache()
  readonly #tables = new ByteCache<string, FileTable>(TABLES_BYTES)

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws Fault `repository_unknown` */
  async view(filter: Filter & Scoped, terms: readonly string[]): Promise<IndexView> {
    const now = await searchedRepositories(this.#database, filter)
    return (
      this.#held(now, filter, terms) ??
      this.#database.snapshot(async (sql) => this.#load(sql, await searchedRepositories(sql, filter), filter, terms))
    )
  }

  #held(repositories: readonly RepositoryRow[], filter: Filter, terms: readonly string[]): IndexView | undefined {
    const tables: FileTable[] = []
    for (const repository of repositories) {
      const table = this.#tables.get(tableKey(repository, filter))
      if (table === undefined) return undefined
      tables.push(table)
    }
    const segments = tables.flatMap((table) => table.segments)
    const postings = this.#postings.held(
      segments.map(({ id }) => id),
      terms,
    )
    return postings === undefined ? undefined : { repositories, segments, ...postings }
  }

  async #load(sql: Sql, repositories: readonly RepositoryRow[], filter: Filter, terms: readonly string[]) {
    const tables: FileTable[] = []
    for (const repository of repositories) {
      const key = tableKey(repository, filter)
      const known = this.#tables.get(key)
      const table = known ?? (await readTable(sql, repository, filter))
      if (known === undefined) this.#tables.set(key, table, bytesOfTable(table) + key.length)
      tables.push(table)
    }
    const segments = tables.flatMap((table) => table.segments)
    const postings = await this.#postings.load(
      sql,
      segments.map(({ id }) => id),
      terms,
    )
    return { repositories, segments, ...postings }
  }
}

async function readTable(sql: Sql, repository: RepositoryRow, filter: Filter): Promise<FileTable> {
  const rows = await filesMatching(sql, [repository], fileFilter(filter))
  return makeFileTable(rows, await liveSegments(sql, [repository]))
}

function tableKey({ id, generation, files, chunks }: RepositoryRow, { language, path }: Filter): string {
  return JSON.stringify([id, generation, files, chunks, language, path])
}
