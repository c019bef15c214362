import { Fault } from '../errors.ts'

const ATTEMPTS = 3

/**
 * Repeats `attempt` until it returns a value. It returns undefined if something was replaced while it was reading. This
 * way, no transaction stays open while texts are searched.
 * @throws Fault `overloaded` if that happens again and again
 */
export async function untilSettled<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Fault('overloaded', 'The results were replaced each time they were read', 'Try again in a moment')
}
