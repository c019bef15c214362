import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import type { SemanticHit, SemanticLeg, SemanticQuery } from './contract.ts'

const BUDGET_MS = 600

export interface SemanticAnswer {
  /** Undefined where the leg did not answer. */
  readonly hits?: readonly SemanticHit[]
  /** Why it did not, or not wholly. */
  readonly degraded?: string
}

/** What the semantic leg finds within its budget; that it fails or is late costs this leg only. */
export async function askWithinBudget(
  leg: SemanticLeg | undefined,
  query: SemanticQuery,
  log: Log,
  caller?: AbortSignal,
): Promise<SemanticAnswer> {
  if (leg === undefined) return { degraded: 'Embeddings are switched off: results are by words only' }
  const timeout = AbortSignal.timeout(BUDGET_MS)
  const signal = caller === undefined ? timeout : AbortSignal.any([timeout, caller])
  try {
    const { hits, incomplete } = await Promise.race([leg.nearest(query, signal), rejectedOnAbort(signal)])
    return { hits, ...(incomplete === undefined ? {} : { degraded: incomplete }) }
  } catch (error) {
    if (timeout.aborted) {
      return { degraded: `The query's embedding took longer than ${BUDGET_MS} ms: results are by words only` }
    }
    if (!(error instanceof Fault)) log.warn({ error }, 'the semantic leg failed')
    const reason = error instanceof Fault ? error.message : 'The semantic search failed'
    return { degraded: `${reason}: results are by words only` }
  }
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  if (signal.aborted) reject(signal.reason)
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}
