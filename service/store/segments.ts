import type { PostingBlock, Segment } from '../lexical/index-format.ts'
import { MIB } from '../units.ts'
import type { Sql } from './database.ts'
import { insertGramIndex } from './gram-indexes.ts'
import { pack, slices } from './packed.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE } from './visibility.ts'

export interface SegmentRow {
  readonly id: number
  readonly repositoryId: number
  readonly documents: number
  /** The sum of its documents' lengths. */
  readonly tokens: number
}

/** The segments that hold a visible file. */
export function liveSegments(sql: Sql, repositories: readonly RepositoryAt[]): Promise<SegmentRow[]> {
  return sql.query<SegmentRow>(
    `select segment.id, segment.repository_id as "repositoryId", segment.documents, segment.tokens
     from ${READERS} join segment on segment.repository_id = reader.repository_id
     where exists (select from file where file.segment_id = segment.id and ${VISIBLE})
     order by segment.id`,
    readerValues(repositories),
  )
}

/** The encoded document lengths of segments, by segment. They never change, so they may be kept. */
export async function segmentLengths(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, Buffer>> {
  const rows = await sql.query<{ id: number; lengths: Buffer }>(
    'select id, lengths from segment where id = any($1::int[])',
    [segmentIds],
  )
  return new Map(rows.map(({ id, lengths }) => [id, lengths]))
}

export interface PostingBlockRow {
  readonly segmentId: number
  readonly term: string
  readonly data: Buffer
}

/** For each segment and term the one block that may hold the term; none where the term sorts before all blocks. */
export function postingBlocks(
  sql: Sql,
  segmentIds: readonly number[],
  terms: readonly string[],
): Promise<PostingBlockRow[]> {
  return sql.query<PostingBlockRow>(
    `select wanted.segment_id as "segmentId", term, block.data
     from unnest($1::int[]) as wanted (segment_id) cross join unnest($2::text[]) as term
     cross join lateral (
       select data from posting_block
       where posting_block.segment_id = wanted.segment_id and first_term <= term collate "C"
       order by first_term desc limit 1
     ) as block`,
    [segmentIds, terms],
  )
}

/** The blocks of segments that may hold terms with this beginning, at most so many. */
export async function blocksWithPrefix(
  sql: Sql,
  segmentIds: readonly number[],
  prefix: string,
  limit: number,
): Promise<Buffer[]> {
  const rows = await sql.query<{ data: Buffer }>(
    `select block.data from unnest($1::int[]) as wanted (segment_id) join posting_block as block
       on block.segment_id = wanted.segment_id and block.first_term < $3 collate "C" and block.first_term >= coalesce((
         select max(first_term) from posting_block
         where posting_block.segment_id = wanted.segment_id and first_term <= $2 collate "C"
       ), '') collate "C"
     limit $4`,
    [segmentIds, prefix, `${prefix}\u{10ffff}`, limit],
  )
  return rows.map(({ data }) => data)
}

const BLOCK_BYTES_A_STATEMENT = MIB

/** Stores a segment of the repository and gives its number. */
export async function insertSegment(sql: Sql, repositoryId: number, segment: Segment): Promise<number> {
  const [row] = await sql.query<{ id: number }>(
    'insert into segment (repository_id, documents, live, tokens, lengths) values ($1, $2, $2, $3, $4) returning id',
    [repositoryId, segment.documents, segment.tokens, segment.lengths],
  )
  if (row === undefined) throw new Error('The segment has no number')
  for (const blocks of slices(segment.blocks, BLOCK_BYTES_A_STATEMENT, ({ data }) => data.length)) {
    await insertBlocks(sql, row.id, blocks)
  }
  await insertGramIndex(sql, row.id, segment.grams)
  return row.id
}

async function insertBlocks(sql: Sql, segmentId: number, blocks: readonly PostingBlock[]): Promise<void> {
  const { bytes, starts, lengths } = pack(blocks.map(({ data }) => data))
  await sql.query(
    `insert into posting_block (segment_id, first_term, data)
     select $1::int, term, substring($2::bytea from start for length)
     from unnest($3::text[], $4::int[], $5::int[]) as block (term, start, length)`,
    [segmentId, bytes, blocks.map(({ firstTerm }) => firstTerm), starts, lengths],
  )
}

/** Deletes up to `limit` segments of the repository that no file uses any more; how many it were. */
export async function deleteUnusedSegments(sql: Sql, repositoryId: number, limit: number): Promise<number> {
  const rows = await sql.query(
    `delete from segment where id in (
       select id from segment where repository_id = $1
       and not exists (select from file where file.segment_id = segment.id) limit $2
     ) returning id`,
    [repositoryId, limit],
  )
  return rows.length
}
