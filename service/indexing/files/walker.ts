import type { Dirent, Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Fault } from '../../errors.ts'
import type { SkipReason } from '../analysis.ts'
import { type GitFolders, gitFolders } from './git-folder.ts'
import { IGNORE_FILES, type IgnoreFile, IgnoreRules, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { skipByName } from './known-files.ts'
import { OpenFolder } from './open-real.ts'
import { faultOf, readRegularFile } from './regular-file.ts'
import { stampOf } from './stamp.ts'
import type { WantedPaths } from './wanted-paths.ts'

/** A file that may be worth indexing, or a file or folder that is left out. */
export type Found =
  | { readonly path: string; readonly bytes: number; readonly stamp: string }
  | { readonly path: string; readonly skipped: SkipReason; readonly detail?: string }

export interface WalkLimits {
  readonly maxFileBytes: number
  /** The paths looked at; absent where all are. What is around them is opened for its rules alone. */
  readonly only?: WantedPaths | undefined
}

/** Hears of the folders that a walk goes into, each relative to the root. */
export interface FolderVisitor {
  /** Before it is listed. `way` leads to the folder that was opened, whatever comes to be at its path, while this is called. */
  opened(folder: string, way: string): void
  /** With the rules for what is in it; not called for one that is left out. */
  entered(folder: string, rules: IgnoreRules): void
}

/** A folder that was found and is not ignored, and the rules of what is around it. */
interface Unopened {
  /** Relative to the root; empty for the root itself. */
  readonly folder: string
  readonly outer: IgnoreRules
  /** What of it is looked at; absent where all is. */
  readonly only?: WantedPaths | undefined
}

/**
 * Everything in a folder in path order, without following a link or opening a file. The root's path has no links.
 * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed` or `path_unreadable` where the root itself cannot be walked
 */
export async function* walk(
  root: string,
  limits: WalkLimits,
  signal?: AbortSignal,
  visitor?: FolderVisitor,
): AsyncGenerator<Found> {
  signal?.throwIfAborted()
  const turns = new Turns(signal)
  const walker = new Walker(root, limits, turns, visitor)
  // What is still to be given out, the next one last.
  const waiting: (Found | Unopened)[] = [{ folder: '', outer: IgnoreRules.NONE, only: limits.only }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('folder' in next) for (const entry of (await walker.look(next)).reverse()) waiting.push(entry)
    else yield next
    if (turns.isOver) await turns.next()
  }
}

// Synchronous calls spare the way through the thread pool; in between, others get their turn.
const TURN_MS = 5

class Turns {
  readonly #signal: AbortSignal | undefined
  #ends = performance.now() + TURN_MS

  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  get isOver(): boolean {
    return performance.now() >= this.#ends
  }

  /** Lets others have theirs. */
  async next(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#ends = performance.now() + TURN_MS
  }
}

class Walker {
  readonly #root: string
  readonly #limits: WalkLimits
  readonly #turns: Turns
  readonly #visitor: FolderVisitor | undefined
  /** What the worktrees of the root's repository share: another one of them has the same files again. */
  #shared: string | undefined

  constructor(root: string, limits: WalkLimits, turns: Turns, visitor?: FolderVisitor) {
    this.#root = root
    this.#limits = limits
    this.#turns = turns
    this.#visitor = visitor
  }

  /** What is in a folder, in path order. */
  async look(unopened: Unopened): Promise<(Found | Unopened)[]> {
    const { folder } = unopened
    let open: OpenFolder | undefined
    let entries: Dirent[]
    try {
      open = new OpenFolder(join(this.#root, folder))
      this.#visitor?.opened(folder, open.way)
      entries = open.entries()
    } catch (error) {
      open?.close()
      if (folder === '') throw rootFault(this.#root, error)
      return [leftOut(folder, error)]
    }
    try {
      return await this.#lookAt(entries, open, unopened)
    } finally {
      open.close()
    }
  }

  async #lookAt(entries: Dirent[], open: OpenFolder, { folder, outer, only }: Unopened): Promise<(Found | Unopened)[]> {
    const names = new Set(entries.map(({ name }) => name))
    const wanted = only === undefined ? entries : entries.filter(({ name }) => only.has(name))
    if (folder !== '' && MARKERS.some((marker) => names.has(marker))) return [{ path: folder, skipped: 'ignored' }]
    const git = names.has('.git') ? gitFolders(open.path) : undefined
    if (folder === '') this.#shared = git?.shared
    else if (git !== undefined && git.shared === this.#shared) return [{ path: folder, skipped: 'worktree' }]
    const prefix = folder === '' ? '' : `${folder}/`
    const all: (Found | Unopened)[] = []
    const rules = outer.inside(prefix, ignoreFiles(open, prefix, names, git), ({ path, detail }) =>
      all.push({ path, skipped: 'ignore_rule', detail }),
    )
    this.#visitor?.entered(folder, rules)
    for (const entry of wanted.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const found = look(open, prefix, entry, { rules, limits: this.#limits, only })
      if (found !== undefined) all.push(found)
      if (this.#turns.isOver) await this.#turns.next()
    }
    return all
  }
}

function leftOut(path: string, error: unknown): Found {
  const { fault, detail } = faultOf(error)
  return { path, skipped: fault, ...(detail === undefined ? {} : { detail }) }
}

function rootFault(root: string, cause: unknown): Fault {
  const code = String((cause as NodeJS.ErrnoException).code)
  if (code === 'ENOENT') return new Fault('path_not_found', `There is no folder ${root}`, 'Check the path', { cause })
  if (code === 'ENOTDIR') {
    return new Fault('path_not_a_folder', `${root} is not a folder`, 'Give the folder that holds the file', { cause })
  }
  if (code === 'ELOOP') {
    const message = `${root}, or a folder above it, has become a link`
    return new Fault('path_not_allowed', message, 'Index the folder that it leads to', { cause })
  }
  const remedy = 'Let the user that runs the service read the folder'
  return new Fault('path_unreadable', `${root} cannot be read (${code})`, remedy, { cause })
}

/** The ignore files of a folder, the weakest first. What is not a plain file has no rules. */
function ignoreFiles(
  folder: OpenFolder,
  prefix: string,
  names: ReadonlySet<string>,
  git: GitFolders | undefined,
): IgnoreFile[] {
  return [
    ...(git === undefined ? [] : [{ path: `${prefix}.git/info/exclude`, place: join(git.shared, 'info', 'exclude') }]),
    ...IGNORE_FILES.filter((name) => names.has(name)).map((name) => ({
      path: prefix + name,
      place: join(folder.path, name),
    })),
  ].flatMap(({ path, place }) => {
    const file = readRegularFile(place, MAX_IGNORE_BYTES)
    return 'fault' in file ? [] : [{ path, bytes: file.bytes }]
  })
}

/** Undefined for what belongs to git. */
function look(
  folder: OpenFolder,
  prefix: string,
  entry: Dirent,
  { rules, limits, only }: { rules: IgnoreRules; limits: WalkLimits; only: WantedPaths | undefined },
): Found | Unopened | undefined {
  const { name } = entry
  const path = prefix + name
  if (name === '.git') return undefined
  if (name.includes('\uFFFD')) return { path, skipped: 'not_utf8' }
  try {
    const kind = needsStats(entry) ? folder.stats(name) : entry
    if (kind.isSymbolicLink()) return { path, skipped: 'symlink' }
    if (rules.ignores(path, kind.isDirectory())) return { path, skipped: 'ignored' }
    if (kind.isDirectory()) return { folder: path, outer: rules, only: only?.get(name) }
    if (!kind.isFile()) return { path, skipped: 'special_file' }
    const skipped = skipByName(name)
    if (skipped !== undefined) return { path, skipped }
    return lookAtFile(path, folder.stats(name), limits)
  } catch (error) {
    return leftOut(path, error)
  }
}

/** Some file systems do not tell what an entry is. */
function needsStats(entry: Dirent): boolean {
  return !(entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || isSpecial(entry))
}

function isSpecial(entry: Dirent): boolean {
  return entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()
}

function lookAtFile(path: string, stats: Stats, limits: WalkLimits): Found {
  if (!stats.isFile()) return { path, skipped: stats.isSymbolicLink() ? 'symlink' : 'special_file' }
  return skipBySize(path, stats.size, limits) ?? { path, bytes: stats.size, stamp: stampOf(stats) }
}

/** Why a file is left out by its size; undefined where it may be worth indexing. */
export function skipBySize(path: string, bytes: number, { maxFileBytes }: WalkLimits): Found | undefined {
  if (bytes > maxFileBytes) return { path, skipped: 'too_large', detail: `${bytes} bytes` }
  return bytes === 0 ? { path, skipped: 'empty' } : undefined
}

/** Files by which tools mark virtual environments and caches of theirs. */
export const MARKERS = ['pyvenv.cfg', 'CACHEDIR.TAG']
