import { Fault } from '../errors.ts'

const ATTEMPTS = 3

/**
 * What `attempt` gives once nothing that it reads has been replaced meanwhile, which it tells by giving undefined. So no
 * transaction has to stay open while texts are searched.
 * @throws Fault `overloaded` where that happens over and over
 */
export async function untilSettled<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Fault('overloaded', 'What was found kept being replaced while it was read', 'Ask again in a moment')
}
