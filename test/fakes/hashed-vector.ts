/** Returns the words of a text, including those within camelCase and snake_case names. */
export function wordsOf(text: string): string[] {
  return text.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\sA-Za-z\d_]/g)?.map((word) => word.toLowerCase()) ?? []
}

/** Returns a bag of words as a unit vector. Texts that share words are close. Deterministic. */
export function hashedVector(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0)
  for (const word of wordsOf(text)) {
    const hash = hashOf(word)
    const at = hash % dimensions
    vector[at] = (vector[at] ?? 0) + (hash & 0x80000000 ? -1 : 1)
  }
  const norm = Math.hypot(...vector)
  return norm === 0 ? vector.map((_, at) => (at === 0 ? 1 : 0)) : vector.map((value) => value / norm)
}

/** FNV-1a, 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193) >>> 0
  return hash
}
