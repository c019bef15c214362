import { decodeLengths } from '../lexical/lengths.ts'
import { NO_POSTINGS, type Postings, readPostings } from '../lexical/postings.ts'
import type { Sql } from '../store/database.ts'
import { postingBlocks, segmentLengths } from '../store/segments.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'

/** Where a term occurs in the segments that were looked into; terms that were looked up together share the set of these. */
interface TermPostings {
  readonly segments: ReadonlySet<number>
  readonly postings: ReadonlyMap<number, Postings>
}

/** What a query needs of its segments. */
export interface LoadedPostings {
  lengths(segmentId: number): Uint16Array
  postings(segmentId: number, term: string): Postings
}

const POSTINGS_BYTES = 64 * MIB
const LENGTHS_BYTES = 16 * MIB
// What V8 takes besides the numbers themselves, as measured with Node 24: a term with its Map, a segment's entry in a Map or
// Set, a typed array with its buffer. Of a rare term that is three times as much as the numbers.
const TERM_BYTES = 250
const SEGMENT_BYTES = 40
const ARRAY_BYTES = 200
const POSTINGS_OBJECT_BYTES = 2 * ARRAY_BYTES + 90

/** What is kept at most, in bytes. */
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
    const held = new Map(terms.map((term) => [term, this.#terms.get(term) ?? NOWHERE]))
    const incomplete = [...held].filter(([, { segments }]) => !holdsAll(segments, segmentIds))
    if (incomplete.length === 0) return held
    const missing = new Set(incomplete.flatMap(([, { segments }]) => segmentIds.filter((id) => !segments.has(id))))
    const blocks = await postingBlocks(
      sql,
      [...missing],
      incomplete.map(([term]) => term),
    )
    const found = new Map(incomplete.map(([term, { postings }]) => [term, new Map(postings)]))
    for (const { segmentId, term, data } of blocks) {
      const postings = readPostings(data, term)
      if (postings !== NO_POSTINGS) found.get(term)?.set(segmentId, postings)
    }
    const widened = new Map<ReadonlySet<number>, ReadonlySet<number>>()
    for (const [term, { segments: before }] of incomplete) {
      const segments = widened.get(before) ?? new Set([...before, ...missing])
      widened.set(before, segments)
      const complete = { segments, postings: found.get(term) ?? NOWHERE.postings }
      held.set(term, complete)
      const share = (SEGMENT_BYTES * segments.size) / incomplete.length
      this.#terms.set(term, complete, bytesOf(complete.postings) + share + term.length)
    }
    return held
  }
}

const NOWHERE: TermPostings = { segments: new Set(), postings: new Map() }

function holdsAll(segments: ReadonlySet<number>, ids: readonly number[]): boolean {
  for (const id of ids) if (!segments.has(id)) return false
  return true
}

function loaded(lengths: ReadonlyMap<number, Uint16Array>, postings: ReadonlyMap<string, TermPostings>) {
  return {
    lengths: (segmentId: number) => lengths.get(segmentId) ?? NO_LENGTHS,
    postings: (segmentId: number, term: string) => postings.get(term)?.postings.get(segmentId) ?? NO_POSTINGS,
  }
}

function bytesOf(postings: TermPostings['postings']): number {
  let bytes = TERM_BYTES
  for (const { documents, frequencies } of postings.values()) {
    bytes += SEGMENT_BYTES + POSTINGS_OBJECT_BYTES + documents.byteLength + frequencies.byteLength
  }
  return bytes
}
