import type { FileRow } from '../store/files.ts'
import type { SegmentRow } from '../store/segments.ts'
import { inTurns } from './in-turns.ts'
import { type PathFacts, pathFacts } from './paths/path-facts.ts'
import { sortedInTurns } from './sorted-in-turns.ts'

/** A visible file, with facts from its path that are computed on first use. */
export class TableFile {
  readonly row: FileRow
  /** Index among the files of its table. */
  readonly at: number
  /** The version in the path, if a newer one is next to it: `3` for `v3/types.ts` next to `v4/`. */
  readonly oldVersion: string | undefined
  #facts: PathFacts | undefined

  constructor(row: FileRow, at: number, oldVersion: string | undefined) {
    this.row = row
    this.at = at
    this.oldVersion = oldVersion
  }

  get facts(): PathFacts {
    this.#facts ??= this.#found()
    return this.#facts
  }

  #found(): PathFacts {
    const oldest = lastAsked[nextAsked]
    if (oldest !== undefined) oldest.#facts = undefined
    lastAsked[nextAsked] = this
    nextAsked = (nextAsked + 1) % FACTS_KEPT
    return pathFacts(this.row.path)
  }
}

/** Number of paths whose facts are kept, over all tables. The least recently used are dropped. */
const FACTS_KEPT = 16_384
const lastAsked: TableFile[] = []
let nextAsked = 0

/** The visible files with documents in a segment, by their first ones. */
export interface TableSegment extends SegmentRow {
  readonly files: readonly TableFile[]
}

/** The visible files of a repository at one generation, and their segments. */
export interface FileTable {
  /** In the order of paths. */
  readonly files: readonly TableFile[]
  readonly segments: readonly TableSegment[]
}

// Measured with Node 24: a row with its strings and its entries in two lists; the facts of a path; a segment with its
// list.
const ROW_BYTES = 300
const FACTS_BYTES = 650
const SEGMENT_BYTES = 200

/** Maximum size of the facts kept, in bytes. */
export const FACTS_CACHE_BYTES = FACTS_KEPT * FACTS_BYTES

/** Returns the memory of a table without the facts of its paths, in bytes. */
export function bytesOfTable({ files, segments }: FileTable): number {
  const ofFiles = files.reduce((sum, { row: { path } }) => sum + ROW_BYTES + path.length, 0)
  return ofFiles + SEGMENT_BYTES * segments.length
}

/**
 * Returns a table's rows after files were stored, in any order: each in place of the row with its path, or added.
 * Returns undefined if the number of remaining rows is unexpected, because others were removed.
 */
export async function rowsAfter(
  { files }: FileTable,
  stored: readonly FileRow[],
  count: number,
): Promise<FileRow[] | undefined> {
  const newer = new Map(stored.map((row) => [row.path, row]))
  const rows: FileRow[] = []
  await inTurns(files, ({ row }) => {
    if (!newer.has(row.path)) rows.push(row)
  })
  return rows.length + newer.size === count ? [...rows, ...newer.values()] : undefined
}

/** `rows` may be in any order. */
export async function makeFileTable(rows: readonly FileRow[], segments: readonly SegmentRow[]): Promise<FileTable> {
  const newest = await newestVersions(rows)
  const files: TableFile[] = []
  const bySegment = new Map(segments.map(({ id }): [number, TableFile[]] => [id, []]))
  await inTurns(await sortedInTurns(rows, byPath), (row) => {
    const file = new TableFile(row, files.length, oldVersion(row.path, newest))
    files.push(file)
    if (row.documents > 0) bySegment.get(row.segmentId)?.push(file)
  })
  const filled: TableSegment[] = []
  const fill = (segment: SegmentRow) => {
    const ofSegment = bySegment.get(segment.id) ?? []
    filled.push({ ...segment, files: ofSegment.sort((a, b) => a.row.firstDocument - b.row.firstDocument) })
  }
  await inTurns(segments, fill, { atOnce: 1 })
  return { files, segments: filled }
}

const byPath = (one: FileRow, other: FileRow) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0)

const MAY_HAVE_VERSION = /(?:^|\/)v\d/
const VERSION_FOLDER = /(?<=^|\/)v(\d{1,4})(?=\/)/g

async function newestVersions(rows: readonly FileRow[]): Promise<Map<string, number>> {
  const newest = new Map<string, number>()
  await inTurns(rows, ({ path }) => {
    if (!MAY_HAVE_VERSION.test(path)) return
    for (const found of path.matchAll(VERSION_FOLDER)) {
      const parent = path.slice(0, found.index)
      newest.set(parent, Math.max(Number(found[1]), newest.get(parent) ?? 0))
    }
  })
  return newest
}

function oldVersion(path: string, newest: ReadonlyMap<string, number>): string | undefined {
  if (newest.size === 0) return undefined
  for (const found of path.matchAll(VERSION_FOLDER)) {
    if (Number(found[1]) < (newest.get(path.slice(0, found.index)) ?? 0)) return found[1]
  }
  return undefined
}
