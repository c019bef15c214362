const PLACES = 10

/** nDCG@10 of a list of paths, a path counting at its first place, where every target is worth the same. */
export function ndcg(ranked: readonly string[], targets: readonly string[]): number {
  const wanted = new Set(targets)
  const gains = [...new Set(ranked)].slice(0, PLACES).map((path) => (wanted.has(path) ? 1 : 0))
  const ideal = Array.from({ length: Math.min(PLACES, wanted.size) }, () => 1)
  return wanted.size === 0 ? 0 : discounted(gains) / discounted(ideal)
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0)
}
