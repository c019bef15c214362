import type { AnalysedChunk } from '../analysis.ts'
import { CHUNK_LIMITS, type ChunkLimits, fits } from './chunk-limits.ts'
import type { Grammar } from './grammars.ts'
import { markdownOutline } from './markdown.ts'
import { outline } from './outline.ts'
import { cutIntoPieces, type Piece } from './pieces.ts'
import type { TextLines } from './text-lines.ts'

export interface Chunk extends Omit<AnalysedChunk, 'hash'> {
  /** All names defined inside, without their owners. */
  readonly definitions: readonly string[]
  readonly text: string
}

export interface ChunkOptions {
  readonly language: string
  readonly grammar?: Grammar | undefined
  readonly parseLimitMs?: number
  readonly limits?: ChunkLimits
}

/** Whole lines along the syntax; the chunks do not overlap, and only blank lines are in none of them. */
export function chunksOf(lines: TextLines, options: ChunkOptions): Chunk[] {
  const limits = options.limits ?? CHUNK_LIMITS
  return joined(piecesOf(lines, options, limits), lines, limits).flatMap((chunk) => trimmed(chunk, lines) ?? [])
}

const PARSE_LIMIT_MS = 1_500

function piecesOf(lines: TextLines, { language, grammar, parseLimitMs }: ChunkOptions, limits: ChunkLimits): Piece[] {
  if (language === 'markdown') return cutIntoPieces(markdownOutline(lines), lines, limits, { kind: 'lines' })
  const tree = grammar?.parse(lines.text, parseLimitMs ?? PARSE_LIMIT_MS)
  if (grammar === undefined || tree === undefined) return cutIntoPieces([], lines, limits, { kind: 'lines' })
  try {
    return cutIntoPieces(outline(tree, grammar.roles, lines, limits.most), lines, limits, { kind: 'module' })
  } finally {
    tree.delete()
  }
}

/** Pieces that became one chunk; the largest of them that has a symbol speaks for it. */
interface Joined extends Piece {
  readonly mainSize: number
}

function joined(pieces: readonly Piece[], lines: TextLines, { target, most, tiny }: ChunkLimits): Joined[] {
  const isTiny = ({ from, to }: Piece) => lines.size(from, to) < tiny
  const canFollow = (last: Piece, next: Piece) => (isTiny(next) && !next.head) || isTiny(last)
  const measured = pieces.map((piece) => ({
    ...piece,
    mainSize: piece.symbol === undefined ? 0 : lines.size(piece.from, piece.to),
  }))
  const joinWhere = (all: readonly Joined[], belong: (last: Joined, next: Joined) => boolean) => {
    const chunks: Joined[] = []
    for (const next of all) {
      const last = chunks.at(-1)
      if (last !== undefined && belong(last, next)) chunks[chunks.length - 1] = join(last, next, isTiny(last))
      else chunks.push(next)
    }
    return chunks
  }
  const near = joinWhere(
    measured,
    (last, next) => (last.owner === next.owner || canFollow(last, next)) && fits(lines, last.from, next.to, target),
  )
  return joinWhere(near, (last, next) => canFollow(last, next) && fits(lines, last.from, next.to, most))
}

function join(last: Joined, next: Joined, lastIsTiny: boolean): Joined {
  const main = next.mainSize > last.mainSize ? next : last
  return {
    ...main,
    from: last.from,
    to: next.to,
    owner: lastIsTiny ? next.owner : last.owner,
    head: last.head,
    definitions: [...last.definitions, ...next.definitions],
  }
}

function trimmed({ from, to, kind, symbol, definitions }: Piece, lines: TextLines): Chunk | undefined {
  let first = from
  let last = to
  while (first <= last && lines.isBlank(first)) first++
  while (last > first && lines.isBlank(last)) last--
  if (first > last) return undefined
  return {
    startLine: first + 1,
    endLine: last + 1,
    kind,
    ...(symbol && { symbol }),
    definitions: [...new Set(definitions)],
    text: lines.slice(first, last),
  }
}
