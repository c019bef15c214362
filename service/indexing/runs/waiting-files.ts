import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Candidate } from '../analysis.ts'

const FILES_A_PACK = 1000

/** Files waiting to be analysed, in order. They are kept compressed, because there may be hundreds of thousands. */
export class WaitingFiles implements Iterable<Candidate> {
  readonly #packs: Uint8Array[] = []
  #last: Candidate[] = []

  add(file: Candidate): void {
    this.#last.push(file)
    if (this.#last.length < FILES_A_PACK) return
    // A copy, because the original is in a buffer of 64 KiB.
    this.#packs.push(new Uint8Array(zstdCompressSync(JSON.stringify(this.#last))))
    this.#last = []
  }

  *[Symbol.iterator](): Generator<Candidate> {
    for (const pack of this.#packs) yield* JSON.parse(zstdDecompressSync(pack).toString()) as Candidate[]
    yield* this.#last
  }
}
