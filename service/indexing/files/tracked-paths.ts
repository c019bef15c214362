import { join } from 'node:path'
import { MIB } from '../../units.ts'
import { readRegularFile } from './regular-file.ts'

const MAX_INDEX_BYTES = 256 * MIB
/** Size of all paths together. In a compressed index, each path may repeat most of the one before. */
const MAX_PATH_BYTES = 64 * MIB
/** More than fit into the largest index. */
const MOST_ENTRIES = MAX_INDEX_BYTES / 60

/**
 * Reads the paths that git tracks from the index of a working tree. Returns none if there is no readable index.
 * `hashBytes` is the length of object ids.
 */
export function readTrackedPaths(gitFolder: string, hashBytes: 20 | 32): TrackedPaths {
  const index = readIndex(join(gitFolder, 'index'), hashBytes)
  if (index === undefined) return new TrackedPaths([])
  const base = index.base && readIndex(join(gitFolder, `sharedindex.${index.base.name}`), hashBytes)
  return new TrackedPaths(base ? [index.paths, { ...base.paths, removed: index.base?.removed }] : [index.paths])
}

/** Paths in the order of their bytes, each a part of `bytes`. */
interface SortedPaths {
  readonly bytes: Buffer
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** Numbers of removed entries. */
  readonly removed?: Bits | undefined
}

export class TrackedPaths {
  readonly #parts: readonly SortedPaths[]

  constructor(parts: readonly SortedPaths[]) {
    this.#parts = parts
  }

  /** Yields the paths in any order. */
  *[Symbol.iterator](): Generator<string> {
    for (const paths of this.#parts) {
      for (let at = 0; at < paths.starts.length; at++) if (counts(paths, at)) yield pathAt(paths, at).toString()
    }
  }

  /** Yields the paths that only one of the two has. */
  *differences(others: TrackedPaths): Generator<string> {
    const left = new Set(others)
    for (const path of this) if (!left.delete(path)) yield path
    yield* left
  }

  /** Whether a file or submodule is tracked. */
  has(path: string): boolean {
    const wanted = Buffer.from(path)
    return this.#parts.some((paths) => {
      const at = firstNotBefore(paths, wanted)
      return counts(paths, at) && wanted.equals(pathAt(paths, at))
    })
  }

  /** Whether a folder is a submodule or contains tracked files. */
  hasWithin(folder: string): boolean {
    const beginning = Buffer.from(`${folder}/`)
    return this.has(folder) || this.#parts.some((paths) => hasBeginning(paths, beginning))
  }
}

const pathAt = ({ bytes, starts, ends }: SortedPaths, at: number) => bytes.subarray(starts[at], ends[at])

const counts = ({ starts, removed }: SortedPaths, at: number) => at < starts.length && !removed?.has(at)

function hasBeginning(paths: SortedPaths, beginning: Buffer): boolean {
  for (let at = firstNotBefore(paths, beginning); at < paths.starts.length; at++) {
    if (!pathAt(paths, at).subarray(0, beginning.length).equals(beginning)) return false
    if (counts(paths, at)) return true
  }
  return false
}

function firstNotBefore(paths: SortedPaths, wanted: Buffer): number {
  let from = 0
  for (let to = paths.starts.length; from < to; ) {
    const middle = (from + to) >> 1
    if (Buffer.compare(pathAt(paths, middle), wanted) < 0) from = middle + 1
    else to = middle
  }
  return from
}

interface GitIndex {
  readonly paths: SortedPaths
  /** For a split index: the name of its base, and which entries of the base are removed. */
  readonly base?: { readonly name: string; readonly removed: Bits }
}

/** Returns undefined if there is no index, or its format is unknown. */
function readIndex(path: string, hashBytes: number): GitIndex | undefined {
  const file = readRegularFile(path, MAX_INDEX_BYTES)
  if ('fault' in file || file.bytes.length > MAX_INDEX_BYTES) return undefined
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length)
  try {
    return new IndexReader(bytes, hashBytes).read()
  } catch (error) {
    // The file is truncated.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const HEADER_BYTES = 12
/** Bytes before the object id: two times of eight bytes, then six numbers, of which the third is the mode. */
const STAT_BYTES = 40
const MODE_AT = 24
const SPARSE_FOLDER = 0o040000
const EXTENDED = 0x4000
const LONGEST_TOLD = 0xfff

/** Reads an index of version 2 to 4, as described in gitformat-index. */
class IndexReader {
  readonly #bytes: Buffer
  readonly #hashBytes: number
  #at = HEADER_BYTES

  constructor(bytes: Buffer, hashBytes: number) {
    this.#bytes = bytes
    this.#hashBytes = hashBytes
  }

  read(): GitIndex | undefined {
    const version = this.#bytes.readUInt32BE(4)
    if (this.#bytes.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return undefined
    const count = Math.min(this.#bytes.readUInt32BE(8), this.#bytes.length / STAT_BYTES)
    const paths = version === 4 ? this.#compressedPaths(count) : this.#plainPaths(count)
    return { paths, ...this.#base() }
  }

  /** Reads whole paths, each followed by one to eight NULs. */
  #plainPaths(count: number): SortedPaths {
    const starts = new Uint32Array(count)
    const ends = new Uint32Array(count)
    let paths = 0
    for (let entry = 0; entry < count; entry++) {
      const from = this.#at
      const { isFolder, told } = this.#enterName()
      const end = told < LONGEST_TOLD ? this.#at + told : this.#nulAfter(this.#at)
      if (!isFolder) {
        starts[paths] = this.#at
        ends[paths++] = end
      }
      this.#at = end + 8 - ((end - from) % 8)
    }
    return { bytes: this.#bytes, starts: starts.subarray(0, paths), ends: ends.subarray(0, paths) }
  }

  /** Reads paths stored as how much of the previous path's end to remove, and what to append. */
  #compressedPaths(count: number): SortedPaths {
    const paths: Buffer[] = []
    let path = Buffer.alloc(0)
    let size = 0
    for (let entry = 0; entry < count; entry++) {
      const { isFolder } = this.#enterName()
      const kept = path.length - this.#number()
      const end = this.#nulAfter(this.#at)
      path = Buffer.concat([path.subarray(0, Math.max(0, kept)), this.#bytes.subarray(this.#at, end)])
      this.#at = end + 1
      size += path.length
      if (size > MAX_PATH_BYTES) throw new RangeError('The paths are longer together than any tree has')
      if (!isFolder) paths.push(path)
    }
    const ends = new Uint32Array(paths.length)
    let end = 0
    for (const [at, { length }] of paths.entries()) {
      end += length
      ends[at] = end
    }
    return { bytes: Buffer.concat(paths), starts: ends.map((each, at) => each - (paths[at]?.length ?? 0)), ends }
  }

  /** Moves to the name of an entry. In a sparse index, a folder may stand for everything in it. */
  #enterName(): { readonly isFolder: boolean; readonly told: number } {
    const mode = this.#bytes.readUInt32BE(this.#at + MODE_AT)
    this.#at += STAT_BYTES + this.#hashBytes
    const flags = this.#bytes.readUInt16BE(this.#at)
    this.#at += (flags & EXTENDED) === 0 ? 2 : 4
    return { isFolder: mode === SPARSE_FOLDER, told: flags & LONGEST_TOLD }
  }

  #nulAfter(at: number): number {
    const end = this.#bytes.indexOf(0, at)
    if (end < 0) throw new RangeError('A path has no end')
    return end
  }

  #number(): number {
    let byte = this.#bytes.readUInt8(this.#at++)
    let value = byte & 127
    while ((byte & 128) !== 0) {
      byte = this.#bytes.readUInt8(this.#at++)
      value = (value + 1) * 128 + (byte & 127)
    }
    return value
  }

  #base(): Pick<GitIndex, 'base'> {
    while (this.#at + 8 + this.#hashBytes <= this.#bytes.length) {
      const name = this.#bytes.toString('latin1', this.#at, this.#at + 4)
      const start = this.#at + 8
      this.#at = start + this.#bytes.readUInt32BE(start - 4)
      if (name !== 'link') continue
      const bitmap = start + this.#hashBytes
      return {
        base: {
          name: this.#bytes.toString('hex', start, bitmap),
          removed: bitmap < this.#at ? this.#bits(bitmap) : new Bits(0),
        },
      }
    }
    return {}
  }

  /** Reads an EWAH bitmap, which consists of runs of equal words and literal words. */
  #bits(at: number): Bits {
    const count = this.#bytes.readUInt32BE(at)
    if (count > MOST_ENTRIES) throw new RangeError('More entries are removed than an index can have')
    const words = this.#bytes.readUInt32BE(at + 4)
    const wordAt = (word: number) => this.#bytes.readBigUInt64BE(at + 8 + 8 * word)
    const bits = new Bits(count)
    let bit = 0
    for (let word = 0; word < words && bit < count; ) {
      const marker = wordAt(word++)
      const run = 64 * Number((marker >> 1n) & 0xffffffffn)
      if ((marker & 1n) === 1n) bits.setFrom(bit, Math.min(bit + run, count))
      bit += run
      for (const end = Math.min(words, word + Number(marker >> 33n)); word < end; bit += 64) {
        bits.setWord(bit, wordAt(word++))
      }
    }
    return bits
  }
}

/** A set of numbers below a limit. */
class Bits {
  readonly #bytes: Uint8Array

  constructor(count: number) {
    this.#bytes = new Uint8Array(Math.ceil(count / 8))
  }

  set(number: number): void {
    const byte = number >> 3
    if (byte < this.#bytes.length) this.#bytes[byte] = (this.#bytes[byte] as number) | (1 << (number & 7))
  }

  setFrom(first: number, end: number): void {
    for (let number = first; number < end; number++) this.set(number)
  }

  setWord(first: number, word: bigint): void {
    for (let bit = 0; bit < 64; bit++) if (((word >> BigInt(bit)) & 1n) === 1n) this.set(first + bit)
  }

  has(number: number): boolean {
    return (((this.#bytes[number >> 3] ?? 0) >> (number & 7)) & 1) === 1
  }
}
