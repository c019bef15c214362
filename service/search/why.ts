import type { Why } from './contract.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'

/** Why a chunk was found, for who looks at it; `words` are those of the question. */
export function whyFound(
  { file, words, named = 0, likeness = 0, defines }: ScoredChunk,
  all: readonly WeighedWord[],
): Why {
  const stems = all.map(({ stem }) => stem)
  const byBits = (bits: number) => stems.filter((_, at) => ((bits >> at) & 1) === 1)
  const byWords = words !== 0 || named !== 0 || defines === true
  const byMeaning = likeness > 0
  return {
    legs: [...(byWords ? (['lexical'] as const) : []), ...(byMeaning ? (['semantic'] as const) : [])],
    words: byBits(words),
    names: byBits(named),
    path: stems.filter((stem) => file.facts.name.has(stem) || file.facts.folders.has(stem)),
    ...(byMeaning && { likeness: Math.round(likeness * 10) / 10 }),
    ...(defines === true && { defines }),
  }
}
