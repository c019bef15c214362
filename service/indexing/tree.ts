import type { Candidate } from './analysis.ts'
import type { Found, WalkLimits } from './files/walker.ts'

/** The files of a repository while a run goes over them. */
export interface Tree {
  /** The folder that the files are in; of no meaning where `load` gives their contents. */
  readonly root: string
  /** All of them, or, of a folder, those that the limits want. */
  walk(limits: WalkLimits, signal: AbortSignal): AsyncIterable<Found>
  /** The same candidates with what a thread needs to read them. */
  load(files: readonly Candidate[], signal: AbortSignal): Promise<readonly Candidate[]>
  /** The commit that the files are of, if they are of one. */
  commit(): string | undefined
  close(): Promise<void>
}

interface Opening {
  readonly signal: AbortSignal
  /** Hears that the files have to be fetched first. */
  readonly onFetch: () => void
}

/**
 * The files of a source as they are now, or that they are those of the commit that is known.
 * @throws Fault where they cannot be had
 */
export type OpenTree = (
  source: string,
  knownCommit: string | undefined,
  opening: Opening,
) => Promise<Tree | 'unchanged'>
