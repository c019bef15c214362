import { decodeLengths } from '../lexical/lengths.ts'
import { blockWith, NO_POSTINGS, type Postings, readPostings } from '../lexical/postings.ts'
import type { Sql } from '../store/database.ts'
import { type BlockPlace, postingBlocks, segmentHeads } from '../store/segments.ts'
import { KIB, MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import { inTurns } from './in-turns.ts'

/** Postings of a term in the segments that were read. Terms looked up together share the set of segments. */
interface TermPostings {
  readonly segments: ReadonlySet<number>
  readonly postings: ReadonlyMap<number, Postings>
}

interface Head {
  readonly lengths: Uint16Array
  readonly firstTerms: readonly string[]
}

/** What a query needs from its segments. */
export interface LoadedPostings {
  lengths(segmentId: number): Uint16Array
  postings(segmentId: number, term: string): Postings
}

const POSTINGS_BYTES = 32 * MIB
/** Enough for all blocks of 200,000 chunks. */
const BLOCKS_BYTES = 96 * MIB
const HEADS_BYTES = 16 * MIB
// Memory in V8 besides the numbers themselves, measured with Node 24: a term with its Map, a segment's entry in a Map
// or Set, a typed array with its buffer, a short string. For a rare term, this is three times as much as the numbers.
const TERM_BYTES = 250
const SEGMENT_BYTES = 40
const ARRAY_BYTES = 200
const STRING_BYTES = 48
const POSTINGS_OBJECT_BYTES = 2 * ARRAY_BYTES + 90

/** Maximum size of the cache, in bytes. */
export const POSTING_CACHE_BYTES = POSTINGS_BYTES + BLOCKS_BYTES + HEADS_BYTES
const NO_HEAD: Head = { lengths: new Uint16Array(0), firstTerms: [] }

/** Number of blocks to read ahead in one statement, for which others wait. */
const BLOCKS_AHEAD = 64
const BLOCK_BYTES = 5 * KIB

/**
 * Caches heads of segments, stored blocks and decoded postings. Segments never change, so entries stay valid, and
 * questions with other words find their blocks in memory.
 */
export class PostingCache {
  readonly #terms = new ByteCache<string, TermPostings>(POSTINGS_BYTES)
  readonly #blocks = new ByteCache<string, Uint8Array>(BLOCKS_BYTES)
  readonly #heads = new ByteCache<number, Head>(HEADS_BYTES)

  /** Size of the cache, in bytes. */
  get bytes(): number {
    return this.#terms.bytes + this.#blocks.bytes + this.#heads.bytes
  }

  /** Returns what the query needs, and reads only what is not cached. */
  async load(sql: Sql, segmentIds: readonly number[], terms: readonly string[]): Promise<LoadedPostings> {
    const heads = await this.#loadHeads(sql, segmentIds)
    return loaded(heads, await this.#loadTerms(sql, heads, terms))
  }

  /** Reads the blocks of segments for later questions, as long as all of them fit. */
  async readAhead(sql: Sql, segmentIds: readonly number[]): Promise<void> {
    const heads = [...(await this.#loadHeads(sql, segmentIds))]
    const blocks = heads.reduce((sum, [, { firstTerms }]) => sum + firstTerms.length, 0)
    if (blocks * BLOCK_BYTES > BLOCKS_BYTES) return
    const missing: BlockPlace[] = []
    const look = ([segmentId, { firstTerms }]: [number, Head]) => {
      for (const firstTerm of firstTerms) {
        const place = { segmentId, firstTerm }
        if (this.#blocks.get(keyOf(place)) === undefined) missing.push(place)
      }
    }
    await inTurns(heads, look, { atOnce: 1 })
    for (let from = 0; from < missing.length; from += BLOCKS_AHEAD) {
      await this.#readBlocks(sql, missing.slice(from, from + BLOCKS_AHEAD))
    }
  }

  #loadHeads(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, Head>> {
    return this.#heads.getOrRead(segmentIds, async (missing) =>
      Array.from(await segmentHeads(sql, missing), ([key, { lengths: data, firstTerms }]) => {
        const lengths = decodeLengths(data)
        const ofTerms = firstTerms.reduce((sum, term) => sum + STRING_BYTES + term.length, 0)
        return { key, value: { lengths, firstTerms }, bytes: lengths.byteLength + ARRAY_BYTES + ofTerms }
      }),
    )
  }

  async #loadTerms(sql: Sql, heads: ReadonlyMap<number, Head>, terms: readonly string[]) {
    const segmentIds = [...heads.keys()]
    const held = new Map(terms.map((term) => [term, this.#terms.get(term) ?? NOWHERE]))
    const incomplete = [...held].filter(([, { segments }]) => !holdsAll(segments, segmentIds))
    if (incomplete.length === 0) return held
    const missing = new Set(incomplete.flatMap(([, { segments }]) => segmentIds.filter((id) => !segments.has(id))))
    const wanted = incomplete.flatMap(([term]) => placesOf(term, missing, heads))
    const blocks = await this.#blocksAt(sql, wanted)
    const found = new Map(incomplete.map(([term, { postings }]) => [term, new Map(postings)]))
    await inTurns(wanted.entries(), ([at, { segmentId, term, utf8 }]) => {
      const data = blocks[at]
      const postings = data === undefined ? NO_POSTINGS : readPostings(data, utf8)
      if (postings !== NO_POSTINGS) found.get(term)?.set(segmentId, postings)
    })
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

  /** Returns the blocks at these places, in order, or undefined for deleted ones. */
  async #blocksAt(sql: Sql, places: readonly BlockPlace[]): Promise<(Uint8Array | undefined)[]> {
    const keys = places.map(keyOf)
    const blocks = keys.map((key) => this.#blocks.get(key))
    const missing = new Map(places.filter((_, at) => blocks[at] === undefined).map((place) => [keyOf(place), place]))
    if (missing.size === 0) return blocks
    const read = new Map(await this.#readBlocks(sql, [...missing.values()]))
    return blocks.map((block, at) => block ?? read.get(keys[at] as string))
  }

  async #readBlocks(sql: Sql, places: readonly BlockPlace[]): Promise<(readonly [string, Uint8Array])[]> {
    const rows = await postingBlocks(sql, places)
    return rows.map(({ data, ...place }) => {
      const key = keyOf(place)
      // A copy, because the original shares its buffer with others.
      const own = new Uint8Array(data)
      this.#blocks.set(key, own, own.byteLength + ARRAY_BYTES + key.length)
      return [key, own] as const
    })
  }
}

const NOWHERE: TermPostings = { segments: new Set(), postings: new Map() }

const keyOf = ({ segmentId, firstTerm }: BlockPlace) => `${segmentId} ${firstTerm}`

/** Returns the block of each segment that may contain the term. */
function placesOf(term: string, segmentIds: ReadonlySet<number>, heads: ReadonlyMap<number, Head>) {
  const utf8 = Buffer.from(term)
  const places: (BlockPlace & { readonly term: string; readonly utf8: Uint8Array })[] = []
  for (const segmentId of segmentIds) {
    const { firstTerms } = heads.get(segmentId) ?? NO_HEAD
    const firstTerm = firstTerms[blockWith(firstTerms, term)]
    if (firstTerm !== undefined) places.push({ segmentId, term, utf8, firstTerm })
  }
  return places
}

function holdsAll(segments: ReadonlySet<number>, ids: readonly number[]): boolean {
  for (const id of ids) if (!segments.has(id)) return false
  return true
}

function loaded(heads: ReadonlyMap<number, Head>, postings: ReadonlyMap<string, TermPostings>): LoadedPostings {
  return {
    lengths: (segmentId) => (heads.get(segmentId) ?? NO_HEAD).lengths,
    postings: (segmentId, term) => postings.get(term)?.postings.get(segmentId) ?? NO_POSTINGS,
  }
}

function bytesOf(postings: TermPostings['postings']): number {
  let bytes = TERM_BYTES
  for (const { documents, frequencies } of postings.values()) {
    bytes += SEGMENT_BYTES + POSTINGS_OBJECT_BYTES + documents.byteLength + frequencies.byteLength
  }
  return bytes
}
