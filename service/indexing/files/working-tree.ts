import { lstatSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type GitSettings, gitSettings, type UserFolders } from './git-config.ts'
import { firstBytes, type GitFolders, gitFolders } from './git-folder.ts'
import { type IgnoreFile, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { readRegularFile } from './regular-file.ts'
import { readTrackedPaths, type TrackedPaths } from './tracked-paths.ts'

/** Where a folder is that is part of a repository of git's. */
export interface Surroundings {
  /** The top of the working tree. */
  readonly top: string
  readonly git: GitFolders
  /** How the folder's path in it begins, with a slash at its end; empty for the top itself. */
  readonly above: string
}

/**
 * The working tree that a folder without links is in, looked for as git does; undefined where there is none. A repository
 * above the folder counts only where it is of the folder's owner or of the user of this process.
 */
export function surroundingsOf(root: string): Surroundings | undefined {
  if (exists(join(root, '.git'))) {
    const git = gitFolders(root)
    return git && { top: root, git, above: '' }
  }
  for (let top = dirname(root); ; top = dirname(top)) {
    const git = exists(join(top, '.git')) ? gitFolders(top) : undefined
    if (git !== undefined && firstBytes(join(git.own, 'HEAD')) !== undefined) {
      return isTrusted(top, root) ? { top, git, above: `${relative(top, root).split(sep).join('/')}/` } : undefined
    }
    if (top === dirname(top)) return undefined
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isTrusted(top: string, folder: string): boolean {
  const { uid } = lstatSync(join(top, '.git'))
  return uid === lstatSync(folder).uid || uid === process.getuid?.()
}

/** The working tree of a repository, as far as it decides which files belong to it. */
export class WorkingTree {
  readonly git: GitFolders
  readonly #prefixLength: number
  readonly #settings: GitSettings
  #tracked: TrackedPaths | undefined

  /** All paths that are asked for begin with `prefix`, the path of the working tree with a slash at its end. */
  constructor(top: string, git: GitFolders, prefix: string, user: UserFolders) {
    this.git = git
    this.#prefixLength = prefix.length
    this.#settings = gitSettings(top, git, user)
  }

  /** Whether its rules take capital letters for small ones. */
  get ignoresCase(): boolean {
    return this.#settings.ignoresCase
  }

  /** The rules that hold for all of it, the weakest first; `shown` is what its own folder of git's is called. */
  excludes(shown: string): IgnoreFile[] {
    const { excludesFile } = this.#settings
    return [
      { path: 'core.excludesFile', place: excludesFile },
      { path: `${shown}/info/exclude`, place: join(this.git.shared, 'info', 'exclude') },
    ].flatMap(({ path, place }) => {
      const file = place === undefined ? undefined : readRegularFile(place, MAX_IGNORE_BYTES)
      return file === undefined || 'fault' in file ? [] : [{ path, bytes: file.bytes }]
    })
  }

  tracks(path: string): boolean {
    return this.tracked.has(path.slice(this.#prefixLength))
  }

  tracksWithin(folder: string): boolean {
    return this.tracked.hasWithin(folder.slice(this.#prefixLength))
  }

  /** Read when it is first asked for, such as of something ignored. */
  get tracked(): TrackedPaths {
    this.#tracked ??= readTrackedPaths(this.git.own, this.#settings.hashBytes)
    return this.#tracked
  }
}
