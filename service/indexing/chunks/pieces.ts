import type { DefinedName } from '../../store/chunks.ts'
import { type ChunkLimits, fits } from './chunk-limits.ts'
import { lineWindows } from './line-windows.ts'
import type { OutlineItem } from './outline.ts'
import { CALLABLE } from './syntax/rule.ts'
import type { TextLines } from './text-lines.ts'

/** Whole lines that stay together in a chunk, counted from 0. */
export interface Piece {
  readonly from: number
  to: number
  /** The divided definition that this is a part of. */
  readonly owner: Owner
  /** Whether it starts a divided definition. */
  head: boolean
  readonly symbol?: string
  readonly kind: string
  definitions: DefinedName[]
  /** Line with the name of the definition that it belongs to. */
  readonly line?: number
}

export interface Owner {
  readonly symbol?: string
  readonly kind: string
  readonly line?: number
}

/** Divides what is too large along the outline. The pieces cover every line from the first to the last. */
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

/** Lines are counted from 0, as in pieces. */
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
        // Its lines are already taken.
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
    const parts = this.pieces.slice(at)
    const pieceAt = (line: number) => parts.find((piece) => piece.to >= line) ?? head
    const named = pieceAt(names[0]?.line ?? 0)
    named.definitions = [...names, ...named.definitions]
    for (const each of this.#fieldsOf(item, names, owner)) pieceAt(each.line).definitions.push(each)
  }

  /** Returns the names of an item and of those inside it. */
  #namesIn(item: OutlineItem, owner: Owner): DefinedName[] {
    const names = this.#namesOf(item, owner)
    return [
      ...(adds(item, owner) ? [] : [...names, ...this.#fieldsOf(item, names, owner)]),
      ...item.items.flatMap((inner) => this.#namesIn(inner, names[0] ? { ...owner, ...names[0] } : owner)),
    ]
  }

  #namesOf({ definition, at, to }: OutlineItem, owner: Owner): DefinedName[] {
    const around = definition?.kind === 'field' ? ownerOfField(owner) : owner.symbol
    return (definition?.names ?? []).map((name) => ({
      symbol: around === undefined ? name : `${around}.${name}`,
      line: this.#lines.lineOf(lastName(name), at, to),
      ...(definition && { kind: definition.kind }),
      endLine: to,
    }))
  }

  /** Returns the fields that a definition names. Those of a method belong to its class. */
  #fieldsOf({ definition }: OutlineItem, [own]: readonly DefinedName[], owner: Owner): DefinedName[] {
    const around = definition?.kind === 'method' ? owner.symbol : own?.symbol
    return (definition?.fields ?? []).map(({ name, line, kind = 'field', isWhole = false }) => ({
      symbol: around === undefined || isWhole || name.includes('.') ? name : `${around}.${name}`,
      line,
      kind,
      endLine: line,
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

/** Whether it is an enum with nothing but members. */
const isList = ({ definition, items }: OutlineItem) =>
  definition?.kind === 'enum' && items.every((item) => (item.definition?.kind ?? 'member') === 'member')

/**
 * Whether it extends a definition made elsewhere, such as a block of members or a constructor, and so defines no name.
 */
const adds = ({ definition }: OutlineItem, { symbol = '', kind }: Owner) =>
  definition?.kind === 'impl' ||
  definition?.kind === 'extension' ||
  ((definition?.kind === 'method' || definition?.kind === 'declaration') &&
    definition.names[0] === lastName(symbol) &&
    !CALLABLE.has(kind))

/** Returns the owner of a field, which is the class if its constructor declares it. */
const ownerOfField = ({ symbol }: Owner) => symbol?.replace(/\.(?:constructor|__construct)$/, '')

const lastName = (name: string) => name.slice(name.lastIndexOf('.') + 1)
