import { setTimeout as delay } from 'node:timers/promises'
import { SECOND } from '../units.ts'
import { slow, unanswered } from './faults.ts'

/** Vectors of questions: cached, requested once for concurrent callers, and waited for only briefly. */
export interface QueryVectors {
  /** @throws Fault `embedder_unavailable` if the vector does not arrive in time. It is still fetched for later */
  readonly get: (text: string, signal?: AbortSignal) => Promise<Float32Array>
}

export interface QueryVectorsOptions {
  readonly url: string
  readonly fetch: (text: string) => Promise<Float32Array>
  readonly now: () => number
  readonly patienceMs: number
  readonly remembered: number
}

/** How many times longer than usual an answer may take, and the limit of the resulting wait. */
const TIMES_USUAL = 3
const FORGETTING = 0.02
export const LONGEST_PATIENCE_MS = 1 * SECOND

export function makeQueryVectors({ url, fetch, now, patienceMs, remembered }: QueryVectorsOptions): QueryVectors {
  const known = new Map<string, Float32Array>()
  const pending = new Map<string, Promise<Float32Array>>()
  const overdue = new Set<string>()
  let usualMs = 0

  const start = (text: string): Promise<Float32Array> => {
    const startedAt = now()
    const answer = fetch(text)
      .then((vector) => {
        const tookMs = now() - startedAt
        // The usual time is that of an idle Ollama, so short times count at once.
        usualMs = usualMs === 0 || tookMs < usualMs ? tookMs : usualMs + (tookMs - usualMs) * FORGETTING
        remember(known, text, vector, remembered)
        return vector
      })
      .finally(() => {
        pending.delete(text)
        overdue.delete(text)
      })
    // There may be no waiting caller left when it fails.
    answer.catch(() => {})
    pending.set(text, answer)
    return answer
  }

  const late = (why: string) => (usualMs === 0 ? unanswered(url, why) : slow(url, why))

  const waitFor = async (text: string, answer: Promise<Float32Array>, signal?: AbortSignal): Promise<Float32Array> => {
    const patience = Math.max(patienceMs, Math.min(LONGEST_PATIENCE_MS, usualMs * TIMES_USUAL))
    const done = new AbortController()
    const signals = signal === undefined ? [done.signal] : [done.signal, signal]
    const timer = delay(patience, undefined, { signal: AbortSignal.any(signals) })
    try {
      const winner = await Promise.race([answer, timer])
      if (winner !== undefined) return winner
      if (pending.has(text)) overdue.add(text)
      throw late(`had no vector for the question within ${Math.round(patience)} ms`)
    } finally {
      done.abort()
      timer.catch(() => {})
    }
  }

  return {
    get: async (text, signal) => {
      const vector = known.get(text)
      if (vector !== undefined) {
        remember(known, text, vector, remembered)
        return vector
      }
      if (overdue.size > 0) throw late('has not answered an earlier question')
      return waitFor(text, pending.get(text) ?? start(text), signal)
    },
  }
}

/** Keeps the most recently used entries. A Map iterates in order of insertion. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.keys().next()
  if (map.size > most && !oldest.done) map.delete(oldest.value)
}
