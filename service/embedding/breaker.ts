import { Fault } from '../errors.ts'

/** Remembers for a while that the embedder is down, so that callers do not wait in vain. */
export interface Breaker {
  /**
   * Does the work unless the embedder is known to be down. After a while, lets one call through to check.
   * @throws the fault of the last failure
   */
  whenUp<Result>(work: () => Promise<Result>): Promise<Result>
  /** Does the work in any case, and learns from its result. */
  watch<Result>(work: () => Promise<Result>): Promise<Result>
  /** Whether the latest work found the embedder down. */
  isOpen(): boolean
}

export function makeBreaker(openMs: number, now: () => number): Breaker {
  let lastFault: Fault | undefined
  let openUntil = 0
  let probing = false

  const watch = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await work()
      lastFault = undefined
      return result
    } catch (error) {
      if (error instanceof Fault && error.code === 'embedder_unavailable') {
        lastFault = error
        openUntil = now() + openMs
      }
      throw error
    }
  }

  const probe = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    probing = true
    try {
      return await watch(work)
    } finally {
      probing = false
    }
  }

  return {
    watch,
    isOpen: () => lastFault !== undefined,
    whenUp: async (work) => {
      if (lastFault === undefined) return watch(work)
      if (probing || now() < openUntil) throw lastFault
      return probe(work)
    },
  }
}
