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
  /** Sum of the lengths of its documents. */
  readonly tokens: number
}

/** Returns the segments with visible files. */
export function liveSegments(sql: Sql, repositories: readonly RepositoryAt[]): Promise<SegmentRow[]> {
  return sql.query<SegmentRow>(
    `select segment.id, segment.repository_id as "repositoryId", segment.documents, segment.tokens
     from ${READERS} join segment on segment.repository_id = reader.repository_id
     where exists (select from file where file.segment_id = segment.id and ${VISIBLE})
     order by segment.id`,
    readerValues(repositories),
  )
}

/** Counts the visible documents of each segment of a repository. Empty segments are left out. */
export function segmentDocuments(
  sql: Sql,
  { id }: RepositoryAt,
): Promise<{ readonly segmentId: number; readonly documents: number }[]> {
  return sql.query(
    'select id as "segmentId", live as documents from segment where repository_id = $1 and live > 0 order by id',
    [id],
  )
}

/**
 * Data for finding blocks in a segment: the encoded lengths of its documents, and the first term of each block, in
 * order.
 */
interface SegmentHead {
  readonly lengths: Buffer
  readonly firstTerms: readonly string[]
}

/** Returns the heads of segments, by segment. They never change and may be cached. */
export async function segmentHeads(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, SegmentHead>> {
  const rows = await sql.query<SegmentHead & { id: number }>(
    `select id, lengths, array(
       select first_term from posting_block where segment_id = segment.id order by first_term
     ) as "firstTerms"
     from segment where id = any($1::int[])`,
    [segmentIds],
  )
  return new Map(rows.map(({ id, lengths, firstTerms }) => [id, { lengths, firstTerms }]))
}

/** A block, by its segment and its first term. */
export interface BlockPlace {
  readonly segmentId: number
  readonly firstTerm: string
}

export interface PostingBlockRow extends BlockPlace {
  readonly data: Buffer
}

/** Returns the blocks at the places, in any order. Deleted blocks are left out. */
export function postingBlocks(sql: Sql, places: readonly BlockPlace[]): Promise<PostingBlockRow[]> {
  return sql.query<PostingBlockRow>(
    `select segment_id as "segmentId", first_term as "firstTerm", data
     from unnest($1::int[], $2::text[]) as place (segment, term)
     join posting_block on segment_id = segment and first_term = term collate "C"`,
    [places.map(({ segmentId }) => segmentId), places.map(({ firstTerm }) => firstTerm)],
  )
}

/** Returns the blocks that may contain terms with this prefix, up to a limit. */
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

/** Stores a segment of the repository, and returns its id. */
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

/** Deletes up to `limit` segments of the repository that no file uses, and returns their number. */
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
