/** Chooses how many texts to send at once, so that a request takes about the target time. */
export interface BatchSize {
  current(): number
  observe(texts: number, tookMs: number): void
}

export function makeBatchSize(targetMs: number, max: number): BatchSize {
  let size = Math.min(8, max)
  return {
    current: () => size,
    observe: (texts, tookMs) => {
      const fitting = texts * Math.min(2, Math.max(0.5, targetMs / Math.max(1, tookMs)))
      // A small last batch says little about larger ones.
      if (texts >= size || fitting < size) size = Math.min(max, Math.max(1, Math.round(fitting)))
    },
  }
}
