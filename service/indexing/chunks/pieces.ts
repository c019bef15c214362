import type { DefinedName } from '../../store/chunks.ts'
import { type ChunkLimits, fits } from './chunk-limits.ts'
import { lineWindows } from './line-windows.ts'
import type { OutlineItem } from './outline.ts'
import type { TextLines } from './text-lines.ts'

/** What stays together when chunks are made: whole lines, counted from 0. */
export interface Piece {
  readonly from: number
  to: number
  /** The definition that was cut and of which this is a part. */
  readonly owner: Owner
  /** Whether it starts a definition that was cut. */
  head: boolean
  readonly symbol?: string
  readonly kind: string
  definitions: DefinedName[]
  /** Where the definition that it belongs to is named. */
  readonly line?: number
}

export interface Owner {
  readonly symbol?: string
  readonly kind: string
  readonly line?: number
}

/** Cuts what is too large along the outline; the pieces are every line from the first to the last. */
export function cutIntoPieces(
  items: readonly OutlineItem[],
  lines: TextLines,
  limits: ChunkLimits,
  root: Owner,
): Piece[] {
  const cutter = new Cutter(lines, limits)
  cutter.cut(items, 0, lines.count - 1, root)
  return cutter.pieces
}

interface Named {
  readonly owner: Owner
  readonly own: Owner
  readonly definitions: readonly DefinedName[]
}

/** Lines are counted from 0 here, as all lines of pieces. */
class Cutter {
  readonly pieces: Piece[] = []
  readonly #lines: TextLines
  readonly #limits: ChunkLimits

  constructor(lines: TextLines, limits: ChunkLimits) {
    this.#lines = lines
    this.#limits = limits
  }

  cut(items: readonly OutlineItem[], from: number, to: number, owner: Owner): void {
    const before = this.pieces.length
    let line = from
    for (const item of items) {
      if (Math.min(item.to, to) < line) {
        // It stands on lines that are taken already.
        const last = this.pieces.at(-1)
        if (last !== undefined) last.definitions.push(...this.#namesIn(item, owner))
      } else {
        this.#place(item, line, Math.min(item.to, to), owner)
        line = item.to + 1
      }
    }
    if (line > to) return
    const last = this.pieces.at(-1)
    const follows =
      this.pieces.length > before && last !== undefined && fits(this.#lines, last.from, to, this.#limits.most)
    if (follows) last.to = to
    else this.#add(line, to, { owner, own: owner, definitions: [] })
  }

  #place(item: OutlineItem, from: number, to: number, owner: Owner): void {
    const { definition } = item
    const names = this.#namesOf(item, owner)
    const own = definition === undefined || names[0] === undefined ? owner : { ...names[0], kind: definition.kind }
    const limit = definition?.holdsDefinitions && !isList(item) ? this.#limits.target : this.#limits.most
    if (item.items.length === 0 || fits(this.#lines, from, to, limit)) {
      this.#add(from, to, { owner, own, definitions: this.#namesIn(item, owner) })
      return
    }
    const at = this.pieces.length
    this.cut(item.items, from, to, own)
    const head = this.pieces[at]
    if (definition === undefined || head === undefined) return
    head.head = true
    if (adds(item, owner)) return
    const named = this.pieces.slice(at).find((piece) => piece.to >= (names[0]?.line ?? 0)) ?? head
    named.definitions = [...names, ...named.definitions]
  }

  /** The names of an item, and those inside of it. */
  #namesIn(item: OutlineItem, owner: Owner): DefinedName[] {
    const names = this.#namesOf(item, owner)
    return [
      ...(adds(item, owner) ? [] : names),
      ...item.items.flatMap((inner) => this.#namesIn(inner, names[0] ? { ...owner, ...names[0] } : owner)),
    ]
  }

  #namesOf({ definition, at, to }: OutlineItem, owner: Owner): DefinedName[] {
    return (definition?.names ?? []).map((name) => ({
      symbol: owner.symbol === undefined ? name : `${owner.symbol}.${name}`,
      line: this.#lines.lineOf(lastName(name), at, to),
      ...(definition && { kind: definition.kind }),
      endLine: to,
    }))
  }

  #add(from: number, to: number, { owner, own, definitions }: Named): void {
    lineWindows(this.#lines, from, to, this.#limits).forEach((window, index) => {
      const isLast = window.to === to
      const inside = definitions.filter(
        ({ line }) => (line >= window.from || index === 0) && (line <= window.to || isLast),
      )
      this.pieces.push({ ...window, ...own, owner, head: false, definitions: inside })
    })
  }
}

/** Whether it is an enum of nothing but members. */
const isList = ({ definition, items }: OutlineItem) =>
  definition?.kind === 'enum' && items.every((item) => (item.definition?.kind ?? 'member') === 'member')

/** Whether it adds to what is defined elsewhere, as a block of members or a constructor does, and so defines no name. */
const adds = ({ definition }: OutlineItem, { symbol = '' }: Owner) =>
  definition?.kind === 'impl' ||
  definition?.kind === 'extension' ||
  (definition?.kind === 'method' && definition.names[0] === lastName(symbol))

const lastName = (name: string) => name.slice(name.lastIndexOf('.') + 1)
