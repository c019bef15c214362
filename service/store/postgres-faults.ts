import pg from 'pg'
import { Fault } from '../errors.ts'
import { stateFault } from './state-faults.ts'

/** SQLSTATEs with which a Postgres refuses for good: a wrong role, password or database. */
const REFUSED = new Set(['28P01', '28000', '3D000', '42501'])
/** SQLSTATEs with which a Postgres refuses for now, and what somebody can do. */
const REFUSED_FOR_NOW: Readonly<Record<string, { readonly is: string; readonly remedy: string }>> = {
  '53300': {
    is: 'has no connection left',
    remedy:
      'Raise max_connections of Postgres or the limit of the role, or lower DATABASE_POOL_SIZE or the number of replicas',
  },
  '57P03': {
    is: 'is starting up, shutting down or recovering',
    remedy: 'Wait until it is up; where that takes long, its log says what it does',
  },
}

/**
 * SQLSTATEs after which the connection is gone or was never made, or is one to a server that has become a standby: class
 * 08, shutting down, starting up, too many, idle for too long.
 */
const LOST = /^(08...|57P0[1-5]|53300|25P0[34]|25006)$/

/** Whether an error of the driver means that its connection cannot be used any more. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return LOST.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  return (
    'syscall' in error ||
    /^Connection terminated|^Query read timeout|^timeout expired|Client has encountered|not queryable/.test(
      error.message,
    )
  )
}

/** What an error of a statement is to the caller: the driver's own where the statement is at fault. */
export function statementFault(error: unknown, connectionString: string): unknown {
  if (error instanceof Fault) return error
  const fault = error instanceof pg.DatabaseError && stateFault(error, `Postgres at ${addressOf(connectionString)}`)
  if (fault) return fault
  return isConnectionLost(error) ? connectionFault(error, connectionString) : error
}

/** What a failed or broken connection is to the caller; the password is never shown. */
export function connectionFault(error: unknown, connectionString: string): Fault {
  if (error instanceof Fault) return error
  const where = addressOf(connectionString)
  const reason = error instanceof Error ? (error as NodeJS.ErrnoException).code || error.message : String(error)
  if (error instanceof pg.DatabaseError && REFUSED.has(error.code ?? '')) {
    return new Fault(
      'database_not_usable',
      `Postgres at ${where} refuses the connection: ${error.message}`,
      'Check the role, password and database name in DATABASE_URL, or DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME',
      { cause: error },
    )
  }
  const forNow = error instanceof pg.DatabaseError ? REFUSED_FOR_NOW[error.code ?? ''] : undefined
  if (forNow !== undefined) {
    const message = `Postgres at ${where} ${forNow.is} (${(error as Error).message})`
    return new Fault('database_unavailable', message, forNow.remedy, { cause: error })
  }
  return new Fault(
    'database_unavailable',
    `Postgres at ${where} does not answer (${reason})`,
    'Check that Postgres runs there and that DATABASE_URL, or DATABASE_HOST and DATABASE_PORT, name it',
    { cause: error },
  )
}

/** Host, port and name of a database, without role and password. */
export function addressOf(connectionString: string): string {
  const url = new URL(connectionString)
  return `${url.host}${url.pathname}`
}
