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
  definitions: readonly string[]
}

export interface Owner {
  readonly symbol?: string
  readonly kind: string
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
  readonly definitions: readonly string[]
}

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
        if (last !== undefined) last.definitions = [...last.definitions, ...namesIn(item)]
      } else {
        this.#place(item, line, Math.min(item.to, to), owner)
        line = item.to + 1
      }
    }
    if (line > to) return
    const last = this.pieces.at(-1)
    if (this.pieces.length > before && last !== undefined) last.to = to
    else this.#add(line, to, { owner, own: owner, definitions: [] })
  }

  #place(item: OutlineItem, from: number, to: number, owner: Owner): void {
    const { definition } = item
    const own = definition === undefined ? owner : { symbol: qualified(owner, definition.names), kind: definition.kind }
    const limit = definition?.holdsDefinitions ? this.#limits.target : this.#limits.most
    if (item.items.length === 0 || fits(this.#lines, from, to, limit)) {
      this.#add(from, to, { owner, own, definitions: namesIn(item) })
      return
    }
    const at = this.pieces.length
    this.cut(item.items, from, to, own)
    const head = this.pieces[at]
    if (definition === undefined || head === undefined) return
    head.head = true
    head.definitions = [...definition.names.map(lastName), ...head.definitions]
  }

  #add(from: number, to: number, { owner, own, definitions }: Named): void {
    lineWindows(this.#lines, from, to, this.#limits).forEach((window, index) => {
      this.pieces.push({ ...window, ...own, owner, head: false, definitions: index === 0 ? definitions : [] })
    })
  }
}

function qualified(owner: Owner, names: readonly string[]): string {
  const name = names[0] ?? ''
  return owner.symbol === undefined ? name : `${owner.symbol}.${name}`
}

const lastName = (name: string) => name.slice(name.lastIndexOf('.') + 1)

function namesIn(item: OutlineItem): string[] {
  return [...(item.definition?.names.map(lastName) ?? []), ...item.items.flatMap(namesIn)]
}
