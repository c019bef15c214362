import type { FileRow } from '../store/files.ts'
import type { SegmentRow } from '../store/segments.ts'
import { type PathFacts, pathFacts } from './path-facts.ts'

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
    this.#facts ??= pathFacts(this.row.path)
    return this.#facts
  }
}

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

// Measured with Node 24: a row with its strings and its entries in two lists; facts from the path once computed; a
// segment with its list.
const ROW_BYTES = 300
const FACTS_BYTES = 650
const SEGMENT_BYTES = 200

/** Returns the memory of a table after the facts of all paths were computed, in bytes. */
export function bytesOfTable({ files, segments }: FileTable): number {
  const ofFiles = files.reduce((sum, { row: { path } }) => sum + ROW_BYTES + FACTS_BYTES + path.length, 0)
  return ofFiles + SEGMENT_BYTES * segments.length
}

/**
 * Returns a table's rows after files were rewritten, each in place of the row with its path. Returns undefined if a
 * path is new, whose place only the database knows, or if the number of remaining rows is unexpected.
 */
export function rowsAfterEdits(
  { files }: FileTable,
  edited: readonly FileRow[],
  count: number,
): readonly FileRow[] | undefined {
  const byPath = new Map(edited.map((row) => [row.path, row]))
  if (files.length !== count) return undefined
  let left = edited.length
  const rows = files.map(({ row }) => {
    const newer = byPath.get(row.path)
    if (newer !== undefined) left--
    return newer ?? row
  })
  return left === 0 ? rows : undefined
}

export function makeFileTable(rows: readonly FileRow[], segments: readonly SegmentRow[]): FileTable {
  const newest = newestVersions(rows)
  const files = rows.map((row, at) => new TableFile(row, at, oldVersion(row.path, newest)))
  const bySegment = Map.groupBy(
    files.filter(({ row }) => row.documents > 0),
    ({ row }) => row.segmentId,
  )
  return {
    files,
    segments: segments.map((segment) => ({
      ...segment,
      files: (bySegment.get(segment.id) ?? []).toSorted((a, b) => a.row.firstDocument - b.row.firstDocument),
    })),
  }
}

const VERSION_FOLDER = /(?<=^|\/)v(\d{1,4})(?=\/)/g

function newestVersions(rows: readonly FileRow[]): Map<string, number> {
  const newest = new Map<string, number>()
  for (const { path } of rows) {
    for (const found of path.matchAll(VERSION_FOLDER)) {
      const parent = path.slice(0, found.index)
      newest.set(parent, Math.max(Number(found[1]), newest.get(parent) ?? 0))
    }
  }
  return newest
}

function oldVersion(path: string, newest: ReadonlyMap<string, number>): string | undefined {
  for (const found of path.matchAll(VERSION_FOLDER)) {
    if (Number(found[1]) < (newest.get(path.slice(0, found.index)) ?? 0)) return found[1]
  }
  return undefined
}
