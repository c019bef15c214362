import type { GramIndex } from '../lexical/index-format.ts'
import type { Sql } from './database.ts'

export async function insertGramIndex(sql: Sql, segmentId: number, { directory, data }: GramIndex): Promise<void> {
  await sql.query('insert into gram_index (segment_id, directory, data) values ($1, $2, $3)', [
    segmentId,
    directory,
    data,
  ])
}

/** Returns the directories of gram indexes, by segment. Segments without one are left out. Directories never change. */
export async function gramDirectories(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, Buffer>> {
  const rows = await sql.query<{ id: number; directory: Buffer }>(
    'select segment_id as id, directory from gram_index where segment_id = any($1::int[])',
    [segmentIds],
  )
  return new Map(rows.map(({ id, directory }) => [id, directory]))
}

/** A range of bytes in a segment's gram index, counted from 0. */
export interface GramRange {
  readonly segmentId: number
  readonly start: number
  readonly length: number
}

/** Returns the bytes of each range, in order, or undefined if the segment was deleted. */
export async function gramRanges(sql: Sql, ranges: readonly GramRange[]): Promise<(Buffer | undefined)[]> {
  const rows = await sql.query<{ at: number; data: Buffer }>(
    `select at::int, substring(data from start + 1 for length) as data
     from unnest($1::int[], $2::int[], $3::int[]) with ordinality as wanted (segment, start, length, at)
     join gram_index on segment_id = segment`,
    [ranges.map(({ segmentId }) => segmentId), ranges.map(({ start }) => start), ranges.map(({ length }) => length)],
  )
  const found: (Buffer | undefined)[] = ranges.map(() => undefined)
  for (const { at, data } of rows) found[at - 1] = data
  return found
}
