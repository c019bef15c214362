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
  throw new Fault('overloaded', 'The results were replaced each time they were read', 'Try again in a moment')
}
