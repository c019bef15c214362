import { decodeLengths } from '../lexical/lengths.ts'
import { NO_POSTINGS, type Postings, readPostings } from '../lexical/postings.ts'
import type { Sql } from '../store/database.ts'
import { postingBlocks, segmentLengths } from '../store/segments.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'

/** Where a term occurs, by segment. */
type TermPostings = ReadonlyMap<number, Postings>

/** What a query needs of its segments. */
export interface LoadedPostings {
  lengths(segmentId: number): Uint16Array
  postings(segmentId: number, term: string): Postings
}

const POSTINGS_BYTES = 64 * MIB
const LENGTHS_BYTES = 16 * MIB
// What V8 takes besides the numbers themselves, as measured with Node 24: two typed arrays with their buffers and the
// object that holds them are three times as much as the postings of a rare term.
const SEGMENT_BYTES = 40
const ARRAY_BYTES = 200
const POSTINGS_OBJECT_BYTES = 2 * ARRAY_BYTES + 90
export const POSTING_CACHE_BYTES = POSTINGS_BYTES + LENGTHS_BYTES
const NO_LENGTHS = new Uint16Array(0)

/** Decoded postings and lengths: segments never change, so what was read once holds. */
export class PostingCache {
  readonly #terms = new ByteCache<string, TermPostings>(POSTINGS_BYTES)
  readonly #lengths = new ByteCache<number, Uint16Array>(LENGTHS_BYTES)

  /** What is kept, in bytes. */
  get bytes(): number {
    return this.#terms.bytes + this.#lengths.bytes
  }

  /** What the query needs; asks the database only for what is not kept. */
  async load(sql: Sql, segmentIds: readonly number[], terms: readonly string[]): Promise<LoadedPostings> {
    return loaded(await this.#loadLengths(sql, segmentIds), await this.#loadTerms(sql, segmentIds, terms))
  }

  async #loadLengths(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, Uint16Array>> {
    const found = new Map<number, Uint16Array>()
    const missing: number[] = []
    for (const id of segmentIds) {
      const known = this.#lengths.get(id)
      if (known === undefined) missing.push(id)
      else found.set(id, known)
    }
    if (missing.length === 0) return found
    for (const [id, data] of await segmentLengths(sql, missing)) {
      const lengths = decodeLengths(data)
      this.#lengths.set(id, lengths, lengths.byteLength + ARRAY_BYTES)
      found.set(id, lengths)
    }
    return found
  }

  async #loadTerms(sql: Sql, segmentIds: readonly number[], terms: readonly string[]) {
    const found = new Map(terms.map((term) => [term, new Map(this.#terms.get(term))]))
    const lacks = (held: TermPostings) => segmentIds.filter((id) => !held.has(id))
    const incomplete = [...found].filter(([, held]) => lacks(held).length > 0)
    if (incomplete.length === 0) return found
    const missing = [...new Set(incomplete.flatMap(([, held]) => lacks(held)))]
    const blocks = await postingBlocks(
      sql,
      missing,
      incomplete.map(([term]) => term),
    )
    for (const [, held] of incomplete) for (const id of missing) held.set(id, NO_POSTINGS)
    for (const { segmentId, term, data } of blocks) {
      const postings = readPostings(data, term)
      if (postings !== NO_POSTINGS) found.get(term)?.set(segmentId, postings)
    }
    for (const [term, held] of incomplete) this.#terms.set(term, held, bytesOf(held) + term.length)
    return found
  }
}

function loaded(lengths: ReadonlyMap<number, Uint16Array>, postings: ReadonlyMap<string, TermPostings>) {
  return {
    lengths: (segmentId: number) => lengths.get(segmentId) ?? NO_LENGTHS,
    postings: (segmentId: number, term: string) => postings.get(term)?.get(segmentId) ?? NO_POSTINGS,
  }
}

function bytesOf(postings: TermPostings): number {
  let bytes = 0
  for (const { documents, frequencies } of postings.values()) {
    bytes += SEGMENT_BYTES
    if (documents.length > 0) bytes += POSTINGS_OBJECT_BYTES + documents.byteLength + frequencies.byteLength
  }
  return bytes
}
