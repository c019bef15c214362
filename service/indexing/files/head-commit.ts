import { join } from 'node:path'
import { MIB } from '../../units.ts'
import { firstBytes, type GitFolders } from './git-folder.ts'
import { surroundingsOf } from './working-tree.ts'

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const REFERENCE = /^ref: (refs\/[^\s\\]+)\s*$/
const DEEPEST = 5
const MAX_PACKED_BYTES = 32 * MIB

/**
 * Returns the folder's current commit, if there is one. Reads git's files directly, because git would act on
 * configuration in them.
 */
export function headCommit(root: string): string | undefined {
  const folders = surroundingsOf(root)?.git
  return folders && resolved(firstBytes(join(folders.own, 'HEAD')), folders)
}

function resolved(content: string | undefined, folders: GitFolders, depth = 0): string | undefined {
  const text = content?.trim() ?? ''
  if (COMMIT.test(text)) return text
  const name = REFERENCE.exec(text)?.[1]
  if (name === undefined || name.split('/').includes('..') || depth === DEEPEST) return undefined
  const loose = firstBytes(join(folders.own, name)) ?? firstBytes(join(folders.shared, name))
  return loose === undefined ? packed(folders.shared, name) : resolved(loose, folders, depth + 1)
}

function packed(shared: string, name: string): string | undefined {
  const line = firstBytes(join(shared, 'packed-refs'), MAX_PACKED_BYTES)
    ?.split('\n')
    .find((each) => each.trimEnd().endsWith(` ${name}`))
  const commit = line?.slice(0, line.indexOf(' ')) ?? ''
  return COMMIT.test(commit) ? commit : undefined
}
