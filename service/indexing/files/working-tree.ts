import { lstatSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type GitSettings, type GitUser, gitSettings } from './git-config.ts'
import { firstBytes, type GitFolders, gitFolders } from './git-folder.ts'
import { type IgnoreFile, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { readRegularFile } from './regular-file.ts'
import { readTrackedPaths, type TrackedPaths } from './tracked-paths.ts'

/** The repository around a folder. */
export interface Surroundings {
  /** Top folder of the working tree. */
  readonly top: string
  readonly git: GitFolders
  /** The folder's path in it, with a trailing slash. Empty for the top folder. */
  readonly above: string
}

/**
 * Finds the working tree around a folder whose path has no links, as git does. A repository above the folder counts
 * only if it belongs to the folder's owner or to this process's user.
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
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function isTrusted(top: string, folder: string): boolean {
  const { uid } = lstatSync(join(top, '.git'))
  return uid === lstatSync(folder).uid || uid === process.getuid?.()
}

/** A repository's working tree, insofar as it decides which files count. */
export class WorkingTree {
  readonly git: GitFolders
  readonly #prefixLength: number
  readonly #settings: GitSettings
  #tracked: TrackedPaths | undefined

  /** All queried paths must begin with `prefix`, the working tree's path with a trailing slash. */
  constructor(top: string, git: GitFolders, prefix: string, user: GitUser) {
    this.git = git
    this.#prefixLength = prefix.length
    this.#settings = gitSettings(top, git, user)
  }

  /** Whether its rules are case-insensitive. */
  get ignoresCase(): boolean {
    return this.#settings.ignoresCase
  }

  /** Returns the rules for the whole tree, weakest first. `shown` is the displayed name of git's folder. */
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

  /** Read on first use, for example for something ignored. */
  get tracked(): TrackedPaths {
    this.#tracked ??= readTrackedPaths(this.git.own, this.#settings.hashBytes)
    return this.#tracked
  }
}
