import { setImmediate as otherWork } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { type FileRow, textSizes } from '../store/files.ts'
import type { FilesAnswer, FilesRequest, ListedEntry } from './contract.ts'
import { freshnessOf, noteOf } from './freshness.ts'
import type { IndexReader } from './index-reader.ts'
import { whyNothingIsLeft } from './nothing-left.ts'
import { untilSettled } from './until-settled.ts'

interface Folder {
  readonly repository: string
  /** With a slash at its end; empty for the root. */
  readonly path: string
  readonly folders: Map<string, Folder>
  readonly files: FileRow[]
  /** Of all files inside. */
  count: number
  open: boolean
}

const FILES_AT_ONCE = 5000

/**
 * The files that the filter leaves, as a tree of which as much is open as fits into the limit: of a closed folder only the
 * number of its files is told.
 */
export async function listFiles(
  { database, reader }: { readonly database: Database; readonly reader: IndexReader },
  request: FilesRequest,
): Promise<FilesAnswer> {
  const { repositories, files } = await untilSettled(async () => {
    const { tables, confirmed } = await reader.files(request)
    const now = await confirmed
    return now && { repositories: now, files: tables.flatMap((table) => table.files.map(({ row }) => row)) }
  })
  const unmatched = files.length === 0 ? await whyNothingIsLeft(database, request) : undefined
  const names = new Map(repositories.map(({ id, name }) => [id, name]))
  const roots = new Map<string, Folder>()
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    for (const file of files.slice(at, at + FILES_AT_ONCE)) place(file, names.get(file.repositoryId) ?? '', roots)
    await otherWork()
  }
  openFolders([...roots.values()], request.limit)
  const lines = [...roots.values()].flatMap(linesOf)
  const shown = lines.slice(request.offset, request.offset + request.limit)
  const sizes = await textSizes(
    database,
    shown.flatMap((each) => ('contentHash' in each.of ? [each.of.contentHash] : [])),
  )
  return {
    entries: shown.map((each) => entryOf(each, sizes)),
    entriesInAll: lines.length,
    files: files.length,
    ...noteOf([unmatched, freshnessOf(repositories)]),
  }
}

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

/** Opens folders level by level, small ones first, as long as all lines fit into the limit; the top in any case. */
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

/** What is in a folder that holds one folder and nothing else stands for it. */
function throughSingles(folder: Folder): Folder {
  const [only] = folder.folders.values()
  return only !== undefined && folder.folders.size === 1 && folder.files.length === 0 ? throughSingles(only) : folder
}

interface Line {
  readonly of: Folder | FileRow
  readonly repository: string
}

function linesOf(root: Folder): Line[] {
  const top = throughSingles(root)
  return top.open ? contentsOf(top) : [{ of: top, repository: top.repository }]
}

function contentsOf({ folders, files, repository }: Folder): Line[] {
  const inside = [...folders.values()].map(throughSingles).flatMap((folder): Line[] => {
    const line = { of: folder, repository }
    return folder.open ? [line, ...contentsOf(folder)] : [line]
  })
  return [...files.map((file) => ({ of: file, repository })), ...inside]
}

function entryOf({ of, repository }: Line, sizes: ReadonlyMap<string, number>): ListedEntry {
  if (!('contentHash' in of)) return { repository, path: of.path, files: of.count, isOpen: of.open }
  return { repository, path: of.path, language: of.language, bytes: sizes.get(of.contentHash) ?? 0 }
}
