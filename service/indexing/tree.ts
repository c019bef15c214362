import type { Candidate } from './analysis.ts'
import type { Found, WalkLimits } from './files/walker.ts'

/** The files of a repository during a run. */
export interface Tree {
  /** Folder of the files. Unused if `load` returns their contents. */
  readonly root: string
  /** Yields all files, or, for a folder, those within the limits. */
  walk(limits: WalkLimits, signal: AbortSignal): AsyncIterable<Found>
  /** Returns the same candidates with what a thread needs to read them. */
  load(files: readonly Candidate[], signal: AbortSignal): Promise<readonly Candidate[]>
  /** Returns the files' commit, if they have one. */
  commit(): string | undefined
  close(): Promise<void>
}

interface Opening {
  readonly signal: AbortSignal
  /** Called if the files must be fetched first. */
  readonly onFetch: () => void
}

/**
 * Opens the current files of a source, or reports that they are those of the known commit.
 * @throws Fault if they are not available
 */
export type OpenTree = (
  source: string,
  knownCommit: string | undefined,
  opening: Opening,
) => Promise<Tree | 'unchanged'>
