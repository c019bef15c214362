import type { LiveFile } from '../../store/files.ts'
import type { AnalysedBatch, Candidate, SkipReason } from '../analysis.ts'
import type { Found } from '../files/walker.ts'

type WalkedFile = Extract<Found, { stamp: string }>

/** Files to analyse although they have not changed. */
interface Renewed {
  /** Files of these segments. */
  readonly segments: ReadonlySet<number>
  /** All files. */
  readonly force: boolean
}

/** Compares a folder's files with the visible ones in the index. */
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

  /** Whether the index has the file as it is. Otherwise, it becomes a candidate. */
  isUnchanged({ path, bytes, stamp, encoding }: WalkedFile): boolean {
    const known = this.#live.get(path)
    if (known?.stamp === stamp && !this.#isRenewed(known)) {
      this.#kept.add(known)
      return true
    }
    this.candidates.push({ path, bytes, stamp, ...(encoding !== undefined && { encoding }) })
    return false
  }

  /** Returns the paths whose content may already be in the index. */
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

  /** Keeps unreadable files, and all files in unreadable folders, as the index has them: they may be readable later. */
  skipped(path: string, reason: SkipReason): void {
    if (reason === 'unreadable') this.#unreadable.add(path)
  }

  /** Whether the index will have no visible file at all. */
  get keepsNothing(): boolean {
    return this.#added === 0 && this.#kept.size === 0 && ![...this.#live.values()].some((file) => this.#stays(file))
  }

  /** Visible paths that the repository no longer has. */
  get pathsRemoved(): string[] {
    return [...this.#live.values()].filter((file) => !this.#stays(file)).map(({ path }) => path)
  }

  #isRenewed({ segmentId }: LiveFile): boolean {
    return this.#renewed.force || this.#renewed.segments.has(segmentId)
  }

  #stays(file: LiveFile): boolean {
    return this.#kept.has(file) || (this.#unreadable.size > 0 && this.#isUnreadable(file.path))
  }

  /** Whether the path or one of its parent folders was unreadable. */
  #isUnreadable(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#unreadable.has(path.slice(0, end))) return true
    }
    return false
  }
}
