import type { Sql } from '../../store/database.ts'
import { type FileRow, filesBetween, filesNumbered } from '../../store/files.ts'
import { type FilePath, filesBySegments, pathsBySegments } from '../../store/files-by-segments.ts'
import { slices } from '../../store/packed.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import type { Filter } from '../contract.ts'
import { inTurns } from '../in-turns.ts'
import type { Glob } from './glob.ts'
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
  const paths = new PathsOf(sql, repository)
  const effort = { left: MOST_COMPARISONS }
  for (const each of wanted) {
    const files = await (wanted.length > MOST_SCANS ? paths.likely(each) : likelyFiles(sql, repository, each))
    for (const file of files.length > 0 ? files : await paths.meant(each, effort)) found.set(file.id, file)
  }
  const all = wanted.length === 0 ? await filesIn(sql, repository) : inOrder([...found.values()])
  return unwanted.length === 0 ? all : withoutThose(all, unwanted, repository)
}

/** Commas and other separators may be part of a name. */
async function pathsMeant(sql: Sql, repository: RepositoryAt, path: string): Promise<ReturnType<typeof pathsIn>> {
  const isName = /[,;|\n]|^\s*-/.test(path) && (await likelyFiles(sql, repository, path)).length > 0
  return isName ? { wanted: [path], unwanted: [] } : pathsIn(path)
}

/** The database reads all its files to find those of a path, so several paths are looked for in one list. */
const MOST_SCANS = 2

/** How often the paths of a filter may be compared with those of files, beyond their likeliest readings. */
const MOST_COMPARISONS = 3_000_000

interface Effort {
  left: number
}

/** The paths of a repository's visible files, read when first needed. */
class PathsOf {
  readonly #sql: Sql
  readonly #repository: RepositoryAt & NamedSource
  #all: Promise<readonly FilePath[]> | undefined

  constructor(sql: Sql, repository: RepositoryAt & NamedSource) {
    this.#sql = sql
    this.#repository = repository
  }

  /** Returns the files that match the likeliest reading of a path. */
  async likely(path: string): Promise<FileRow[]> {
    return filesOf(this.#sql, await likeliestOf(await this.#paths(), path))
  }

  /** Returns the files that match the first reading of a path, or of its words, that matches any. */
  async meant(path: string, effort: Effort): Promise<FileRow[]> {
    const all = await this.#paths()
    const found = new Set(await firstMeant(all, path, this.#repository, effort))
    const words = path.trim().split(/\s+/)
    if (found.size === 0 && words.length > 1 && words.length <= MOST_PATHS) {
      for (const word of words) {
        for (const file of await firstMeant(all, word, this.#repository, effort)) found.add(file)
      }
    }
    return filesOf(this.#sql, [...found])
  }

  #paths(): Promise<readonly FilePath[]> {
    this.#all ??= this.#read()
    return this.#all
  }

  async #read(): Promise<readonly FilePath[]> {
    const all: FilePath[] = []
    for await (const page of pathsBySegments(this.#sql, this.#repository)) all.push(...page)
    return all
  }
}

/** A larger result costs the embedded database several times its size, which its thread keeps. */
export const ROWS_AT_ONCE = 10_000

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
    for await (const page of pagesBetween(sql, repository, reading)) {
      for (const file of await passing(page, reading)) found.set(file.id, file)
    }
  }
  return inOrder([...found.values()])
}

/** Yields files that include all those between the ends of a glob. If there are many, it reads all in pages. */
async function* pagesBetween(sql: Sql, repository: RepositoryAt, ends: Glob): AsyncGenerator<FileRow[]> {
  const files = await filesBetween(sql, repository, ends, ROWS_AT_ONCE)
  if (files.length < ROWS_AT_ONCE) yield files
  else yield* filesBySegments(sql, repository)
}

async function firstMeant<File extends FilePath>(
  files: readonly File[],
  path: string,
  repository: NamedSource,
  effort: Effort,
): Promise<File[]> {
  const meant = await firstPassing(files, readingsOf(path, repository), effort)
  if (meant.length > 0) return meant
  // Composed and decomposed accents look the same, and people misremember case.
  for (const same of NOT_ASCII.test(path) ? [composed, inAnyCase] : [inAnyCase]) {
    const known = { name: same(repository.name), source: same(repository.source) }
    const alike: { readonly file: File; readonly path: string }[] = []
    if (isSpent(effort, files)) return []
    await inTurns(files, (file) => void alike.push({ file, path: same(file.path) }))
    const passed = await firstPassing(alike, readingsOf(same(path), known), effort)
    if (passed.length > 0) return passed.map(({ file }) => file)
  }
  return []
}

/** Returns the files that match the first reading that matches any, as long as there is effort left. */
async function firstPassing<File extends Pick<FilePath, 'path'>>(
  files: readonly File[],
  readings: Iterable<Pick<Glob, 'matches'>>,
  effort: Effort,
): Promise<File[]> {
  for (const reading of readings) {
    if (isSpent(effort, files)) return []
    const passed = await passing(files, reading)
    if (passed.length > 0) return passed
  }
  return []
}

/** Takes the effort for a comparison with all files, and tells whether there was not enough. */
function isSpent(effort: Effort, files: readonly unknown[]): boolean {
  effort.left -= files.length
  return effort.left < 0
}

const composed = (path: string) => path.normalize()

async function withoutThose(
  files: readonly FileRow[],
  unwanted: readonly string[],
  repository: NamedSource,
): Promise<FileRow[]> {
  const left = new Set(files)
  const effort = { left: MOST_COMPARISONS }
  for (const path of unwanted) {
    const likely = await likeliestOf(files, path)
    const meant = likely.length > 0 ? likely : await firstMeant(files, path, repository, effort)
    for (const file of meant) left.delete(file)
  }
  return [...left]
}

/** Returns the files that match the likeliest reading of a path. */
async function likeliestOf<File extends Pick<FilePath, 'path'>>(files: readonly File[], path: string): Promise<File[]> {
  const found = new Set<File>()
  for (const reading of likeliest(path)) for (const file of await passing(files, reading)) found.add(file)
  return [...found]
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

export const inOrder = (files: FileRow[]) => files.sort((one, other) => (one.path < other.path ? -1 : 1))
