import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { KIB } from '../../units.ts'
import { readRegularFile } from './regular-file.ts'

/** Where git keeps what belongs to a working tree. */
export interface GitFolders {
  /** The folder that holds its HEAD. */
  readonly own: string
  /** The folder that holds what all worktrees of the repository share. */
  readonly shared: string
}

/**
 * The folders of git for a working tree, undefined where there is none. A linked worktree and a submodule have a file that
 * names a folder elsewhere, and anyone can write such a file: so that folder counts only where it names the working tree
 * in its turn. Of a folder of git's, rules and names of commits are read, and nothing else.
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

/** Whether the folder is that of the linked worktree which has its `.git` at `path`. */
function isWorktree(own: string, path: string): boolean {
  const shared = dirname(dirname(own))
  const named = { back: firstBytes(join(own, 'gitdir'))?.trim(), shared: firstBytes(join(own, 'commondir'))?.trim() }
  if (!named.back || !named.shared) return false
  return resolve(own, named.back) === path && resolve(own, named.shared) === shared
}

function isSubmodule(own: string, root: string): boolean {
  const config = firstBytes(join(own, 'config'), 64 * KIB) ?? ''
  const back = /^\s*worktree\s*=\s*(?:"([^"\\\n]+)"|([^"\\\n]+?))\s*$/m.exec(config)
  const named = back?.[1] ?? back?.[2]
  return named !== undefined && resolve(own, named) === root
}

/** Whether a folder with entries of these names is what git keeps of a repository, without a working tree. */
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

/** The path without links; undefined where nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

/** The text of a small file of git's; undefined where it is none. */
export function firstBytes(path: string, maxBytes = 4 * KIB): string | undefined {
  const file = readRegularFile(path, maxBytes)
  return 'fault' in file ? undefined : new TextDecoder().decode(file.bytes)
}
