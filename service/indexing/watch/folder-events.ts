import { type FSWatcher, lstatSync, type Stats, watch } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { IGNORE_FILES } from '../files/ignore-rules.ts'
import { skipByName } from '../files/known-files.ts'
import { ENCODING_FILES } from '../files/text-encodings.ts'
import type { TrackedPaths } from '../files/tracked-paths.ts'
import { type FolderVisitor, type LeavesOut, MARKERS, type WalkedFolder, walk } from '../files/walker.ts'
import { type WantedPaths, wantedPaths } from '../files/wanted-paths.ts'
import { surroundingsOf, WorkingTree } from '../files/working-tree.ts'
import { BURST, type ChangeSource, type SourceListener, WHOLE } from './change-source.ts'

/** A folder that is not left out. */
interface Known {
  /** Undefined if one watcher covers all folders. */
  readonly watcher?: FSWatcher
  /** Undefined until it is known that the folder itself is not left out. */
  leavesOut?: LeavesOut
}

type EventKind = 'rename' | 'change'

/** Files that affect other files in their folder or beyond. */
const DECIDING: ReadonlySet<string> = new Set([...IGNORE_FILES, ...ENCODING_FILES, ...MARKERS, 'HEAD'])
const SETTINGS_OF_EDITOR = '.vscode/settings.json'
const OF_GIT: ReadonlySet<string> = new Set(['HEAD', 'index', 'packed-refs'])
const SETTINGS_OF_GIT: ReadonlySet<string> = new Set(['config', 'config.worktree', 'exclude'])

/**
 * Detects changes by file system events. On Linux, each folder that is not left out has a watcher, so that the others
 * cause no events. Elsewhere, one watcher covers everything and reports more than necessary. The signal ends the search
 * for folders to watch.
 * @throws Error if the system provides no watcher or the signal aborts, Fault if the folder cannot be read
 */
export async function openFolderEvents(
  walked: WalkedFolder,
  listener: SourceListener,
  signal?: AbortSignal,
  isRecursive = process.platform !== 'linux',
): Promise<ChangeSource> {
  const events = new FolderEvents(walked, listener, isRecursive)
  try {
    await events.start(signal)
    return events
  } catch (error) {
    events.close()
    throw error
  }
}

class FolderEvents implements ChangeSource {
  readonly way = { by: 'events' } as const
  readonly #walked: WalkedFolder
  readonly #root: string
  readonly #listener: SourceListener
  readonly #isRecursive: boolean
  readonly #folders = new Map<string, Known>()
  #heard = new Map<string, EventKind>()
  #whole: FSWatcher | undefined
  /** Watchers of files outside the folder, or git's, that affect it. */
  readonly #around: FSWatcher[] = []
  /** Paths that git tracks around the folder, as the walk found them. */
  #tracked: TrackedPaths | undefined
  #isIndexHeard = false
  /** Why a folder has no watcher. */
  #fault: Error | undefined
  readonly #closing = new AbortController()

  constructor(walked: WalkedFolder, listener: SourceListener, isRecursive: boolean) {
    this.#walked = walked
    this.#root = walked.root
    this.#listener = listener
    this.#isRecursive = isRecursive
  }

  async start(signal?: AbortSignal): Promise<void> {
    this.#clear()
    if (this.#isRecursive) this.#whole = this.#watch(this.#root, (kind, name) => this.#hear('', kind, name), true)
    this.#watchAround()
    await this.#enter(undefined, signal)
  }

  async take(): Promise<readonly string[]> {
    const heard = this.#heard
    this.#heard = new Map()
    const changes = new Changes()
    if (heard.has(WHOLE)) changes.lookAgain(WHOLE)
    else {
      for (const [path, kind] of heard) this.#judge(path, kind, changes)
      if (this.#isIndexHeard) this.#compareTracked(changes)
    }
    if (changes.again.has(WHOLE)) {
      await this.#orLost(this.start())
      return [WHOLE]
    }
    this.#leave(changes.left)
    if (changes.entered.size > 0) await this.#orLost(this.#enter(wantedPaths(changes.entered)))
    return [...changes.paths]
  }

  close(): void {
    this.#closing.abort()
    this.#clear()
  }

  #clear(): void {
    this.#whole?.close()
    this.#whole = undefined
    for (const watcher of this.#around.splice(0)) watcher.close()
    for (const { watcher } of this.#folders.values()) watcher?.close()
    this.#folders.clear()
  }

  #watchAround(): void {
    const surroundings = surroundingsOf(this.#root)
    if (surroundings === undefined) return
    const { git, top, above } = surroundings
    this.#isIndexHeard = false
    this.#tracked = new WorkingTree(top, git, '', this.#walked.user).tracked
    const hear = (name: string) => {
      if (name === 'index') this.#isIndexHeard = true
      if (OF_GIT.has(name)) this.#listener.gitChanged()
      else if (SETTINGS_OF_GIT.has(name)) this.#hearAll()
    }
    for (const folder of [git.own, join(git.own, 'logs'), join(git.shared, 'info')]) this.#watchBeside(folder, hear)
    if (git.shared !== git.own) this.#watchBeside(git.shared, (name) => SETTINGS_OF_GIT.has(name) && this.#hearAll())
    const names = above.split('/').slice(0, -1)
    for (const [depth] of names.entries()) {
      const folder = join(top, ...names.slice(0, depth))
      this.#watchBeside(folder, (name) => DECIDING.has(name) && this.#hearAll())
    }
  }

  #watchBeside(folder: string, hear: (name: string) => unknown): void {
    try {
      this.#around.push(this.#watch(folder, (_, name) => void hear(name ?? '')))
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  /** The rules for all folders have changed. */
  #hearAll(): void {
    this.#heard = new Map([[WHOLE, 'rename']])
    this.#listener.changed()
  }

  #watch(path: string, hear: (kind: EventKind, name: string | null) => void, recursive = false): FSWatcher {
    const watcher = watch(path, { persistent: false, recursive }, hear)
    watcher.on('error', (error) => this.#listener.lost(whyNoEvents(error)))
    return watcher
  }

  #hear(folder: string, kind: EventKind, name: string | null): void {
    const inside = name === null ? [] : [sep === '/' ? name : name.replaceAll(sep, '/')]
    const path = [...(folder === '' ? [] : [folder]), ...inside].join('/')
    if (path === '' || !this.#folders.has(parentOf(path)) || this.#heard.has(WHOLE)) return
    if (this.#heard.size === BURST) this.#heard = new Map([[WHOLE, 'rename']])
    else if (kind === 'rename' || !this.#heard.has(path)) this.#heard.set(path, kind)
    this.#listener.changed()
  }

  /** Determines what a change at a path means, from its current state. */
  #judge(path: string, kind: EventKind, changes: Changes): void {
    const folder = parentOf(path)
    const name = path.slice(path.lastIndexOf('/') + 1)
    const leavesOut = this.#folders.get(folder)?.leavesOut
    if (leavesOut === undefined) return
    if (path === SETTINGS_OF_EDITOR || path.endsWith(`/${SETTINGS_OF_EDITOR}`)) {
      changes.lookAgain(folder.slice(0, -'.vscode'.length).replace(/\/$/, ''))
    }
    if (DECIDING.has(name) || name === '.git') {
      if (name !== '.git' || kind === 'rename') changes.lookAgain(folder)
      return
    }
    const stats = statsOf(join(this.#root, path))
    const isKnown = this.#folders.has(path)
    if (leavesOut(path, stats?.isDirectory() ?? isKnown)) return
    if (isKnown) changes.left.add(path)
    if (stats?.isDirectory()) changes.entered.add(path)
    else if (!isKnown && stats?.isFile() && skipByName(name) !== undefined) return
    changes.paths.add(path)
  }

  /** Tracked files count although they are ignored, so newly tracked ones may need a watcher. */
  #compareTracked(changes: Changes): void {
    const before = this.#tracked
    const surroundings = surroundingsOf(this.#root)
    if (before === undefined || surroundings === undefined) return
    const { git, top, above } = surroundings
    this.#isIndexHeard = false
    this.#tracked = new WorkingTree(top, git, '', this.#walked.user).tracked
    const inside = [...this.#tracked.differences(before)].filter((path) => path.startsWith(above))
    if (inside.length > BURST) changes.lookAgain(WHOLE)
    else for (const path of inside) this.#judgeTracked(path.slice(above.length), changes)
  }

  #judgeTracked(path: string, changes: Changes): void {
    let entry = path
    while (this.#folders.get(parentOf(entry))?.leavesOut === undefined) {
      if (entry === parentOf(entry)) return
      entry = parentOf(entry)
    }
    const folder = parentOf(entry)
    if (this.#folders.get(folder)?.leavesOut?.(entry, entry !== path)) changes.lookAgain(folder)
    else changes.paths.add(path)
  }

  /** Watches the given folders, or all, with all subfolders that are not left out. */
  async #enter(only?: WantedPaths, signal = this.#closing.signal): Promise<void> {
    const visitor: FolderVisitor = {
      opened: (folder, way) => this.#open(folder, way),
      entered: (folder, leavesOut) => {
        const known = this.#folders.get(folder)
        if (known !== undefined) known.leavesOut = leavesOut
      },
    }
    const limits = { maxFileBytes: Number.POSITIVE_INFINITY, only }
    for await (const _ of walk(this.#walked, limits, signal, visitor)) if (this.#fault !== undefined) break
    for (const [folder, { leavesOut, watcher }] of this.#folders) {
      if (leavesOut !== undefined) continue
      watcher?.close()
      this.#folders.delete(folder)
    }
    const fault = this.#fault
    this.#fault = undefined
    if (fault !== undefined) throw fault
  }

  #open(folder: string, way: string): void {
    if (this.#folders.has(folder) || this.#fault !== undefined) return
    if (this.#isRecursive) {
      this.#folders.set(folder, {})
      return
    }
    // An event of the folder itself has the name by which it was watched.
    const own = basename(way)
    try {
      const watcher = this.#watch(way, (kind, name) => this.#hear(folder, kind, name === own ? null : name))
      this.#folders.set(folder, { watcher })
    } catch (error) {
      if (!isGone(error)) this.#fault = error as Error
    }
  }

  #leave(left: ReadonlySet<string>): void {
    if (left.size === 0) return
    for (const [folder, { watcher }] of this.#folders) {
      if (!isIn(folder, left)) continue
      watcher?.close()
      this.#folders.delete(folder)
    }
  }

  async #orLost(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#listener.lost(whyNoEvents(error))
    }
  }
}

/** The combined effect of several events. */
class Changes {
  readonly paths = new Set<string>()
  /** Folders whose watchers are useless, and folders to watch. */
  readonly left = new Set<string>()
  readonly entered = new Set<string>()
  readonly again = new Set<string>()

  /** The folder's rules have changed. */
  lookAgain(folder: string): void {
    this.again.add(folder)
    this.left.add(folder)
    this.entered.add(folder)
    this.paths.add(folder)
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function isIn(folder: string, folders: ReadonlySet<string>): boolean {
  for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 1)) {
    if (folders.has(folder.slice(0, end))) return true
  }
  return false
}

/** Undefined if the path cannot be looked at: a parent may have become a file, or unreadable. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'The limit of watched folders is reached: raise fs.inotify.max_user_watches',
  EMFILE: 'The limit of watching processes is reached: raise fs.inotify.max_user_instances',
}

/** Explains why the system provides no events. */
export function whyNoEvents(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return LIMITS[code] ?? message
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))
}
