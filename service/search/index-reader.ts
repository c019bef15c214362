import type { Database, Sql } from '../store/database.ts'
import type { FileRow } from '../store/files.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { liveSegments } from '../store/segments.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import type { Filter, Scoped } from './contract.ts'
import { type FileTable, makeFileTable } from './file-table.ts'
import type { LexicalIndex } from './lexical-scoring.ts'
import { filesAt } from './path-filter.ts'
import { PostingCache } from './posting-cache.ts'
import { searchedRepositories } from './repositories.ts'

/** All that scoring a query needs, of one moment. */
export interface IndexView extends LexicalIndex {
  readonly repositories: readonly RepositoryRow[]
}

interface SearchedFiles {
  readonly repositories: readonly RepositoryRow[]
  readonly files: readonly FileRow[]
}

const TABLES_BYTES = 64 * MIB
const FILE_BYTES = 600

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

  /** The files that the filter leaves, by repository and path. @throws Fault `repository_unknown`, `request_invalid` */
  async files(filter: Filter & Scoped): Promise<SearchedFiles> {
    const now = await searchedRepositories(this.#database, filter)
    const held = this.#heldTables(now, filter)
    if (held !== undefined) return searchedFiles(now, held)
    return this.#database.snapshot(async (sql) => {
      const repositories = await searchedRepositories(sql, filter)
      return searchedFiles(repositories, await this.#loadTables(sql, repositories, filter))
    })
  }

  #held(repositories: readonly RepositoryRow[], filter: Filter, terms: readonly string[]): IndexView | undefined {
    const segments = this.#heldTables(repositories, filter)?.flatMap((table) => table.segments)
    if (segments === undefined) return undefined
    const postings = this.#postings.held(
      segments.map(({ id }) => id),
      terms,
    )
    return postings === undefined ? undefined : { repositories, segments, ...postings }
  }

  #heldTables(repositories: readonly RepositoryRow[], filter: Filter): FileTable[] | undefined {
    const tables: FileTable[] = []
    for (const repository of repositories) {
      const table = this.#tables.get(tableKey(repository, filter))
      if (table === undefined) return undefined
      tables.push(table)
    }
    return tables
  }

  async #load(sql: Sql, repositories: readonly RepositoryRow[], filter: Filter, terms: readonly string[]) {
    const tables = await this.#loadTables(sql, repositories, filter)
    const segments = tables.flatMap((table) => table.segments)
    const postings = await this.#postings.load(
      sql,
      segments.map(({ id }) => id),
      terms,
    )
    return { repositories, segments, ...postings }
  }

  async #loadTables(sql: Sql, repositories: readonly RepositoryRow[], filter: Filter): Promise<FileTable[]> {
    const tables: FileTable[] = []
    for (const repository of repositories) {
      const key = tableKey(repository, filter)
      const known = this.#tables.get(key)
      const table = known ?? (await readTable(sql, repository, filter))
      if (known === undefined) this.#tables.set(key, table, FILE_BYTES * (table.files.length + 1))
      tables.push(table)
    }
    return tables
  }
}

function searchedFiles(repositories: readonly RepositoryRow[], tables: readonly FileTable[]): SearchedFiles {
  return { repositories, files: tables.flatMap(({ files }) => files.map(({ row }) => row)) }
}

async function readTable(sql: Sql, repository: RepositoryRow, filter: Filter): Promise<FileTable> {
  const rows = await filesAt(sql, repository, filter)
  return makeFileTable(rows, await liveSegments(sql, [repository]))
}

function tableKey({ id, generation, files, chunks }: RepositoryRow, { language, path }: Filter): string {
  return JSON.stringify([id, generation, files, chunks, language, path])
}
