import { Interrupted, Refused } from '../faults.ts'
import { type BesideTools, dropBeside, type Ledger, ledgerBeside, load, makeBeside, refuseASecond } from './beside.ts'
import { dropBefore, isBeforeThere, putBack, putInPlace } from './exchange.ts'

/** Containers that use the database: the server, and the worker if there is one. */
interface Service {
  stop(): Promise<void>
  /**
   * Starts the containers and waits until the server is ready.
   * @throws Refused with its last lines if it fails instead
   */
  start(signal?: AbortSignal): Promise<void>
}

export interface RestoreTools extends BesideTools {
  readonly service: Service
  /** Version of the newest migration that this code knows. */
  readonly newest: number
  readonly note: (line: string) => void
}

/**
 * Replaces the database with a backup. The old database is kept until the server is ready on the new one. If the
 * restore fails or is interrupted before that, the server returns to the old one.
 * @throws Refused, Interrupted
 */
export async function restoreDatabase(path: string, bytes: number, tools: RestoreTools): Promise<void> {
  const { database, service, signal, note } = tools
  await refuseASecond(tools)
  if (await isBeforeThere(database)) {
    note('An earlier restore was interrupted. Putting the previous database back first.')
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
    note('Putting the old database back.')
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
    `The backup has migration ${version}, but this version knows only migrations up to ${newest}: restore it with the version that made it, or a newer one`,
  )
}

const asTold = (error: unknown, signal: AbortSignal) =>
  signal.aborted ? new Interrupted('Interrupted: the database is unchanged and in use') : error
