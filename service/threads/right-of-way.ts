import { setTimeout as delay } from 'node:timers/promises'

/** Counts the questions that are being answered, in memory that all threads can read. */
export class Questions {
  readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  readonly #count = new Int32Array(this.memory)

  /** Counts a question until it is answered or fails. */
  readonly during = async <Answer>(answer: () => Promise<Answer>): Promise<Answer> => {
    Atomics.add(this.#count, 0, 1)
    try {
      return await answer()
    } finally {
      Atomics.sub(this.#count, 0, 1)
    }
  }
}

/** Resolves when a step of background work may begin. */
export type Turn = () => Promise<void>

/** How long steps wait in a row, and how long they need not wait afterwards: a third of the time is theirs. */
const HELD_MS = 100
const OPEN_MS = 50
const LOOK_MS = 2

/** How time passes. */
interface Clock {
  /** Milliseconds. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<unknown>
}

const CLOCK: Clock = { now: () => performance.now(), pause: (ms) => delay(ms) }

/**
 * Returns what steps of background work await before they begin: that no question is being answered. However many
 * questions there are, steps may begin for a third of the time.
 */
export function givingWay(memory: SharedArrayBuffer, { now, pause }: Clock = CLOCK): Turn {
  const count = new Int32Array(memory)
  let heldSince: number | undefined
  let openUntil = Number.NEGATIVE_INFINITY

  const mayBegin = (): boolean => {
    const at = now()
    if (Atomics.load(count, 0) > 0 && at >= openUntil) {
      heldSince ??= at
      if (at - heldSince < HELD_MS) return false
      openUntil = at + OPEN_MS
    }
    heldSince = undefined
    return true
  }
  return async () => {
    while (!mayBegin()) await pause(LOOK_MS)
  }
}
