import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { KIB } from '../../units.ts'
import { readRegularFile } from './regular-file.ts'

/** The folder that holds the HEAD of a working tree; a linked worktree or a submodule has a file that names it. */
export function gitFolder(root: string): string | undefined {
  const path = resolve(root, '.git')
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return path
  const target = /^gitdir: (.+)$/m.exec(firstBytes(path) ?? '')?.[1]
  return target === undefined ? undefined : resolve(root, target)
}

/** The folder that holds what all worktrees of a repository share. */
export function commonGitFolder(root: string): string | undefined {
  const own = gitFolder(root)
  if (own === undefined) return undefined
  const shared = firstBytes(resolve(own, 'commondir'))?.trim()
  return shared ? resolve(own, shared) : own
}

/** The text of a small file of git's; undefined where it is none. */
export function firstBytes(path: string, maxBytes = 4 * KIB): string | undefined {
  const file = readRegularFile(path, maxBytes)
  return 'fault' in file ? undefined : new TextDecoder().decode(file.bytes)
}
