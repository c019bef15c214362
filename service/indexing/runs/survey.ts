import type { AnalysedBatch, Candidate, SkipReason } from '../analysis.ts'
import type { Found } from '../files/walker.ts'
import type { LiveFiles } from './live-files.ts'
import { WaitingFiles } from './waiting-files.ts'

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
  readonly candidates = new WaitingFiles()
  readonly #live: LiveFiles
  readonly #renewed: Renewed
  /** Of each place among the live files, whether the file stays. */
  readonly #kept: Uint8Array
  #keepsAny = false
  readonly #unreadable = new Set<string>()
  #added = 0

  constructor(live: LiveFiles, renewed: Renewed) {
    this.#live = live
    this.#renewed = renewed
    this.#kept = new Uint8Array(live.size)
  }

  /** Whether the index has the file as it is. Otherwise, it becomes a candidate. */
  isUnchanged({ path, bytes, stamp, encoding }: WalkedFile): boolean {
    const known = this.#live.placeOf(path)
    if (known !== undefined && !this.#isRenewed(known) && this.#live.stampOf(known) === stamp) {
      this.#keep(known)
      return true
    }
    this.candidates.add({ path, bytes, stamp, ...(encoding !== undefined && { encoding }) })
    return false
  }

  /** Returns the paths whose content may already be in the index. */
  comparable(candidates: readonly Candidate[]): string[] {
    return candidates.flatMap(({ path }) => {
      const known = this.#live.placeOf(path)
      return known === undefined || this.#isRenewed(known) ? [] : path
    })
  }

  analysed({ files }: AnalysedBatch): void {
    for (const file of files) {
      const known = this.#live.placeOf(file.path)
      if (file.outcome === 'skipped') this.skipped(file.path, file.reason)
      else if (known === undefined) this.#added++
      else this.#keep(known)
    }
  }

  /** Keeps unreadable files, and all files in unreadable folders, as the index has them: they may be readable later. */
  skipped(path: string, reason: SkipReason): void {
    if (reason === 'unreadable') this.#unreadable.add(path)
  }

  /** Whether the index will have no visible file at all. */
  get keepsNothing(): boolean {
    return this.#added === 0 && !this.#keepsAny && this.pathsRemoved.length === this.#live.size
  }

  /** Visible paths that the repository no longer has. */
  get pathsRemoved(): string[] {
    const removed: string[] = []
    for (const [path, place] of this.#live.entries()) if (!this.#stays(path, place)) removed.push(path)
    return removed
  }

  #keep(place: number): void {
    this.#kept[place] = 1
    this.#keepsAny = true
  }

  #isRenewed(place: number): boolean {
    return this.#renewed.force || this.#renewed.segments.has(this.#live.segmentOf(place))
  }

  #stays(path: string, place: number): boolean {
    return this.#kept[place] === 1 || (this.#unreadable.size > 0 && this.#isUnreadable(path))
  }

  /** Whether the path or one of its parent folders was unreadable. */
  #isUnreadable(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#unreadable.has(path.slice(0, end))) return true
    }
    return false
  }
}
