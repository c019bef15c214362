import { setImmediate as otherWork } from 'node:timers/promises'
import { textSizes } from '../store/contents.ts'
import type { Database } from '../store/database.ts'
import type { FileRow } from '../store/files.ts'
import type { FilesAnswer, FilesRequest, ListedEntry } from './contract.ts'
import type { FileTable } from './file-table.ts'
import { freshnessOf, noteOf } from './freshness.ts'
import type { IndexReader } from './index-reader.ts'
import { whyNothingIsLeft } from './nothing-left.ts'
import { untilSettled } from './until-settled.ts'

interface Folder {
  readonly repository: string
  /** With a trailing slash. Empty for the root. */
  readonly path: string
  readonly folders: Map<string, Folder>
  readonly files: FileRow[]
  /** Number of files in the whole subtree. */
  count: number
  open: boolean
}

/** A file or folder in the listing. */
type Line = { readonly repository: string } & (
  | { readonly file: FileRow }
  | { readonly path: string; readonly count: number; readonly open: boolean }
)

/** All lines, of which a page is shown. */
interface Listing {
  readonly tables: readonly FileTable[]
  readonly limit: number
  readonly lines: readonly Line[]
}

/**
 * The latest listing that begins with a table. Callers usually read the pages in sequence, and a changed index has a
 * new table.
 */
const listings = new WeakMap<FileTable, Listing>()

const FILES_AT_ONCE = 5000

/**
 * Lists the files that match the filter as a tree, and opens as many folders as fit into the limit. A closed folder has
 * a count of its files.
 */
export async function listFiles(
  { database, reader }: { readonly database: Database; readonly reader: IndexReader },
  request: FilesRequest,
): Promise<FilesAnswer> {
  const { repositories, tables } = await untilSettled(async () => {
    const { tables, confirmed } = await reader.files(request)
    const now = await confirmed
    return now && { repositories: now, tables }
  })
  const files = tables.reduce((sum, table) => sum + table.files.length, 0)
  const unmatched = files === 0 ? await whyNothingIsLeft(database, request) : undefined
  const names = new Map(repositories.map(({ id, name }) => [id, name]))
  const lines = await linesOf(tables, names, request.limit)
  const shown = lines.slice(request.offset, request.offset + request.limit)
  const sizes = await textSizes(
    database,
    shown.flatMap((line) => ('file' in line ? [line.file.contentHash] : [])),
  )
  return {
    entries: shown.map((line) => entryOf(line, sizes)),
    entriesInAll: lines.length,
    files,
    ...noteOf([unmatched, freshnessOf(repositories)]),
  }
}

async function linesOf(
  tables: readonly FileTable[],
  names: ReadonlyMap<number, string>,
  limit: number,
): Promise<readonly Line[]> {
  const [first] = tables
  const known = first && listings.get(first)
  if (known?.limit === limit && isSame(known.tables, tables)) return known.lines
  const roots = new Map<string, Folder>()
  for (const { files } of tables) {
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      for (const { row } of files.slice(at, at + FILES_AT_ONCE)) place(row, names.get(row.repositoryId) ?? '', roots)
      await otherWork()
    }
  }
  openFolders([...roots.values()], limit)
  const lines = [...roots.values()].flatMap(linesAt)
  if (first !== undefined) listings.set(first, { tables, limit, lines })
  return lines
}

const isSame = (one: readonly FileTable[], other: readonly FileTable[]) =>
  one.length === other.length && one.every((table, at) => table === other[at])

function place(file: FileRow, repository: string, roots: Map<string, Folder>): void {
  let folder = folderAt(roots, repository, { repository, path: '' })
  folder.count++
  const names = file.path.split('/')
  for (const name of names.slice(0, -1)) {
    folder = folderAt(folder.folders, name, { repository, path: `${folder.path}${name}/` })
    folder.count++
  }
  folder.files.push(file)
}

function folderAt(folders: Map<string, Folder>, name: string, of: Pick<Folder, 'repository' | 'path'>): Folder {
  const known = folders.get(name)
  if (known !== undefined) return known
  const made = { ...of, folders: new Map(), files: [], count: 0, open: false }
  folders.set(name, made)
  return made
}

/** Opens folders level by level, small ones first, while all lines fit into the limit. Always opens the top level. */
function openFolders(roots: readonly Folder[], limit: number): void {
  let lines = 0
  let level = roots.map(throughSingles)
  for (const root of level) {
    root.open = true
    lines += sizeOf(root)
  }
  while (level.length > 0) {
    const inside = level.filter(({ open }) => open).flatMap(({ folders }) => [...folders.values()].map(throughSingles))
    for (const folder of inside.toSorted((a, b) => sizeOf(a) - sizeOf(b))) {
      if (lines + sizeOf(folder) > limit) break
      folder.open = true
      lines += sizeOf(folder)
    }
    level = inside
  }
}

const sizeOf = ({ folders, files }: Folder) => folders.size + files.length

/** Replaces a folder that contains a single folder by that one. */
function throughSingles(folder: Folder): Folder {
  const [only] = folder.folders.values()
  return only !== undefined && folder.folders.size === 1 && folder.files.length === 0 ? throughSingles(only) : folder
}

function linesAt(root: Folder): Line[] {
  const top = throughSingles(root)
  return top.open ? contentsOf(top) : [lineOf(top)]
}

function contentsOf({ folders, files, repository }: Folder): Line[] {
  const inside = [...folders.values()]
    .map(throughSingles)
    .flatMap((folder) => (folder.open ? [lineOf(folder), ...contentsOf(folder)] : [lineOf(folder)]))
  return [...files.map((file) => ({ file, repository })), ...inside]
}

// Copies the fields without the folder's contents, because lines are kept.
const lineOf = ({ repository, path, count, open }: Folder): Line => ({ repository, path, count, open })

function entryOf(line: Line, sizes: ReadonlyMap<string, number>): ListedEntry {
  const { repository } = line
  if (!('file' in line)) return { repository, path: line.path, files: line.count, isOpen: line.open }
  const { path, language, contentHash } = line.file
  return { repository, path, language, bytes: sizes.get(contentHash) ?? 0 }
}
