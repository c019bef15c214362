import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { KIB } from '../../units.ts'
import { readRegularFile } from './regular-file.ts'

/** git's folders for a working tree. */
export interface GitFolders {
  /** Folder with its HEAD. */
  readonly own: string
  /** Folder with what all worktrees of the repository share. */
  readonly shared: string
}

/**
 * Returns git's folders for a working tree, or undefined if there are none. Linked worktrees and submodules have a file
 * that names a folder elsewhere. Anyone can write such a file, so that folder counts only if it refers back to the
 * working tree. Only rules and commit ids are read from it.
 */
export function gitFolders(root: string): GitFolders | undefined {
  const path = join(root, '.git')
  if (isFolder(path)) return { own: path, shared: path }
  const target = /^gitdir: (.+)$/m.exec(firstBytes(path) ?? '')?.[1]
  const own = target === undefined ? undefined : realPath(resolve(root, target))
  if (own === undefined || own === root || own.startsWith(root + sep)) return undefined
  if (isWorktree(own, path)) return { own, shared: dirname(dirname(own)) }
  return isSubmodule(own, root) ? { own, shared: own } : undefined
}

/** Whether the folder belongs to the linked worktree with its `.git` at `path`. */
function isWorktree(own: string, path: string): boolean {
  const shared = dirname(dirname(own))
  const named = { back: firstBytes(join(own, 'gitdir'))?.trim(), shared: firstBytes(join(own, 'commondir'))?.trim() }
  if (!named.back || !named.shared) return false
  return resolve(own, named.back) === path && resolve(own, named.shared) === shared
}

function isSubmodule(own: string, root: string): boolean {
  const config = firstBytes(join(own, 'config'), 64 * KIB) ?? ''
  const back = /^[ \t]*worktree[ \t]*=[ \t]*(?:"([^"\\\n]+)"|([^"\\\n]*[^"\\\s]))\s*$/m.exec(config)
  const named = back?.[1] ?? back?.[2]
  return named !== undefined && resolve(own, named) === root
}

/** Whether a folder with these entries is a bare repository. */
export function isBareRepository(path: string, names: ReadonlySet<string>): boolean {
  const hasAll = names.has('HEAD') && isFolder(join(path, 'objects')) && isFolder(join(path, 'refs'))
  return hasAll && /^(?:ref: refs\/|[0-9a-f]{40})/.test(firstBytes(join(path, 'HEAD')) ?? '')
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Resolves links. Returns undefined if nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

/** Reads a small file of git's. Returns undefined if it is not one. */
export function firstBytes(path: string, maxBytes = 4 * KIB): string | undefined {
  const file = readRegularFile(path, maxBytes)
  return 'fault' in file ? undefined : new TextDecoder().decode(file.bytes)
}
