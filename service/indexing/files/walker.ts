import type { Dirent, Stats } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { SkipReason } from '../analysis.ts'
import type { UserFolders } from './git-config.ts'
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
  /** The encoding that is set for its text, where one is. */
  readonly encoding?: string
}

interface LeftOut {
  readonly path: string
  readonly skipped: SkipReason
  readonly detail?: string
}

export interface WalkLimits {
  readonly maxFileBytes: number
  /** The paths looked at; absent where all are. What is around them is opened for its rules alone. */
  readonly only?: WantedPaths | undefined
}

/** Whether the rules of a folder leave out what is in it, by its path relative to the root. */
export type LeavesOut = (path: string, isFolder: boolean) => boolean

/** Hears of the folders that a walk goes into, each relative to the root. */
export interface FolderVisitor {
  /** Before it is listed. `way` leads to the folder that was opened, whatever comes to be at its path, while this is called. */
  opened(folder: string, way: string): void
  /** With what tells of a path in it whether it is left out; not called for a folder that is left out itself. */
  entered(folder: string, leavesOut: LeavesOut): void
}

export interface WalkedFolder {
  readonly root: string
  readonly user: UserFolders
}

/** A folder that was found and is not ignored, and the rules of what is around it. */
interface Unopened {
  /** Relative to the root; empty for the root itself. */
  readonly folder: string
  readonly outer: Scope
  /** What of it is looked at; absent where all is. */
  readonly only?: WantedPaths | undefined
}

/** What decides which files of a folder belong to it. */
interface Scope {
  readonly rules: IgnoreRules
  readonly encodings: TextEncodings
  /** Absent outside of every repository of git's. */
  readonly tree?: WorkingTree | undefined
  /** Whether a folder on the way is ignored, so that nothing counts but what is tracked all the same. */
  readonly onlyTracked?: boolean
}

const NOTHING_SET: Scope = { rules: IgnoreRules.NONE, encodings: TextEncodings.NONE }

/**
 * Everything in a folder in path order, without following a link or opening a file. The root's path has no links. Where it
 * is in a repository of git's, as `git ls-files -co --exclude-standard` has it.
 * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed` or `path_unreadable` where the root itself cannot be walked
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
  // What is still to be given out, the next one last.
  const waiting: (Found | Unopened)[] = [{ folder: '', outer: NOTHING_SET, only: limits.only }]
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
  readonly #user: UserFolders
  readonly #limits: WalkLimits
  readonly #turns: Turns
  readonly #visitor: FolderVisitor | undefined
  /** What the path of the root begins with in the working tree that it is a part of. */
  #above = ''
  /** What the worktrees of the root's repository share: another one of them has the same files again. */
  #shared: string | undefined
  /** The same of repositories elsewhere that a linked worktree was found of. */
  readonly #linked = new Set<string>()

  constructor({ root, user }: WalkedFolder, limits: WalkLimits, turns: Turns, visitor?: FolderVisitor) {
    this.#root = root
    this.#user = user
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
    this.#visitor?.entered(folder, (path, isFolder) => typeof scopeInside(scope, above + path, isFolder) === 'string')
    const here = { open, prefix, above, scope, limits: this.#limits, only }
    for (const entry of wanted.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const found = look(entry, here)
      if (found !== undefined) all.push(found)
      if (this.#turns.isOver) await this.#turns.next()
    }
    return all
  }

  /** What holds in a folder before its own rules do, or why it is left out. */
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
    // Who asks for a folder that its repository has no part in wants it all the same.
    if (onlyTracked && !tree.tracksWithin(above.slice(0, -1))) return NOTHING_SET
    this.#above = above
    return { rules, encodings, tree, onlyTracked }
  }

  /** Whether it is a linked worktree whose files are in the index by another of its repository. */
  #isIndexedElsewhere({ own, shared }: GitFolders): boolean {
    if (shared === this.#shared) return true
    if (own === shared) return false
    const isMainInside = basename(shared) === '.git' && shared.startsWith(this.#root + sep)
    if (isMainInside || this.#linked.has(shared)) return true
    this.#linked.add(shared)
    return false
  }
}

function leftOut(path: string, error: unknown): Found {
  const { fault, detail } = faultOf(error)
  return { path, skipped: fault, ...(detail === undefined ? {} : { detail }) }
}

/** Where an entry is, and what decides whether it counts. */
interface Here {
  readonly open: OpenFolder
  /** Of its path. */
  readonly prefix: string
  /** Before its path, in the working tree. */
  readonly above: string
  readonly scope: Scope
  readonly limits: WalkLimits
  readonly only: WantedPaths | undefined
}

/** Undefined for what belongs to git. */
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

/** What holds for a file or inside of a folder, unless it is ignored; what git tracks is not, whatever rules of git's say. */
function scopeInside(scope: Scope, path: string, isFolder: boolean): Scope | 'ignored' | 'ignored by default' {
  const ignored = scope.rules.ignores(path, isFolder)
  if (ignored === undefined && !scope.onlyTracked) return scope
  if (ignored !== 'by mcpignore' && scope.tree !== undefined) {
    if (isFolder && scope.tree.tracksWithin(path)) return { ...scope, onlyTracked: true }
    if (!isFolder && ignored !== 'by default' && scope.tree.tracks(path)) return scope
  }
  return ignored === 'by default' ? 'ignored by default' : 'ignored'
}

/** Some file systems do not tell what an entry is. */
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

/** What is told of a folder of git's that belongs to no working tree. */
const BARE_REPOSITORY = 'a bare repository'

/** What is told of what no rule leaves out. */
export const BY_DEFAULT = 'by default'

/** Files by which tools mark virtual environments and caches of theirs. */
export const MARKERS = ['pyvenv.cfg', 'CACHEDIR.TAG']
