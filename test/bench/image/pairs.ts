/** The measurements of one of the two. */
export type Figures = readonly number[]

export interface Compared {
  readonly recipe: Figures
  readonly ours: Figures
}

type Side = keyof Compared

/** Measures both `count` times in the order A B B A, so that changes in the machine's speed affect both. */
export async function inPairs(
  count: number,
  prepare: (round: number) => Promise<void> | void,
  measure: (side: Side, round: number) => Promise<number>,
): Promise<Compared> {
  const found: Record<Side, number[]> = { recipe: [], ours: [] }
  for (let round = 0; round < count; round++) {
    await prepare(round)
    const order: readonly Side[] = round % 2 === 0 ? ['recipe', 'ours'] : ['ours', 'recipe']
    for (const side of order) found[side].push(await measure(side, round))
  }
  return found
}

export function median(figures: Figures): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
