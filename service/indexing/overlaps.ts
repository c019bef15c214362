import { relative, sep } from 'node:path'
import { Fault } from '../errors.ts'
import { isGitUrl } from '../git-url.ts'
import type { KnownRepository } from '../store/sources.ts'
import type { GitUser } from './files/git-config.ts'
import { walk } from './files/walker.ts'
import { wantedPaths } from './files/wanted-paths.ts'
import { isInside } from './folder.ts'

type Indexed = Pick<KnownRepository, 'id' | 'name' | 'source'>

/** A repository whose folder contains another one with its files. */
export interface Around {
  readonly id: number
  /** Path of the inner folder in the repository, separated by `/`. */
  readonly path: string
}

/**
 * Returns the repository that has the files of a folder, because it is a repository of a folder around it. A folder
 * that the outer repository ignores is not part of it.
 * @throws Fault `repository_overlaps` if the folder has the files of other repositories
 */
export async function repositoryAround(
  folder: string,
  repositories: readonly Indexed[],
  user: GitUser,
): Promise<Around | undefined> {
  const others = repositories.filter(({ source }) => !isGitUrl(source) && source !== folder)
  for (const { id, source } of others) {
    if (isInside(folder, source) && (await hasFilesIn(source, folder, user)))
      return { id, path: slashed(source, folder) }
  }
  const doubled: string[] = []
  for (const { name, source } of others) {
    if (isInside(source, folder) && (await hasFilesIn(folder, source, user))) doubled.push(name)
  }
  if (doubled.length > 0) throw overlapping(folder, doubled.sort())
  return undefined
}

const slashed = (from: string, to: string) => relative(from, to).split(sep).join('/')

/** Whether a repository of the outer folder includes files of the inner one. */
async function hasFilesIn(outer: string, inner: string, user: GitUser): Promise<boolean> {
  const only = wantedPaths([slashed(outer, inner)])
  try {
    // The size of files does not matter here.
    for await (const found of walk({ root: outer, user }, { maxFileBytes: 0, only })) if ('stamp' in found) return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
  return false
}

const NAMES_TOLD = 10

function overlapping(folder: string, names: readonly string[]): Fault {
  const told = names.length > NAMES_TOLD ? `${NAMES_TOLD} and more repositories` : names.join(', ')
  const them = names.length === 1 ? 'it' : 'them'
  return new Fault(
    'repository_overlaps',
    `${JSON.stringify(folder)} contains ${told}, already indexed: each result would appear twice`,
    `Remove ${them} first (codebase-mcp remove ${names.map(quoted).join(' ')}), or give only the folders beside ${them}`,
  )
}

const quoted = (name: string) => (/^[\w.@-]+$/.test(name) ? name : JSON.stringify(name))
