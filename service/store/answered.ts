import { inTime } from '../deadline.ts'
import { Fault } from '../errors.ts'
import { SECOND } from '../units.ts'

/**
 * Waits for work of one or two statements, which takes longer only if the database is away or hangs.
 * @throws Fault `database_unavailable`
 */
export async function answeredWithin<Result>(limitMs: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await inTime(limitMs, work)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'deadline_exceeded') throw error
    throw new Fault(
      'database_unavailable',
      `The database does not answer within ${limitMs / SECOND} s`,
      'Check that the database runs and that the network path to it is open; its log may show the cause',
      { cause: error },
    )
  }
}
