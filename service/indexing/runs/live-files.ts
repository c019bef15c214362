import type { LiveFile } from '../../store/files.ts'
import type { SegmentSize } from './small-segments.ts'

/**
 * The visible files of a repository, each with its place in the order of addition. They are kept in columns, because a
 * run over hundreds of thousands of files holds them until its end.
 */
export class LiveFiles {
  readonly #places = new Map<string, number>()
  readonly #segmentIds = new Column()
  readonly #documents = new Column()
  /** End of each file's stamp in all stamps. */
  readonly #stampEnds = new Column()
  readonly #stamps: Buffer[] = []
  readonly #firstOfPage: number[] = []

  static of(files: Iterable<LiveFile>): LiveFiles {
    const live = new LiveFiles()
    live.add([...files])
    return live
  }

  /** Adds files, except at paths that are already known. */
  add(files: readonly LiveFile[]): void {
    const stamps: string[] = []
    let end = 0
    this.#firstOfPage.push(this.#places.size)
    for (const { path, stamp, segmentId, documents } of files) {
      if (this.#places.has(path)) continue
      this.#places.set(path, this.#places.size)
      this.#segmentIds.push(segmentId)
      this.#documents.push(documents)
      end += Buffer.byteLength(stamp)
      this.#stampEnds.push(end)
      stamps.push(stamp)
    }
    this.#stamps.push(Buffer.from(stamps.join('')))
  }

  get size(): number {
    return this.#places.size
  }

  /** Returns undefined if no file at the path is visible. */
  placeOf(path: string): number | undefined {
    return this.#places.get(path)
  }

  segmentOf(place: number): number {
    return this.#segmentIds.at(place)
  }

  stampOf(place: number): string {
    const page = this.#firstOfPage.findLastIndex((first) => first <= place)
    const isFirst = place === this.#firstOfPage[page]
    const start = isFirst ? 0 : this.#stampEnds.at(place - 1)
    return (this.#stamps[page] as Buffer).toString('utf8', start, this.#stampEnds.at(place))
  }

  paths(): Iterable<string> {
    return this.#places.keys()
  }

  /** Returns all paths with their places. */
  entries(): Iterable<readonly [path: string, place: number]> {
    return this.#places.entries()
  }

  /** Returns the sizes of the files' segments, without bytes. */
  segmentSizes(): SegmentSize[] {
    const sizes = new Map<number, { segmentId: number; files: number; documents: number }>()
    for (let place = 0; place < this.size; place++) {
      const segmentId = this.segmentOf(place)
      const size = sizes.get(segmentId) ?? { segmentId, files: 0, documents: 0 }
      size.files++
      size.documents += this.#documents.at(place)
      sizes.set(segmentId, size)
    }
    return [...sizes.values()]
  }
}

/** A growing list of 32-bit numbers. */
class Column {
  #numbers = new Int32Array(1 << 10)
  #length = 0

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Int32Array(2 * this.#numbers.length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#length++] = number
  }

  at(place: number): number {
    return this.#numbers[place] as number
  }
}
