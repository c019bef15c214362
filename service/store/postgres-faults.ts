import pg from 'pg'
import { Fault } from '../errors.ts'
import { stateFault } from './state-faults.ts'

/** SQLSTATEs of permanent refusals: wrong role, password or database. */
const REFUSED = new Set(['28P01', '28000', '3D000', '42501'])
/** SQLSTATEs of temporary refusals, with their remedies. */
const REFUSED_FOR_NOW: Readonly<Record<string, { readonly is: string; readonly remedy: string }>> = {
  '53300': {
    is: 'has no connection left',
    remedy:
      'Raise max_connections of Postgres or the limit of the role, or lower DATABASE_POOL_SIZE or the number of replicas',
  },
  '57P03': {
    is: 'is starting up, shutting down or recovering',
    remedy: 'Wait until it is up; if that takes long, see its log',
  },
}

/** Driver messages about failed TLS negotiation, with their remedies. */
const OF_ENCRYPTION: readonly { readonly says: RegExp; readonly is: string; readonly remedy: string }[] = [
  {
    says: /no pg_hba\.conf entry .*no encryption|SSL connection is required|requires? (SSL|encryption)/i,
    is: 'requires an encrypted connection',
    remedy:
      'Add ?sslmode=verify-full to DATABASE_URL, and &sslrootcert=FILE if no public authority signed the certificate; ?sslmode=require encrypts without verifying the server',
  },
  {
    says: /does not support SSL connections/,
    is: 'offers no encrypted connection',
    remedy: 'Set ssl to on in Postgres, or take sslmode out of DATABASE_URL',
  },
  {
    says: /valid client certificate|certificate authentication failed|certificate required/i,
    is: 'requires a certificate of its client',
    remedy: 'Name one with &sslcert=FILE&sslkey=FILE in DATABASE_URL, or let Postgres accept a password',
  },
  {
    says: /certificate has expired|certificate is not yet valid/i,
    is: 'has a certificate that is not valid now',
    remedy: 'Renew the certificate and let Postgres reload it, or correct the clock of this machine',
  },
  {
    says: /altnames/i,
    is: 'has a certificate for another host',
    remedy: 'Name the host in DATABASE_URL as the certificate does, or issue a certificate for this name',
  },
  {
    says: /certificate/i,
    is: 'has a certificate that is not trusted',
    remedy: 'Name the certificate of its authority with sslrootcert=FILE in DATABASE_URL',
  },
]

/**
 * SQLSTATEs after which the connection is unusable, or leads to a server that has become a standby: class 08, shutdown,
 * startup, too many connections, idle timeouts, read-only.
 */
const LOST = /^(08...|57P0[1-5]|53300|25P0[34]|25006)$/

/** Whether a driver error means that its connection is unusable. */
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

/** Converts an error of a statement for the caller. Returns the driver's own error if the statement is at fault. */
export function statementFault(error: unknown, connectionString: string): unknown {
  if (error instanceof Fault) return error
  const fault = error instanceof pg.DatabaseError && stateFault(error, `Postgres at ${addressOf(connectionString)}`)
  if (fault) return fault
  return isConnectionLost(error) ? connectionFault(error, connectionString) : error
}

/** Converts a failed or broken connection to a fault, without the password. */
export function connectionFault(error: unknown, connectionString: string): Fault {
  if (error instanceof Fault) return error
  const where = addressOf(connectionString)
  const reason = error instanceof Error ? (error as NodeJS.ErrnoException).code || error.message : String(error)
  const message = error instanceof Error ? error.message : ''
  const encryption = OF_ENCRYPTION.find(({ says }) => says.test(message))
  if (encryption !== undefined) {
    const told = `Postgres at ${where} ${encryption.is} (${message})`
    return new Fault('database_not_usable', told, encryption.remedy, { cause: error })
  }
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
    return new Fault('database_unavailable', `Postgres at ${where} ${forNow.is} (${message})`, forNow.remedy, {
      cause: error,
    })
  }
  if (error instanceof pg.DatabaseError) {
    const remedy = 'Let Postgres accept the connection; its log, or that of the pooler in front of it, has the cause'
    return new Fault('database_unavailable', `Postgres at ${where} refuses the connection: ${message}`, remedy, {
      cause: error,
    })
  }
  return new Fault(
    'database_unavailable',
    `Postgres at ${where} does not answer (${reason})`,
    'Check that Postgres runs there and that DATABASE_URL, or DATABASE_HOST and DATABASE_PORT, name it',
    { cause: error },
  )
}

/** Returns host, port and name of a database, without role and password. */
export function addressOf(connectionString: string): string {
  const url = new URL(connectionString)
  return `${url.host}${url.pathname}`
}
