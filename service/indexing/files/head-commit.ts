import { join } from 'node:path'
import { MIB } from '../../units.ts'
import { commonGitFolder, firstBytes, gitFolder } from './git-folder.ts'

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const REFERENCE = /^ref: (refs\/[^\s\\]+)\s*$/
const DEEPEST = 5
const MAX_PACKED_BYTES = 32 * MIB

/** The commit that is checked out; undefined where there is none. Reads git's files itself, since git would obey them. */
export function headCommit(root: string): string | undefined {
  const own = gitFolder(root)
  const shared = commonGitFolder(root)
  if (own === undefined || shared === undefined) return undefined
  return resolved(firstBytes(join(own, 'HEAD')), { own, shared, depth: 0 })
}

interface Folders {
  readonly own: string
  readonly shared: string
  readonly depth: number
}

function resolved(content: string | undefined, { own, shared, depth }: Folders): string | undefined {
  const text = content?.trim() ?? ''
  if (COMMIT.test(text)) return text
  const name = REFERENCE.exec(text)?.[1]
  if (name === undefined || name.split('/').includes('..') || depth === DEEPEST) return undefined
  const loose = firstBytes(join(own, name)) ?? firstBytes(join(shared, name))
  return loose === undefined ? packed(shared, name) : resolved(loose, { own, shared, depth: depth + 1 })
}

function packed(shared: string, name: string): string | undefined {
  const line = firstBytes(join(shared, 'packed-refs'), MAX_PACKED_BYTES)
    ?.split('\n')
    .find((each) => each.trimEnd().endsWith(` ${name}`))
  const commit = line?.slice(0, line.indexOf(' ')) ?? ''
  return COMMIT.test(commit) ? commit : undefined
}
