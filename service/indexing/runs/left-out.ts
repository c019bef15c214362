import type { LeftOutChanges, LeftOutRow } from '../../store/left-out.ts'
import type { AnalysedFile, SkipReason } from '../analysis.ts'

/** Reasons for files that are in the index nonetheless. */
export const IN_THE_INDEX: ReadonlySet<string> = new Set<SkipReason>(['too_large', 'by_lines'])

/** Returns what people should know of a file that is in the index, if anything. */
export function toldOf({
  cut,
  byLines,
}: Exclude<AnalysedFile, { outcome: 'skipped' }>): { reason: SkipReason; detail: string } | undefined {
  if (cut !== undefined) return { reason: 'too_large', detail: byLines === undefined ? cut : `${cut}; ${byLines}` }
  return byLines === undefined ? undefined : { reason: 'by_lines', detail: byLines }
}

/** Maximum number of paths to store for a reason. The rest is only counted. */
const MOST_OF_A_REASON = 5000
/** Longer paths do not fit into an index of the database. */
const LONGEST_PATH_BYTES = 1024

/** What a run leaves out, compared with the previous run. */
export class LeftOut {
  readonly #known: ReadonlyMap<string, LeftOutRow>
  readonly #found = new Map<string, LeftOutRow>()
  readonly #counts = new Map<string, number>()

  /** `known` is what the previous run left out of the paths that this one looks at. */
  constructor(known: readonly LeftOutRow[]) {
    this.#known = new Map(known.map((row) => [row.path, row]))
  }

  add(row: LeftOutRow): void {
    if (this.#found.has(row.path) || Buffer.byteLength(row.path) > LONGEST_PATH_BYTES) return
    const count = this.#counts.get(row.reason) ?? 0
    if (count === MOST_OF_A_REASON) return
    this.#counts.set(row.reason, count + 1)
    this.#found.set(row.path, row)
  }

  /** Repeats how a file is divided if its content, and so this, has not changed. */
  again(path: string, stamp: string): void {
    const row = this.#known.get(path)
    if (row?.reason === 'by_lines') this.add({ ...row, stamp })
  }

  /** Returns the row of a path that was left out because of its contents, if these have not changed. */
  before(path: string, stamp: string): LeftOutRow | undefined {
    const row = this.#known.get(path)
    return row?.stamp === stamp ? row : undefined
  }

  changes(): LeftOutChanges {
    return {
      removed: [...this.#known.keys()].filter((path) => !this.#found.has(path)),
      added: [...this.#found.values()].filter((row) => !isSame(row, this.#known.get(row.path))),
    }
  }
}

function isSame(one: LeftOutRow, other: LeftOutRow | undefined): boolean {
  return one.reason === other?.reason && one.detail === other.detail && one.stamp === other.stamp
}
