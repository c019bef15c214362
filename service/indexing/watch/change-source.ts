import type { WatchWay } from '../../store/repositories.ts'

/** Path of the root: everything in it. */
export const WHOLE = ''

/** With more changed paths, looking at everything costs no more. */
export const BURST = 2000

/** Detects which paths of a folder change, until it is closed. */
export interface ChangeSource {
  readonly way: WatchWay
  /**
   * Returns the paths that have changed since the last call, each with everything in it, or only `WHOLE` if there are
   * too many.
   * @throws Fault if the folder itself cannot be read
   */
  take(): Promise<readonly string[]>
  close(): void
}

/** Receives events of a source. */
export interface SourceListener {
  /** There are changes to take. */
  changed(): void
  /** Git's data about the folder may have changed: its commit, or which files are tracked. */
  gitChanged(): void
  /** There will be no more events, for this reason. */
  lost(reason: string): void
}
