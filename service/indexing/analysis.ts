import type { Segment } from '../lexical/index-format.ts'
import type { PackedVectors } from '../vectors/packed-vectors.ts'
import type { ShownHere } from './secrets/shown-here.ts'

/** A file found by the walk and not known to be unchanged. */
export interface Candidate {
  /** Relative to the repository's root, with `/`. */
  readonly path: string
  /** Size and times at the walk, or the name of its content; equal stamps mean an unchanged file. */
  readonly stamp: string
  readonly bytes: number
  /** The encoding that is set for its text, where one is. */
  readonly encoding?: string
  /** What is in the file, where it is not read from the folder; its stamp then is that of the content. */
  readonly content?: Uint8Array
  /** SHA-256 of the content that the index holds for this path, if any. */
  readonly knownHash?: Uint8Array
  /** Whether it is cut by lines, since the parser of its language has failed on it. */
  readonly byLines?: boolean
}

/** Why a file or folder is not in the index. */
export type SkipReason =
  | 'ignored'
  | 'secret'
  /** All of it, or what is beyond the limit. */
  | 'too_large'
  | 'binary'
  | 'minified'
  /** Its name. */
  | 'not_utf8'
  | 'symlink'
  | 'submodule'
  | 'worktree'
  | 'special_file'
  | 'path_too_long'
  | 'unreadable'
  | 'vanished'
  | 'unparsable'
  /** Not the file, but rules in it that do not count. */
  | 'ignore_rule'

/** A name that code gives to something. */
export interface DefinedName {
  /** With the names of what encloses it: `Server.listen`. */
  readonly symbol: string
  /** Of the name, counted from 1. */
  readonly line: number
  /** `class`, `function`, `method` …, and the last line of what it names, where both are known. */
  readonly kind?: string
  readonly endLine?: number
}

export interface AnalysedChunk {
  /** First and last line, counted from 1, both inside. */
  readonly startLine: number
  readonly endLine: number
  /** The syntax that the chunk follows (`function`, `class`, `module` …), or `lines` for a window of lines. */
  readonly kind: string
  readonly symbol?: string
  readonly definitions: readonly DefinedName[]
  /** The definition before it that its lines are a part of. */
  readonly continues?: DefinedName
  /** SHA-256 of what is embedded of it. */
  readonly hash: Uint8Array
}

export type AnalysedFile =
  | {
      readonly outcome: 'analysed'
      readonly path: string
      readonly stamp: string
      readonly hash: Uint8Array
      readonly language: string
      readonly bytes: number
      readonly lines: number
      /** How many secrets are masked in its text, by kind; absent where there are none. */
      readonly masked?: Readonly<Record<string, number>>
      /** What of it is not indexed, where that is not all. */
      readonly cut?: string
      /** The text, UTF-8, compressed with zstd. */
      readonly zstd: Uint8Array
      /** The number of its first chunk in the batch's segment; the others follow. */
      readonly firstDocument: number
      readonly chunks: readonly AnalysedChunk[]
    }
  /** Touched, but with the content that the index holds. */
  | { readonly outcome: 'unchanged'; readonly path: string; readonly stamp: string; readonly cut?: string }
  | {
      readonly outcome: 'skipped'
      readonly path: string
      readonly reason: SkipReason
      readonly detail?: string
      /** Of what was read, where it would be left out again as it is. */
      readonly stamp?: string
    }

/** What a worker thread makes of a batch of files. */
export interface AnalysedBatch {
  readonly files: readonly AnalysedFile[]
  /** Undefined where no file of the batch was analysed. */
  readonly segment?: Segment
  /** Of the segment's documents, under the package's own model. */
  readonly vectors?: PackedVectors
}

export interface Batch {
  readonly root: string
  readonly maxFileBytes: number
  /** Whether documents get vectors of the package's own model. */
  readonly vectors?: boolean
  /** Which secrets are not masked; absent where all are. */
  readonly shown?: ShownHere
  readonly files: readonly Candidate[]
}

/** Analyses batches on all cores. */
export interface Analyser {
  /** @throws Fault only for what makes every file fail; a bad file is an outcome of its own. */
  analyse(batch: Batch, signal?: AbortSignal): Promise<AnalysedBatch>
  close(): Promise<void>
}
