import type { LiveFile } from '../../store/files.ts'
import type { AnalysedBatch, Candidate, SkipReason } from '../analysis.ts'
import type { Found } from '../files/walker.ts'
import { segmentsToRenew } from './small-segments.ts'

type WalkedFile = Extract<Found, { stamp: string }>

/** Compares the files of a folder with those that the index shows. */
export class Survey {
  readonly candidates: Candidate[] = []
  readonly #live: ReadonlyMap<string, LiveFile>
  readonly #renewed: ReadonlySet<number>
  readonly #force: boolean
  readonly #kept = new Set<string>()

  constructor(live: readonly LiveFile[], force: boolean) {
    this.#live = new Map(live.map((file) => [file.path, file]))
    this.#renewed = segmentsToRenew(live)
    this.#force = force
  }

  /** Whether the file is as the index has it; else it becomes a candidate. */
  isUnchanged({ path, bytes, stamp }: WalkedFile): boolean {
    const known = this.#live.get(path)
    const renew = this.#force || (known !== undefined && this.#renewed.has(known.segmentId))
    if (known?.stamp === stamp && !renew) {
      this.#kept.add(path)
      return true
    }
    this.candidates.push({ path, bytes, stamp, ...(known && !renew ? { knownHash: known.contentHash } : {}) })
    return false
  }

  analysed({ files }: AnalysedBatch): void {
    for (const file of files) {
      if (file.outcome === 'skipped') this.skipped(file.path, file.reason)
      else this.#kept.add(file.path)
    }
  }

  /** What cannot be read, a file or a folder with all below it, stays as the index has it: another time it can be. */
  skipped(path: string, reason: SkipReason): void {
    if (reason !== 'unreadable') return
    for (const known of this.#live.keys()) if (known === path || known.startsWith(`${path}/`)) this.#kept.add(known)
  }

  /** How many files the index will show. */
  get filesKept(): number {
    return this.#kept.size
  }

  /** The paths that the index shows and will not show any more. */
  get pathsRemoved(): string[] {
    return [...this.#live.keys()].filter((path) => !this.#kept.has(path))
  }
}
