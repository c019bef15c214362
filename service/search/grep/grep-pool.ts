import { availableParallelism } from 'node:os'
import { Fault } from '../../errors.ts'
import { ThreadDied } from '../../threads/thread.ts'
import { ThreadPool } from '../../threads/thread-pool.ts'
import { SECOND } from '../../units.ts'
import type { GrepRequest } from '../contract.ts'
import type { GrepSlice, GrepTask } from './grep-thread.ts'
import type { PatternGrams } from './pattern/gram-query.ts'
import { TOP } from './text-scan.ts'

/** The threads that match patterns. */
export type Pool = ThreadPool<GrepTask, GrepSlice>

// The program runs from its sources, or from a bundle with the thread's bundle beside it.
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './grep-thread.ts' : './grep-thread.js', import.meta.url)
export const THREADS = Math.max(2, Math.min(8, availableParallelism() - 1))
/** How long a thread searches lines before other searches get their turn. */
export const SLICE_MS = 25
/** A slice that cannot stop between two lines is ended with its thread after this time. */
export const SLICE_LIMIT_MS = 500

export function makePool(): Pool {
  return new ThreadPool({
    script: SCRIPT,
    purpose: 'searches texts',
    threads: THREADS,
    idleMs: 10 * SECOND,
    kept: 1,
    heapMb: 256,
    // Of what a slice reads, only its matches survive, and one thread is kept all the time.
    youngHeapMb: 6,
  })
}

/**
 * Compiles a pattern. Returns the time that took, and what the index can tell about the pattern. @throws Fault
 * `pattern_invalid`
 */
export async function look(
  pool: Pool,
  { pattern, ignoreCase }: Pick<GrepRequest, 'pattern' | 'ignoreCase'>,
  patience?: AbortSignal,
) {
  const task = { pattern, ignoreCase, context: 0, limit: 1, texts: [], from: TOP, sliceMs: SLICE_MS }
  try {
    const { usedMs, grams = ANYTHING } = await pool.run(task, {
      limitMs: SLICE_LIMIT_MS,
      ...(patience && { patience }),
    })
    return { usedMs, grams }
  } catch (error) {
    if (patience?.aborted === true && error === patience.reason) throw busyFault()
    if (!(error instanceof ThreadDied)) throw error
    if (error.wasHeldUp) throw busyFault()
    const message = `${JSON.stringify(pattern)} is too large a regular expression`
    throw new Fault('pattern_invalid', message, 'Use smaller repetition counts', { cause: error })
  }
}

const ANYTHING: PatternGrams = { withinLine: false }

export function busyFault(): Fault {
  return new Fault(
    'overloaded',
    'All pattern-matching threads are busy with slow patterns',
    'Try again in a second; if this persists, find the client that sends slow patterns',
  )
}
