import type { Dirent, Stats } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { SkipReason } from '../analysis.ts'
import type { GitUser } from './git-config.ts'
import { type GitFolders, gitFolders, isBareRepository } from './git-folder.ts'
import { type IgnoreFault, IgnoreRules } from './ignore-rules.ts'
import { skipByName } from './known-files.ts'
import { OpenFolder, rootFault } from './open-real.ts'
import { faultOf } from './regular-file.ts'
import { encodingFiles, ignoreFiles } from './rule-files.ts'
import { stampOf } from './stamp.ts'
import { TextEncodings } from './text-encodings.ts'
import type { WantedPaths } from './wanted-paths.ts'
import { surroundingsOf, WorkingTree } from './working-tree.ts'

/** A file that may be worth indexing, or a file or folder that is left out. */
export type Found = FoundFile | LeftOut

interface FoundFile {
  readonly path: string
  readonly bytes: number
  readonly stamp: string
  /** Encoding that is set for the text. */
  readonly encoding?: string
}

interface LeftOut {
  readonly path: string
  readonly skipped: SkipReason
  readonly detail?: string
}

export interface WalkLimits {
  readonly maxFileBytes: number
  /** Paths to look at. Undefined for all. Parent folders are opened only for their rules. */
  readonly only?: WantedPaths | undefined
}

/** Whether a folder's rules leave out an entry, by its path relative to the root. */
export type LeavesOut = (path: string, isFolder: boolean) => boolean

/** Receives the folders that a walk enters, relative to the root. */
export interface FolderVisitor {
  /**
   * Called before the folder is listed. During the call, `way` leads to the opened folder even if its path is replaced.
   */
  opened(folder: string, way: string): void
  /** Called with the function that tells which entries are left out, unless the folder itself is. */
  entered(folder: string, leavesOut: LeavesOut): void
}

export interface WalkedFolder {
  readonly root: string
  readonly user: GitUser
}

/** A folder that was found and is not ignored, with the rules around it. */
interface Unopened {
  /** Relative to the root. Empty for the root itself. */
  readonly folder: string
  readonly outer: Scope
  /** Parts to look at. Undefined for everything. */
  readonly only?: WantedPaths | undefined
}

/** What decides which files of a folder count. */
interface Scope {
  readonly rules: IgnoreRules
  readonly encodings: TextEncodings
  /** Undefined outside git repositories. */
  readonly tree?: WorkingTree | undefined
  /** Whether a parent folder is ignored, so that only tracked files count. */
  readonly onlyTracked?: boolean
}

const NOTHING_SET: Scope = { rules: IgnoreRules.NONE, encodings: TextEncodings.NONE }

/**
 * Yields everything in a folder in path order, without following links or opening files. The root's path must have no
 * links. In a git repository, the files are those of `git ls-files -co --exclude-standard`.
 * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed` or `path_unreadable` if the root cannot be
 * walked
 */
export async function* walk(
  { root, user }: WalkedFolder,
  limits: WalkLimits,
  signal?: AbortSignal,
  visitor?: FolderVisitor,
): AsyncGenerator<Found> {
  signal?.throwIfAborted()
  const turns = new Turns(signal)
  const walker = new Walker({ root, user }, limits, turns, visitor)
  // What remains to be yielded, the next one last.
  const waiting: (Found | Unopened)[] = [{ folder: '', outer: NOTHING_SET, only: limits.only }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('folder' in next) for (const entry of (await walker.look(next)).reverse()) waiting.push(entry)
    else yield next
    if (turns.isOver) await turns.next()
  }
}

// Synchronous calls avoid the thread pool. The walk yields to other tasks between them.
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

  /** Yields to other tasks if its turn is over. */
  async next(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#ends = performance.now() + TURN_MS
  }
}

class Walker {
  readonly #root: string
  readonly #user: GitUser
  readonly #limits: WalkLimits
  readonly #turns: Turns
  readonly #visitor: FolderVisitor | undefined
  /** The root's path in its working tree, with a trailing slash. */
  #above = ''
  /** The folder shared by the worktrees of the root's repository. Another worktree would add the same files again. */
  #shared: string | undefined
  /** The shared folders of other repositories of which a linked worktree was found. */
  readonly #linked = new Set<string>()

  constructor({ root, user }: WalkedFolder, limits: WalkLimits, turns: Turns, visitor?: FolderVisitor) {
    this.#root = root
    this.#user = user
    this.#limits = limits
    this.#turns = turns
    this.#visitor = visitor
  }

  /** Returns the entries of a folder, in path order. */
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
    const all: (Found | Unopened)[] = []
    const onFault = ({ path, detail }: IgnoreFault) => void all.push({ path, skipped: 'ignore_rule', detail })
    const around = folder === '' ? this.#scopeOfRoot(onFault) : this.#scopeOf(open, folder, names, outer, onFault)
    if ('skipped' in around) return [around]
    const prefix = folder === '' ? '' : `${folder}/`
    const rules = around.rules.inside(this.#above + prefix, ignoreFiles(open.path, prefix, names), {
      onFault,
      ignoresCase: around.tree?.ignoresCase,
    })
    const encodings = around.encodings.inside(this.#above + prefix, encodingFiles(open.path, names))
    const scope = { ...around, rules, encodings }
    const above = this.#above
    this.#visitor?.entered(folder, leavesOutBy(scope, above))
    const here = { open, prefix, above, scope, limits: this.#limits, only }
    for (const entry of wanted.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const found = look(entry, here)
      if (found !== undefined) all.push(found)
      if (this.#turns.isOver) await this.#turns.next()
    }
    return all
  }

  /** Returns the rules for a folder before its own, or why it is left out. */
  #scopeOf(
    open: OpenFolder,
    folder: string,
    names: ReadonlySet<string>,
    outer: Scope,
    onFault: (fault: IgnoreFault) => void,
  ): Scope | LeftOut {
    const git = names.has('.git') ? gitFolders(open.path) : undefined
    if (git !== undefined) {
      if (this.#isIndexedElsewhere(git)) return { path: folder, skipped: 'worktree' }
      const prefix = `${this.#above}${folder}/`
      const tree = new WorkingTree(open.path, git, prefix, this.#user)
      return {
        encodings: outer.encodings,
        rules: outer.rules.withoutGits().inside(prefix, tree.excludes(`${folder}/.git`), {
          onFault,
          ignoresCase: tree.ignoresCase,
        }),
        tree,
      }
    }
    if (outer.onlyTracked) return outer
    const isMarked = MARKERS.some((marker) => names.has(marker))
    if (!isMarked && !isBareRepository(open.path, names)) return outer
    if (outer.tree?.tracksWithin(this.#above + folder)) return { ...outer, onlyTracked: true }
    return { path: folder, skipped: 'ignored', detail: isMarked ? BY_DEFAULT : BARE_REPOSITORY }
  }

  #scopeOfRoot(onFault: (fault: IgnoreFault) => void): Scope {
    const found = surroundingsOf(this.#root)
    if (found === undefined) return NOTHING_SET
    const { top, git, above } = found
    this.#shared = git.shared
    const tree = new WorkingTree(top, git, '', this.#user)
    const folders = above.split('/').slice(0, -1)
    const reading = { onFault, ignoresCase: tree.ignoresCase }
    let rules = IgnoreRules.NONE.inside('', tree.excludes(`${'../'.repeat(folders.length)}.git`), reading)
    let encodings = TextEncodings.NONE
    let onlyTracked = false
    let prefix = ''
    for (const [depth, name] of folders.entries()) {
      const shown = '../'.repeat(folders.length - depth)
      rules = rules.inside(prefix, ignoreFiles(join(top, prefix), shown), reading)
      encodings = encodings.inside(prefix, encodingFiles(join(top, prefix)))
      onlyTracked ||= rules.ignores(prefix + name, true) !== undefined
      prefix += `${name}/`
    }
    // A folder that was requested explicitly counts even if its repository ignores it.
    if (onlyTracked && !tree.tracksWithin(above.slice(0, -1))) return NOTHING_SET
    this.#above = above
    return { rules, encodings, tree, onlyTracked }
  }

  /** Whether it is a linked worktree whose files are indexed through another one of its repository. */
  #isIndexedElsewhere({ own, shared }: GitFolders): boolean {
    if (shared === this.#shared) return true
    if (own === shared) return false
    const isMainInside = basename(shared) === '.git' && shared.startsWith(this.#root + sep)
    if (isMainInside || this.#linked.has(shared)) return true
    this.#linked.add(shared)
    return false
  }
}

/** Visitors keep the function, which must hold nothing but the rules. */
function leavesOutBy(scope: Scope, above: string): LeavesOut {
  return (path, isFolder) => typeof scopeInside(scope, above + path, isFolder) === 'string'
}

function leftOut(path: string, error: unknown): Found {
  const { fault, detail } = faultOf(error)
  return { path, skipped: fault, ...(detail === undefined ? {} : { detail }) }
}

/** The place of an entry, and what decides whether it counts. */
interface Here {
  readonly open: OpenFolder
  /** Prefix of its path. */
  readonly prefix: string
  /** Prefix of its path in the working tree. */
  readonly above: string
  readonly scope: Scope
  readonly limits: WalkLimits
  readonly only: WantedPaths | undefined
}

/** Returns undefined for git's own files. */
function look(entry: Dirent, { open, prefix, above, scope, limits, only }: Here): Found | Unopened | undefined {
  const { name } = entry
  const path = prefix + name
  if (name === '.git') return undefined
  if (name.includes('\uFFFD')) return { path, skipped: 'not_utf8' }
  try {
    const kind = needsStats(entry) ? open.stats(name) : entry
    if (kind.isSymbolicLink()) return { path, skipped: 'symlink' }
    const inside = scopeInside(scope, above + path, kind.isDirectory())
    if (inside === 'ignored') return { path, skipped: 'ignored' }
    if (inside === 'ignored by default') return { path, skipped: 'ignored', detail: BY_DEFAULT }
    if (kind.isDirectory()) return { folder: path, outer: inside, only: only?.get(name) }
    if (!kind.isFile()) return { path, skipped: 'special_file' }
    const skipped = skipByName(name)
    if (skipped !== undefined) return { path, skipped }
    return lookAtFile(path, open.stats(name), limits, scope.encodings.of(above + path))
  } catch (error) {
    return leftOut(path, error)
  }
}

/**
 * Returns the rules for a file or inside a folder, unless it is ignored. Tracked files are never ignored by git's
 * rules.
 */
function scopeInside(scope: Scope, path: string, isFolder: boolean): Scope | 'ignored' | 'ignored by default' {
  const ignored = scope.rules.ignores(path, isFolder)
  if (ignored === undefined && !scope.onlyTracked) return scope
  if (ignored !== 'by mcpignore' && scope.tree !== undefined) {
    if (isFolder && scope.tree.tracksWithin(path)) return { ...scope, onlyTracked: true }
    if (!isFolder && ignored !== 'by default' && scope.tree.tracks(path)) return scope
  }
  return ignored === 'by default' ? 'ignored by default' : 'ignored'
}

/** Some file systems do not report the type of an entry. */
function needsStats(entry: Dirent): boolean {
  return !(entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || isSpecial(entry))
}

function isSpecial(entry: Dirent): boolean {
  return entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()
}

function lookAtFile(path: string, stats: Stats, limits: WalkLimits, encoding: string | undefined): Found {
  if (!stats.isFile()) return { path, skipped: stats.isSymbolicLink() ? 'symlink' : 'special_file' }
  const stamp = stampOf(stats, { maxBytes: limits.maxFileBytes, encoding })
  return { path, bytes: stats.size, stamp, ...(encoding !== undefined && { encoding }) }
}

/** Detail of a bare repository that is left out. */
const BARE_REPOSITORY = 'a bare repository'

/** Detail of what no rule leaves out. */
export const BY_DEFAULT = 'by default'

/** Files by which tools mark their virtual environments and caches. */
export const MARKERS = ['pyvenv.cfg', 'CACHEDIR.TAG']
