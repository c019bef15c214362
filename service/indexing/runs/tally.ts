import type { AnalysedBatch, SkipReason } from '../analysis.ts'
import type { Progress } from '../contract.ts'
import { toldOf } from './left-out.ts'

/** Reasons whose paths people should know, because the file should be in the index. */
const FAILURES: ReadonlySet<SkipReason> = new Set(['unreadable', 'unparsable'])
/** Reasons whose paths people should know although nothing failed. */
const TOLD: ReadonlySet<SkipReason> = new Set(['ignore_rule', 'by_lines'])
const FAILURES_KEPT = 50
const TOLD_KEPT = 10

/** Whether a run that left these out should have indexed some of them. */
export function hasFailures(skipped: Readonly<Record<string, number>>): boolean {
  return Object.keys(skipped).some((reason) => FAILURES.has(reason as SkipReason))
}

/** Counts what a run has found and done. */
export class Tally {
  readonly #report: (progress: Progress) => void
  #phase: Progress['phase'] = 'walking'
  #filesTotal = 0
  #filesDone = 0
  #filesUnchanged = 0
  #filesRemoved = 0
  #chunks = 0
  #bytes = 0
  readonly #masked: Record<string, number> = {}
  readonly #skipped: Partial<Record<SkipReason, number>> = {}
  readonly #failures: { readonly path: string; readonly reason: string }[] = []
  readonly #told: { readonly path: string; readonly reason: string }[] = []

  constructor(report: (progress: Progress) => void) {
    this.#report = report
  }

  get progress(): Progress {
    return {
      phase: this.#phase,
      filesTotal: this.#filesTotal,
      filesDone: this.#filesDone,
      filesUnchanged: this.#filesUnchanged,
      filesRemoved: this.#filesRemoved,
      chunks: this.#chunks,
      bytes: this.#bytes,
      skipped: this.skipped,
      masked: { ...this.#masked },
      failures: [...this.#failures, ...this.#told],
    }
  }

  get skipped(): Record<string, number> {
    return { ...this.#skipped }
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0
  }

  enter(phase: Progress['phase']): void {
    this.#phase = phase
    this.#report(this.progress)
  }

  found({ unchanged }: { readonly unchanged: boolean }): void {
    this.#filesTotal++
    if (unchanged) this.#keepUnchanged()
  }

  /** Counts files that needed no examination. */
  unchanged(files: number): void {
    this.#filesTotal = files
    this.#filesDone = files
    this.#filesUnchanged = files
  }

  /** Counts a path by a reason, and notes what people should know. A file that is divided by lines is only noted. */
  skip(path: string, reason: SkipReason, detail?: string): void {
    if (reason !== 'by_lines') this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1
    const told = { path, reason: detail === undefined ? reason : `${reason}: ${detail}` }
    if (FAILURES.has(reason) && this.#failures.length < FAILURES_KEPT) this.#failures.push(told)
    if (TOLD.has(reason) && this.#told.length < TOLD_KEPT) this.#told.push(told)
  }

  written({ files }: AnalysedBatch): void {
    for (const file of files) {
      const told = file.outcome === 'skipped' ? undefined : toldOf(file)
      if (told !== undefined) this.skip(file.path, told.reason, told.detail)
      if (file.outcome === 'unchanged') {
        this.#keepUnchanged()
        continue
      }
      if (file.outcome === 'skipped') {
        // The index will not have it, like a file that is left out by its name.
        this.#filesTotal--
        this.skip(file.path, file.reason, file.detail)
      } else {
        this.#filesDone++
        this.#chunks += file.chunks.length
        this.#bytes += file.bytes
        this.#mask(file.masked)
      }
    }
    this.#report(this.progress)
  }

  removed(files: number): void {
    this.#filesRemoved = files
  }

  #mask(counts: Readonly<Record<string, number>> = {}): void {
    for (const [kind, count] of Object.entries(counts)) this.#masked[kind] = (this.#masked[kind] ?? 0) + count
  }

  #keepUnchanged(): void {
    this.#filesDone++
    this.#filesUnchanged++
  }
}
