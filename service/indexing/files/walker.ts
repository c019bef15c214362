import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Fault } from '../../errors.ts'
import type { SkipReason } from '../analysis.ts'
import { IgnoreRules, ignoreTexts, rootIgnoreTexts } from './ignore-rules.ts'
import { skipByName } from './known-files.ts'
import { stampOf } from './stamp.ts'

/** A file that may be worth indexing, or a file or folder that is left out. */
export type Found =
  | { readonly path: string; readonly bytes: number; readonly stamp: string }
  | { readonly path: string; readonly skipped: SkipReason; readonly detail?: string }

export interface WalkLimits {
  readonly maxFileBytes: number
}

interface Folder {
  /** Relative to the root, with a slash at its end; empty for the root itself. */
  readonly prefix: string
  readonly rules: IgnoreRules
  /** What is still to be looked at, the next one last. */
  readonly entries: Dirent[]
}

// Synchronous calls spare the way through the thread pool; in between, others get their turn.
const TURN_MS = 5

/**
 * Everything in a folder in path order, without following a link or opening a file.
 * @throws Fault `path_not_found`, `path_not_a_folder` or `path_unreadable` where the root itself cannot be walked
 */
export async function* walk(root: string, limits: WalkLimits, signal?: AbortSignal): AsyncGenerator<Found> {
  signal?.throwIfAborted()
  const folders = [openRoot(root)]
  let turnEnds = performance.now() + TURN_MS
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    const entry = folder.entries.pop()
    const found = entry === undefined ? undefined : look(root, folder, entry, limits)
    if (entry === undefined) folders.pop()
    else if (found !== undefined && 'entries' in found) folders.push(found)
    else if (found !== undefined) yield found
    if (performance.now() > turnEnds) {
      await setImmediate()
      signal?.throwIfAborted()
      turnEnds = performance.now() + TURN_MS
    }
  }
}

function openRoot(root: string): Folder {
  try {
    const entries = readFolder(root)
    return { prefix: '', rules: IgnoreRules.atRoot(rootIgnoreTexts(root, namesOf(entries))), entries }
  } catch (error) {
    throw rootFault(root, error)
  }
}

function rootFault(root: string, cause: unknown): Fault {
  const code = String((cause as NodeJS.ErrnoException).code)
  if (code === 'ENOENT') return new Fault('path_not_found', `There is no folder ${root}`, 'Check the path', { cause })
  if (code === 'ENOTDIR') {
    return new Fault('path_not_a_folder', `${root} is not a folder`, 'Give the folder that holds the file', { cause })
  }
  const remedy = 'Let the user that runs the service read the folder'
  return new Fault('path_unreadable', `${root} cannot be read (${code})`, remedy, { cause })
}

/** Undefined for what belongs to git. */
function look(root: string, folder: Folder, entry: Dirent, limits: WalkLimits): Found | Folder | undefined {
  const path = folder.prefix + entry.name
  if (entry.name === '.git') return undefined
  if (entry.name.includes('\uFFFD')) return { path, skipped: 'not_utf8' }
  const stats = needsStats(entry) ? statsOf(join(root, path)) : undefined
  if (stats !== undefined && 'fault' in stats) return { path, skipped: stats.fault, detail: stats.detail }
  const kind = stats ?? entry
  if (kind.isSymbolicLink()) return { path, skipped: 'symlink' }
  if (folder.rules.ignores(path, kind.isDirectory())) return { path, skipped: 'ignored' }
  if (kind.isDirectory()) return openFolder(root, path, folder.rules)
  if (!kind.isFile()) return { path, skipped: 'special_file' }
  return lookAtFile(join(root, path), path, limits)
}

/** Some file systems do not tell what an entry is. */
function needsStats(entry: Dirent): boolean {
  return !(entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || isSpecial(entry))
}

function isSpecial(entry: Dirent): boolean {
  return entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()
}

function lookAtFile(absolute: string, path: string, limits: WalkLimits): Found {
  const skipped = skipByName(path.slice(path.lastIndexOf('/') + 1))
  if (skipped !== undefined) return { path, skipped }
  const stats = statsOf(absolute)
  if ('fault' in stats) return { path, skipped: stats.fault, detail: stats.detail }
  return skipBySize(path, stats.size, limits) ?? { path, bytes: stats.size, stamp: stampOf(stats) }
}

/** Why a file is left out by its size; undefined where it may be worth indexing. */
export function skipBySize(path: string, bytes: number, { maxFileBytes }: WalkLimits): Found | undefined {
  if (bytes > maxFileBytes) return { path, skipped: 'too_large', detail: `${bytes} bytes` }
  return bytes === 0 ? { path, skipped: 'empty' } : undefined
}

/** Files by which tools mark virtual environments and caches of theirs. */
export const MARKERS = ['pyvenv.cfg', 'CACHEDIR.TAG']

function openFolder(root: string, path: string, outer: IgnoreRules): Folder | Found {
  try {
    const entries = readFolder(join(root, path))
    const names = namesOf(entries)
    if (MARKERS.some((marker) => names.has(marker))) return { path, skipped: 'ignored' }
    return { prefix: `${path}/`, rules: outer.inside(path, ignoreTexts(join(root, path), names)), entries }
  } catch (error) {
    return { path, skipped: reasonOf(error), detail: codeOf(error) }
  }
}

/** The entries, last name first. */
function readFolder(path: string): Dirent[] {
  return readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? 1 : -1))
}

const namesOf = (entries: readonly Dirent[]) => new Set(entries.map((entry) => entry.name))

function statsOf(path: string): Stats | { fault: SkipReason; detail: string } {
  try {
    return lstatSync(path)
  } catch (error) {
    return { fault: reasonOf(error), detail: codeOf(error) }
  }
}

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code)
const reasonOf = (error: unknown): SkipReason =>
  ['ENOENT', 'ENOTDIR'].includes(codeOf(error)) ? 'vanished' : 'unreadable'
