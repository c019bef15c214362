import { unlessAborted, whileWanted } from '../../deadline.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { SemanticLeg, SemanticQuestion } from './leg.ts'
import type { Likeness } from './likeness.ts'

/** How long an answer waits for the leg and, if there are vectors in memory, for new ones. */
const BUDGET_MS = 600
const NEW_VECTORS_MS = 10

export interface SemanticAnswer {
  /** Results by model, the package's own first. */
  readonly likenesses: readonly Likeness[]
  /** Why no model answered. */
  readonly degraded?: string
}

/** Returns what the semantic leg finds within its budget. If it fails or is late, only this leg is missing. */
export async function askWithinBudget(
  leg: SemanticLeg | undefined,
  question: SemanticQuestion,
  log: Log,
  caller?: AbortSignal,
): Promise<SemanticAnswer> {
  if (leg === undefined) return { likenesses: [], degraded: 'There are no vectors: results are by words only' }
  const timeout = AbortSignal.timeout(BUDGET_MS)
  const signal = caller === undefined ? timeout : AbortSignal.any([timeout, caller])
  // What it loads serves later questions too.
  const holds = leg.holds(question)
  const updated = whileWanted(undefined, () => leg.update(question, !holds))
  const patience = holds ? AbortSignal.any([signal, AbortSignal.timeout(NEW_VECTORS_MS)]) : signal
  await unlessAborted(updated, patience).catch((error: unknown) => {
    if (!caller?.aborted && !isTimeout(error)) log.warn({ error }, 'New vectors could not be read')
  })
  let reason: string | undefined
  const asked = unlessAborted(leg.served(question, signal), signal).catch((error: unknown) => {
    if (!(error instanceof Fault) && !signal.aborted) log.warn({ error }, 'The semantic leg failed')
    reason = error instanceof Fault ? error.message : 'The semantic search failed'
    if (isTimeout(error)) reason = `The question's embedding took longer than ${BUDGET_MS} ms`
    return undefined
  })
  const both = await Promise.all([leg.own(question, caller), asked])
  const likenesses = both.filter((likeness) => likeness !== undefined)
  if (likenesses.length > 0) return { likenesses }
  const without = leg.holds(question)
    ? 'No word of the question is known to the model in the package'
    : 'The chunks have no vectors yet'
  return { likenesses, degraded: `${reason ?? without}: results are by words only` }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}
