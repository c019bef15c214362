import type { WatchWay } from '../../store/repositories.ts'

/** The path of a root itself: all that is in it. */
export const WHOLE = ''

/** More changed paths than this are as good as all. */
export const BURST = 2000

/** Notices which paths of a folder change, until it is closed. */
export interface ChangeSource {
  readonly way: WatchWay
  /**
   * The paths that have changed since this was last asked, each with all in it; `WHOLE` alone where there are too many.
   * @throws Fault where the folder itself cannot be looked at
   */
  take(): Promise<readonly string[]>
  close(): void
}

/** Who hears from a source. */
export interface SourceListener {
  /** There is something to take. */
  changed(): void
  /** What git knows of the folder may have changed: its commit, or which files are tracked. */
  gitChanged(): void
  /** There will be no more events, and why. */
  lost(reason: string): void
}
