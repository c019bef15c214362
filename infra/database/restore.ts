import { Interrupted, Refused } from '../faults.ts'
import { type BesideTools, dropBeside, type Ledger, ledgerBeside, load, makeBeside, refuseASecond } from './beside.ts'
import { dropBefore, isBeforeThere, putBack, putInPlace } from './exchange.ts'

/** The containers that work on the database: the server, and the worker where there is one. */
interface Service {
  stop(): Promise<void>
  /** Starts them, and waits until the server is ready. @throws Refused with its last lines where it ends instead */
  start(signal?: AbortSignal): Promise<void>
}

export interface RestoreTools extends BesideTools {
  readonly service: Service
  /** The newest migration that this code knows. */
  readonly newest: number
  readonly note: (line: string) => void
}

/**
 * Puts a backup in the place of the database. Until the server is ready on it the old database is there, and whatever
 * goes wrong or is interrupted before, it serves again.
 * @throws Refused, Interrupted
 */
export async function restoreDatabase(path: string, bytes: number, tools: RestoreTools): Promise<void> {
  const { database, service, signal, note } = tools
  await refuseASecond(tools)
  if (await isBeforeThere(database)) {
    note('An earlier restore was interrupted: the database from before it is put back first.')
    await service.stop()
    await putBack(database)
    await service.start(signal)
  }
  await loadBeside(path, bytes, tools)
  try {
    await service.stop()
    signal.throwIfAborted()
    await putInPlace(database)
  } catch (error) {
    await service.start()
    await dropBeside(tools)
    throw asTold(error, signal)
  }
  try {
    await service.start(signal)
  } catch (error) {
    note('The old database is put back.')
    await service.stop()
    await putBack(database)
    await service.start()
    throw asTold(error, signal)
  }
  await dropBefore(database)
}

async function loadBeside(path: string, bytes: number, tools: RestoreTools): Promise<void> {
  try {
    await makeBeside(tools)
    await load(path, bytes, tools)
    refuseNewer(await ledgerBeside(tools), tools.newest)
  } catch (error) {
    await dropBeside(tools)
    throw asTold(error, tools.signal)
  }
}

function refuseNewer({ version, breaking }: Ledger, newest: number): void {
  if (breaking <= newest) return
  throw new Refused(
    `The backup has migration ${version}, and this version knows up to ${newest}: restore it with the version that made it, or a newer one`,
  )
}

const asTold = (error: unknown, signal: AbortSignal) =>
  signal.aborted ? new Interrupted('Interrupted: the database is as it was, and the server serves it') : error
