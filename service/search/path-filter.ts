import type { Sql } from '../store/database.ts'
import { type FileRow, filesBetween, filesNumbered } from '../store/files.ts'
import { type FilePath, filesBySegments, pathsBySegments } from '../store/files-by-segments.ts'
import { slices } from '../store/packed.ts'
import type { RepositoryAt } from '../store/visibility.ts'
import type { Filter } from './contract.ts'
import type { Glob } from './glob.ts'
import { inTurns } from './in-turns.ts'
import { inAnyCase, likeliest, MOST_PATHS, type NamedSource, pathsIn, readingsOf } from './path-readings.ts'

const NOT_ASCII = /[^\0-\x7f]/

/**
 * Returns the visible files of a repository that match a filter, by path.
 * @throws Fault `request_invalid` if `path` is not a valid glob
 */
export async function filesAt(
  sql: Sql,
  repository: RepositoryAt & NamedSource,
  { languages, ...filter }: Filter,
): Promise<FileRow[]> {
  const [first, ...others] = pathsOf(filter)
  if (first === undefined) return filesIn(sql, repository, languages)
  let files = await filesBy(sql, repository, first)
  for (const path of others) {
    const kept = new Set((await filesBy(sql, repository, path)).map(({ id }) => id))
    files = files.filter(({ id }) => kept.has(id))
  }
  return languages === undefined ? files : files.filter(({ language }) => languages.includes(language))
}

/** Returns all visible files of a repository, or those in any of the languages. */
async function filesIn(sql: Sql, repository: RepositoryAt, languages?: readonly string[]): Promise<FileRow[]> {
  const files: FileRow[] = []
  for await (const page of filesBySegments(sql, repository, languages)) files.push(...page)
  return inOrder(files)
}

/** Returns all paths that a file must match, in the caller's notation. */
export const pathsOf = ({ path, within = [] }: Filter): string[] => [...(path === undefined ? [] : [path]), ...within]

/** Whether a filter leaves out files of the repositories in it. */
export const leavesOutFiles = (filter: Filter) => pathsOf(filter).length > 0 || filter.languages !== undefined

async function filesBy(sql: Sql, repository: RepositoryAt & NamedSource, path: string): Promise<FileRow[]> {
  const { wanted, unwanted } = await pathsMeant(sql, repository, path)
  const found = new Map<number, FileRow>()
  for (const each of wanted) {
    for (const file of await filesMeant(sql, repository, each)) found.set(file.id, file)
  }
  const all = wanted.length === 0 ? await filesIn(sql, repository) : inOrder([...found.values()])
  return unwanted.length === 0 ? all : withoutThose(all, unwanted, repository)
}

/** Commas and other separators may be part of a name. */
async function pathsMeant(sql: Sql, repository: RepositoryAt, path: string): Promise<ReturnType<typeof pathsIn>> {
  const isName = /[,;|\n]|^\s*-/.test(path) && (await likelyFiles(sql, repository, path)).length > 0
  return isName ? { wanted: [path], unwanted: [] } : pathsIn(path)
}

/**
 * Returns the files that a path means, by its first reading that matches any. The database gets the literal beginning
 * and end of the most likely readings. If they match nothing, the others are tried on all paths.
 */
async function filesMeant(sql: Sql, repository: RepositoryAt & NamedSource, path: string): Promise<FileRow[]> {
  const files = await likelyFiles(sql, repository, path)
  if (files.length > 0) return files
  const all: FilePath[] = []
  for await (const page of pathsBySegments(sql, repository)) all.push(...page)
  const found = new Set(await firstMeant(all, path, repository))
  const words = path.trim().split(/\s+/)
  if (found.size === 0 && words.length > 1 && words.length <= MOST_PATHS) {
    for (const word of words) for (const file of await firstMeant(all, word, repository)) found.add(file)
  }
  return filesOf(sql, [...found])
}

const ROWS_AT_ONCE = 10_000

async function filesOf(sql: Sql, paths: readonly FilePath[]): Promise<FileRow[]> {
  const files: FileRow[] = []
  for (const some of slices(paths, ROWS_AT_ONCE, () => 1)) {
    const rows = await filesNumbered(
      sql,
      some.map(({ id }) => id),
    )
    files.push(...rows)
  }
  return inOrder(files)
}

async function likelyFiles(sql: Sql, repository: RepositoryAt, path: string): Promise<FileRow[]> {
  const found = new Map<number, FileRow>()
  for (const reading of likeliest(path)) {
    const files = await filesBetween(sql, [repository], reading)
    for (const file of await passing(files, reading)) found.set(file.id, file)
  }
  return inOrder([...found.values()])
}

async function firstMeant<File extends FilePath>(
  files: readonly File[],
  path: string,
  repository: NamedSource,
): Promise<File[]> {
  for (const reading of readingsOf(path, repository)) {
    const passed = await passing(files, reading)
    if (passed.length > 0) return passed
  }
  // Composed and decomposed accents look the same, and people misremember case.
  for (const same of NOT_ASCII.test(path) ? [composed, inAnyCase] : [inAnyCase]) {
    const known = { name: same(repository.name), source: same(repository.source) }
    const alike: { readonly file: File; readonly path: string }[] = []
    await inTurns(files, (file) => void alike.push({ file, path: same(file.path) }))
    for (const reading of readingsOf(same(path), known)) {
      const passed = await passing(alike, reading)
      if (passed.length > 0) return passed.map(({ file }) => file)
    }
  }
  return []
}

const composed = (path: string) => path.normalize()

async function withoutThose(
  files: readonly FileRow[],
  unwanted: readonly string[],
  repository: NamedSource,
): Promise<FileRow[]> {
  const left = new Set(files)
  for (const path of unwanted) for (const file of await firstMeant(files, path, repository)) left.delete(file)
  return [...left]
}

async function passing<File extends Pick<FilePath, 'path'>>(
  files: readonly File[],
  { matches }: Pick<Glob, 'matches'>,
): Promise<File[]> {
  const passed: File[] = []
  await inTurns(files, (file) => {
    if (matches(file.path)) passed.push(file)
  })
  return passed
}

const inOrder = (files: FileRow[]) => files.sort((one, other) => (one.path < other.path ? -1 : 1))
