import type { ScoredChunk } from './ranking.ts'

/** How much the semantic leg counts, 0 to 1: less where the query names things in code. */
export const SEMANTIC_WEIGHT = { question: 0.3, name: 0.1 } as const

/**
 * The chunks of both legs with one score: the weighted sum of each leg's scores, brought to 0 to 1. Ranks alone would let a
 * weak leg outvote a strong one.
 */
export function fuse(
  lexical: readonly ScoredChunk[],
  semantic: readonly ScoredChunk[],
  semanticWeight: number,
): ScoredChunk[] {
  if (semantic.length === 0) return [...lexical]
  const weight = lexical.length === 0 ? 1 : semanticWeight
  const fused = new Map<string, ScoredChunk>()
  const top = lexical.reduce((best, { score }) => Math.max(best, score), 0)
  for (const chunk of lexical) {
    fused.set(keyOf(chunk), { ...chunk, score: ((1 - weight) * chunk.score) / (top || 1) })
  }
  for (const chunk of inUnitRange(semantic)) {
    const known = fused.get(keyOf(chunk))
    fused.set(keyOf(chunk), { ...(known ?? chunk), score: (known?.score ?? 0) + weight * chunk.score })
  }
  return [...fused.values()]
}

/** Cosines of one query lie close together: only how far above the least of them a chunk lies tells something. */
function inUnitRange(chunks: readonly ScoredChunk[]): ScoredChunk[] {
  const scores = chunks.map(({ score }) => score)
  const top = Math.max(...scores)
  const range = top - Math.min(...scores)
  return chunks.map((chunk) => ({ ...chunk, score: range > 0 ? 1 - (top - chunk.score) / range : 1 }))
}

function keyOf({ segmentId, document }: ScoredChunk): string {
  return `${segmentId}:${document}`
}
