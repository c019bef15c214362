import type { LiveFile } from '../../store/files.ts'
import type { AnalysedBatch, Candidate, SkipReason } from '../analysis.ts'
import type { Found } from '../files/walker.ts'

type WalkedFile = Extract<Found, { stamp: string }>

/** Which files are analysed though they have not changed. */
interface Renewed {
  /** Those of these segments. */
  readonly segments: ReadonlySet<number>
  /** All of them. */
  readonly force: boolean
}

/** Compares the files of a folder with those that the index shows. */
export class Survey {
  readonly candidates: Candidate[] = []
  readonly #live: ReadonlyMap<string, LiveFile>
  readonly #renewed: Renewed
  readonly #kept = new Set<LiveFile>()
  readonly #unreadable = new Set<string>()
  #added = 0

  constructor(live: readonly LiveFile[], renewed: Renewed) {
    this.#live = new Map(live.map((file) => [file.path, file]))
    this.#renewed = renewed
  }

  /** Whether the file is as the index has it; else it becomes a candidate. */
  isUnchanged({ path, bytes, stamp, encoding }: WalkedFile): boolean {
    const known = this.#live.get(path)
    if (known?.stamp === stamp && !this.#isRenewed(known)) {
      this.#kept.add(known)
      return true
    }
    this.candidates.push({ path, bytes, stamp, ...(encoding !== undefined && { encoding }) })
    return false
  }

  /** Those of the paths whose content the index may have already. */
  comparable(candidates: readonly Candidate[]): string[] {
    return candidates.flatMap(({ path }) => {
      const known = this.#live.get(path)
      return known === undefined || this.#isRenewed(known) ? [] : path
    })
  }

  analysed({ files }: AnalysedBatch): void {
    for (const file of files) {
      const known = this.#live.get(file.path)
      if (file.outcome === 'skipped') this.skipped(file.path, file.reason)
      else if (known === undefined) this.#added++
      else this.#kept.add(known)
    }
  }

  /** What cannot be read, a file or a folder with all below it, stays as the index has it: another time it can be. */
  skipped(path: string, reason: SkipReason): void {
    if (reason === 'unreadable') this.#unreadable.add(path)
  }

  /** Whether the index will show no file at all. */
  get keepsNothing(): boolean {
    return this.#added === 0 && this.#kept.size === 0 && ![...this.#live.values()].some((file) => this.#stays(file))
  }

  /** The paths that the index shows and will not show any more. */
  get pathsRemoved(): string[] {
    return [...this.#live.values()].filter((file) => !this.#stays(file)).map(({ path }) => path)
  }

  #isRenewed({ segmentId }: LiveFile): boolean {
    return this.#renewed.force || this.#renewed.segments.has(segmentId)
  }

  #stays(file: LiveFile): boolean {
    return this.#kept.has(file) || (this.#unreadable.size > 0 && this.#isUnreadable(file.path))
  }

  /** Whether it, or a folder that it is in, could not be read. */
  #isUnreadable(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#unreadable.has(path.slice(0, end))) return true
    }
    return false
  }
}
