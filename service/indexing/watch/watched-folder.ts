import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import { enqueueChanges } from '../../store/jobs.ts'
import { recordWatch, type WatchWay } from '../../store/repositories.ts'
import { MINUTE, SECOND } from '../../units.ts'
import type { GitUser } from '../files/git-config.ts'
import { headCommit } from '../files/head-commit.ts'
import type { WalkedFolder } from '../files/walker.ts'
import { surroundingsOf } from '../files/working-tree.ts'
import { type ChangeSource, type SourceListener, WHOLE } from './change-source.ts'
import { openFolderEvents, whyNoEvents } from './folder-events.ts'
import { openFolderPolls } from './folder-polls.ts'
import { silentFileSystem } from './network-folder.ts'

interface WatchSettings {
  /** `auto` polls only if there are no events. */
  readonly mode: 'auto' | 'poll'
  /** Polling interval. */
  readonly intervalMs: number
}

export interface FolderParts {
  readonly database: Database
  readonly settings: WatchSettings
  readonly user: GitUser
  readonly log: Log
  /** Called when a run was requested. */
  readonly onAsked: () => void
  /** Opens file system events. @throws if there are none */
  readonly openEvents?: (walked: WalkedFolder, listener: SourceListener, signal: AbortSignal) => Promise<ChangeSource>
}

export interface FolderRepository {
  readonly id: number
  readonly name: string
  /** Path of the folder. */
  readonly source: string
}

/** A path that never has an indexed file: a run over it only updates the commit. */
const GIT = '.git'
/** Changes this close together belong to one run. */
const QUIET_MS = 50
/** A run starts after this time even if changes continue. */
const LONGEST_MS = SECOND
/** Minimum interval between runs, so that endless changes leave time for other work. */
const BETWEEN_RUNS_MS = 400
const RETRY_MS = 50
const LONGEST_RETRY_MS = 2 * SECOND
/** After a change by git, the whole folder is examined, at most once in this time. */
const AFTER_GIT_MS = SECOND
const BETWEEN_LOOKS_MS = 20 * SECOND
/** Events can be lost, so everything is examined from time to time. */
const CHECK_MS = 10 * MINUTE
/** A git lock that is older, or from a future that a clock was in, was left by a killed git. */
const LOCK_MS = MINUTE

/** Requests runs over what changes in a repository's folder, until it is closed. */
export class WatchedFolder {
  readonly #repository: FolderRepository
  readonly #parts: FolderParts
  readonly #unwanted: AbortSignal
  #source: ChangeSource | undefined
  #isClosed = false
  /** Changed paths without a requested run. */
  readonly #waiting = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #firstAt: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #retryMs = RETRY_MS
  #look: NodeJS.Timeout | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  /** When a run was last asked for. */
  #commit: string | undefined

  /** The signal ends an `open` in progress. */
  constructor(repository: FolderRepository, parts: FolderParts, unwanted: AbortSignal) {
    this.#repository = repository
    this.#parts = parts
    this.#unwanted = unwanted
  }

  /**
   * Starts to watch, and requests a look at all earlier changes, unless a run is about to look. Events count from this
   * moment; polling compares with its first look.
   * @throws Fault if the folder cannot be read
   */
  async open(looked?: 'by a run'): Promise<void> {
    const { mode } = this.#parts.settings
    this.#commit = headCommit(this.#repository.source)
    const silent = mode === 'poll' ? undefined : await silentFileSystem(this.#repository.source)
    if (mode === 'poll') await this.#poll()
    else if (silent !== undefined) await this.#poll(`${silent} reports no changes`)
    else await this.#listen()
    if (looked === 'by a run' && this.#source?.way.by === 'events') this.#looksAtAll()
    else this.lookAtAll()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#look)
    this.#source?.close()
    await this.#asking
  }

  get #walked(): WalkedFolder {
    return { root: this.#repository.source, user: this.#parts.user }
  }

  async #listen(): Promise<void> {
    const { openEvents = openFolderEvents } = this.#parts
    const listener: SourceListener = {
      changed: () => this.#schedule(),
      gitChanged: () => this.#afterGit(),
      lost: (reason) => void this.#lose(reason),
    }
    try {
      await this.#use(await openEvents(this.#walked, listener, this.#unwanted))
    } catch (error) {
      if (error instanceof Fault || this.#unwanted.aborted) throw error
      await this.#poll(whyNoEvents(error))
    }
  }

  async #poll(reason?: string): Promise<void> {
    const { settings, log } = this.#parts
    const { name } = this.#repository
    if (reason !== undefined) {
      log.warn({ repository: name, reason }, 'A folder is polled, because there are no events of its changes')
    }
    const listener: SourceListener = {
      changed: () => this.#schedule(),
      gitChanged: () => this.#afterGit(),
      lost: () => {},
    }
    await this.#use(
      openFolderPolls(this.#walked, listener, {
        intervalMs: settings.intervalMs,
        ...(reason === undefined ? {} : { reason }),
      }),
    )
  }

  async #use(source: ChangeSource): Promise<void> {
    this.#source?.close()
    this.#source = source
    if (this.#isClosed) source.close()
    else await this.#tell(source.way)
  }

  async #tell(way: WatchWay): Promise<void> {
    const { database, log } = this.#parts
    const { id, name } = this.#repository
    await recordWatch(database, id, way)
    log.info({ repository: name, ...way }, 'A folder is watched')
  }

  async #lose(reason: string): Promise<void> {
    if (this.#isClosed || this.#source?.way.by !== 'events') return
    try {
      await this.#poll(reason)
      this.lookAtAll()
    } catch (error) {
      this.#parts.log.warn({ error, repository: this.#repository.name }, 'How a folder is watched could not be stored')
    }
  }

  /** A commit may be the only news, which is reported soon. Other changes by git are examined later. */
  #afterGit(): void {
    this.#lookLater()
    this.#schedule()
  }

  #lookLater(): void {
    if (this.#isClosed) return
    clearTimeout(this.#look)
    const ms = Math.max(AFTER_GIT_MS, this.#lookedAt + BETWEEN_LOOKS_MS - performance.now())
    this.#look = setTimeout(() => this.lookAtAll(), ms)
    this.#look.unref()
  }

  /** Requests a look at the whole folder. */
  lookAtAll(): void {
    this.#waiting.add(WHOLE)
    this.#schedule()
    this.#looksAtAll()
  }

  /** A run is about to look at the whole folder, which needs no other look for what has changed before. */
  runLooks(): void {
    if (this.#source?.way.by !== 'events') return
    this.#waiting.delete(WHOLE)
    this.#looksAtAll()
  }

  /** Postpones the next look, including the one after a change by git. */
  #looksAtAll(): void {
    this.#lookedAt = performance.now()
    clearTimeout(this.#look)
    this.#look = setTimeout(() => this.lookAtAll(), CHECK_MS)
    this.#look.unref()
  }

  #schedule(): void {
    const now = performance.now()
    this.#firstAt ??= now
    const due = Math.min(now + QUIET_MS, this.#firstAt + LONGEST_MS)
    this.#askAfter(Math.max(due, this.#askedAt + BETWEEN_RUNS_MS) - now)
  }

  #askAfter(ms: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#asking = (this.#asking ?? Promise.resolve()).then(() => this.#ask())
      },
      Math.max(0, ms),
    )
    this.#timer.unref()
  }

  async #ask(): Promise<void> {
    const { database, log, onAsked } = this.#parts
    const { id, name, source } = this.#repository
    if (this.#isClosed) return
    if (isLocked(source)) {
      this.#askAfter(RETRY_MS)
      return
    }
    this.#firstAt = undefined
    try {
      for (const path of (await this.#source?.take()) ?? []) this.#waiting.add(path)
      const commit = headCommit(source)
      if (commit !== this.#commit) this.#waiting.add(GIT)
      this.#commit = commit
      if (this.#waiting.size === 0) return
      const paths = [...this.#waiting]
      if (await enqueueChanges(database, id, paths)) {
        for (const path of paths) this.#waiting.delete(path)
        this.#askedAt = performance.now()
        if (paths.includes(WHOLE)) this.#looksAtAll()
        this.#retryMs = RETRY_MS
        onAsked()
        return
      }
    } catch (error) {
      if (!this.#isClosed) log.warn({ error, repository: name }, 'A run could not be requested')
    }
    this.#askAfter(this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
  }
}

/** Whether git is changing the folder. */
function isLocked(root: string): boolean {
  const git = surroundingsOf(root)?.git.own
  const stats = git === undefined ? undefined : statSync(join(git, 'index.lock'), { throwIfNoEntry: false })
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) < LOCK_MS
}
