import { accessSync, constants, lstatSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { EVERY_REPOSITORY } from '../../access/repository-scope.ts'
import { isGitUrl } from '../../git-url.ts'
import { enqueueChanges } from '../../store/jobs.ts'
import { keepWatch, liveRepositories, type RepositoryRow, recordWatch } from '../../store/repositories.ts'
import { Turns } from '../../store/turns.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { WHOLE } from './change-source.ts'
import { type FolderParts, type FolderRepository, WatchedFolder } from './watched-folder.ts'

/** Watches the folders of all repositories as they come and go. */
export interface Watch {
  /**
   * Starts to watch a repository's folder before a whole run looks at it, so that no other look is needed. The run
   * reports a folder that cannot be watched.
   */
  before(repository: FolderRepository): Promise<void>
  close(): Promise<void>
}

const LOOK_MS = 2 * SECOND
const KEEP_MS = MINUTE

export function startWatch(parts: FolderParts): Watch {
  return new FolderWatch(parts)
}

interface Watched {
  readonly folder: WatchedFolder
  /** Identifies the folder even if it is moved. */
  readonly identity: string
  readonly since: number
}

class FolderWatch implements Watch {
  readonly #parts: FolderParts
  readonly #closing = new AbortController()
  readonly #watched = new Map<number, Watched>()
  readonly #turns = new Turns()
  /** Repositories whose folders are gone. */
  readonly #gone = new Set<number>()
  /** Those for which no run has failed yet. */
  readonly #untold = new Set<number>()
  readonly #looking: Promise<void>
  #keptAt = performance.now()

  constructor(parts: FolderParts) {
    this.#parts = parts
    // An older copy of the index misses the changes since.
    parts.database.onReplaced?.(() => {
      for (const { folder } of this.#watched.values()) folder.lookAtAll()
    })
    this.#looking = this.#lookUntilClosed()
  }

  async before(repository: FolderRepository): Promise<void> {
    await this.#turns.alone(async () => {
      const identity = identityOf(repository.source)
      if (this.#closing.signal.aborted || identity === undefined) return
      const watched = this.#watched.get(repository.id)
      if (watched !== undefined) {
        if (watched.identity === identity) watched.folder.runLooks()
        return
      }
      await this.#enter(repository, identity, 'by a run').catch((error: unknown) => {
        this.#parts.log.debug({ error, repository: repository.name }, 'A folder could not be watched')
      })
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#looking
    await this.#turns.freed
    for (const id of this.#watched.keys()) await this.#leave(id)
  }

  async #lookUntilClosed(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#lookAtRepositories()
      } catch (error) {
        if (!signal.aborted) this.#parts.log.warn({ error }, 'The watched folders could not be brought up to date')
      }
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async #lookAtRepositories(): Promise<void> {
    const { database } = this.#parts
    const asked = performance.now()
    const all = (await liveRepositories(database, EVERY_REPOSITORY)).filter(({ source }) => !isGitUrl(source))
    const ids = new Set(all.map(({ id }) => id))
    for (const [id, { since }] of this.#watched) if (!ids.has(id) && since < asked) await this.#leave(id)
    for (const repository of all) {
      if (this.#closing.signal.aborted) return
      await this.#turns.alone(() => this.#lookAt(repository))
    }
    for (const id of this.#untold) if (!ids.has(id) || (await this.#tellGone(id))) this.#untold.delete(id)
    if (performance.now() - this.#keptAt < KEEP_MS) return
    this.#keptAt = performance.now()
    await keepWatch(database, [...this.#watched.keys()])
  }

  async #lookAt(repository: RepositoryRow): Promise<void> {
    const { id, source } = repository
    const watched = this.#watched.get(id)
    const identity = identityOf(source)
    if (watched !== undefined && watched.identity === identity) return
    if (watched !== undefined) await this.#leave(id)
    if (identity !== undefined) await this.#enter(repository, identity)
    else if (!this.#gone.has(id) && (watched !== undefined || this.#isAlone(repository))) {
      this.#gone.add(id)
      this.#untold.add(id)
    }
  }

  /** Another process may have a folder that this one has never seen, unless there is none. */
  #isAlone({ fault }: RepositoryRow): boolean {
    return this.#parts.database.kind === 'embedded' && fault === undefined
  }

  async #enter(repository: FolderRepository, identity: string, looked?: 'by a run'): Promise<void> {
    const folder = new WatchedFolder(repository, this.#parts, this.#closing.signal)
    try {
      await folder.open(looked)
      this.#watched.set(repository.id, { folder, identity, since: performance.now() })
      this.#gone.delete(repository.id)
    } catch (error) {
      await folder.close()
      throw error
    }
  }

  async #leave(id: number): Promise<void> {
    const { database, log } = this.#parts
    const watched = this.#watched.get(id)
    this.#watched.delete(id)
    await watched?.folder.close()
    await recordWatch(database, id, undefined).catch((error: unknown) =>
      log.debug({ error }, 'The state of a watch could not be stored'),
    )
  }

  /** Requests a run, which finds and reports that there is no folder. */
  async #tellGone(id: number): Promise<boolean> {
    const isAsked = await enqueueChanges(this.#parts.database, id, [WHOLE])
    if (isAsked) this.#parts.onAsked()
    return isAsked
  }
}

/** Returns the identity of the folder at a path, or undefined if there is no readable one. */
function identityOf(path: string): string | undefined {
  try {
    const stats = lstatSync(path)
    accessSync(path, constants.R_OK | constants.X_OK)
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined
  } catch {
    return undefined
  }
}
