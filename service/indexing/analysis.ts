import type { Segment } from '../lexical/index-format.ts'
import type { NewChunk } from '../store/chunks.ts'
import type { PackedVectors } from '../vectors/packed-vectors.ts'
import type { ShownHere } from './secrets/shown-here.ts'

/** A file that the walk found and that may have changed. */
export interface Candidate {
  /** Relative to the repository's root, with `/`. */
  readonly path: string
  /** Size and times at the walk, or an identifier of the content. A file with the same stamp is unchanged. */
  readonly stamp: string
  readonly bytes: number
  /** Encoding that a setting specifies for the text. */
  readonly encoding?: string
  /** Content, if it is not read from the folder. The stamp then identifies the content. */
  readonly content?: Uint8Array
  /** SHA-256 of the content that the index has for this path, if any. */
  readonly knownHash?: Uint8Array
  /** Whether it is cut by lines, since the parser of its language has failed on it. */
  readonly byLines?: boolean
}

/** Why a file or folder is not in the index. */
export type SkipReason =
  | 'ignored'
  | 'secret'
  /** The whole file, or the part beyond the limit. */
  | 'too_large'
  | 'binary'
  | 'minified'
  /** The file's name. */
  | 'not_utf8'
  | 'symlink'
  | 'submodule'
  | 'worktree'
  | 'special_file'
  | 'path_too_long'
  | 'unreadable'
  | 'vanished'
  | 'unparsable'
  /** Rules in the file that have no effect. The file itself is not left out. */
  | 'ignore_rule'
  /** The parser of its language cannot read it. The file itself is not left out, but divided by lines. */
  | 'by_lines'

export type AnalysedFile =
  | {
      readonly outcome: 'analysed'
      readonly path: string
      readonly stamp: string
      readonly hash: Uint8Array
      readonly language: string
      readonly bytes: number
      readonly lines: number
      /** Number of masked secrets in the text, by kind. Undefined without any. */
      readonly masked?: Readonly<Record<string, number>>
      /** Which part is not indexed, if any. */
      readonly cut?: string
      /** Why it is divided by lines although there is a parser for its language. Undefined for other files. */
      readonly byLines?: string
      /** The text, UTF-8, compressed with zstd. */
      readonly zstd: Uint8Array
      /** Number of the first chunk in the batch's segment. The others follow. */
      readonly firstDocument: number
      readonly chunks: readonly NewChunk[]
    }
  /** Touched, but with the content that the index has. */
  | {
      readonly outcome: 'unchanged'
      readonly path: string
      readonly stamp: string
      readonly cut?: string
      readonly byLines?: string
    }
  | {
      readonly outcome: 'skipped'
      readonly path: string
      readonly reason: SkipReason
      readonly detail?: string
      /** Stamp of the content, if unchanged content would be left out again. */
      readonly stamp?: string
    }

/** The result of a worker thread for a batch of files. */
export interface AnalysedBatch {
  readonly files: readonly AnalysedFile[]
  /** Undefined if no file of the batch was analysed. */
  readonly segment?: Segment
  /** Vectors of the segment's documents under the package's model. */
  readonly vectors?: PackedVectors
}

export interface Batch {
  readonly root: string
  readonly maxFileBytes: number
  /** Whether to compute vectors of the package's model. */
  readonly vectors?: boolean
  /** Secrets to leave unmasked. Undefined if all are masked. */
  readonly shown?: ShownHere
  readonly files: readonly Candidate[]
}

/** Analyses batches on all cores. */
export interface Analyser {
  /** @throws Fault only if every file would fail. A bad file has an outcome of its own. */
  analyse(batch: Batch, signal?: AbortSignal): Promise<AnalysedBatch>
  close(): Promise<void>
}
