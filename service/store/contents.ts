import { zstdDecompressSync } from 'node:zlib'
import { MIB } from '../units.ts'
import type { Sql } from './database.ts'
import { pack, slices } from './packed.ts'

/** Condition on `content`, whose parameter $1 is a list of hashes (in hex). */
const IS_ONE_OF = "hash = any(array(select decode(hex, 'hex') from unnest($1::text[]) as hex))"

/** Returns texts by their SHA-256 (in hex). Texts that are not stored are left out. */
export async function readContents(sql: Sql, hashes: readonly string[]): Promise<Map<string, string>> {
  const texts = await readCompressed(sql, hashes)
  return new Map(Array.from(texts, ([hash, zstd]) => [hash, zstdDecompressSync(zstd).toString('utf8')]))
}

/** Returns the same texts in their stored form: UTF-8, compressed with zstd. */
export async function readCompressed(sql: Sql, hashes: readonly string[]): Promise<Map<string, Uint8Array>> {
  const rows = await sql.query<{ hash: string; zstd: Buffer }>(
    `select encode(hash, 'hex') as hash, zstd from content where ${IS_ONE_OF}`,
    [hashes],
  )
  return new Map(rows.map(({ hash, zstd }) => [hash, zstd]))
}

/** Returns the sizes of texts, in bytes, by hash (in hex). */
export async function textSizes(sql: Sql, hashes: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ hash: string; bytes: number }>(
    `select encode(hash, 'hex') as hash, bytes from content where ${IS_ONE_OF}`,
    [hashes],
  )
  return new Map(rows.map(({ hash, bytes }) => [hash, bytes]))
}

export interface NewContent {
  /** SHA-256 of the text. */
  readonly hash: Uint8Array
  readonly bytes: number
  readonly lines: number
  /** The text, UTF-8, compressed with zstd. */
  readonly zstd: Uint8Array
}

const BYTES_A_STATEMENT = MIB
const CONTENT_LOCK = 1668244838

/**
 * Stores new texts. Until the transaction ends, `deleteUnusedContents` in other transactions waits, so that files can
 * refer to these texts.
 */
export async function insertContents(sql: Sql, contents: readonly NewContent[]): Promise<void> {
  await sql.query('select pg_advisory_xact_lock_shared($1)', [CONTENT_LOCK])
  // All writers insert in the same order, so that two with the same texts wait for each other instead of deadlocking.
  const sorted = contents.toSorted((one, other) => Buffer.compare(one.hash, other.hash))
  for (const slice of slices(sorted, BYTES_A_STATEMENT, ({ zstd }) => zstd.length)) {
    const hashes = pack(slice.map(({ hash }) => hash))
    const texts = pack(slice.map(({ zstd }) => zstd))
    await sql.query(
      `insert into content (hash, bytes, lines, zstd)
       select substring($1::bytea from hash_start for hash_length), bytes, lines, substring($2::bytea from start for length)
       from unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[])
         as text (hash_start, hash_length, start, length, bytes, lines)
       on conflict (hash) do nothing`,
      [
        hashes.bytes,
        texts.bytes,
        hashes.starts,
        hashes.lengths,
        texts.starts,
        texts.lengths,
        slice.map(({ bytes }) => bytes),
        slice.map(({ lines }) => lines),
      ],
    )
  }
}

/** Deletes those of the texts (hashes in hex) that no file refers to. */
export async function deleteUnusedContents(sql: Sql, hashes: readonly string[]): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1)', [CONTENT_LOCK])
  await sql.query(
    `delete from content where ${IS_ONE_OF}
     and not exists (select from file where content_hash = hash)`,
    [hashes],
  )
}
