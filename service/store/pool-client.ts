import pg from 'pg'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const
const ENCRYPTION = [...FILES, 'sslmode', 'ssl', 'uselibpqcompat', 'sslnegotiation']

/**
 * Returns the class of a pool's clients. Each one reads the certificates that the URL names anew, because they may have
 * been renewed. While a file cannot be read, the former certificates apply: a client that cannot be constructed would
 * end the process, because the pool also constructs clients outside of calls.
 * @throws Fault `database_not_usable` if a file cannot be read at first
 */
export function poolClient(connectionString: string, log: Pick<Log, 'warn'>): typeof pg.Client {
  const url = new URL(connectionString)
  if (!FILES.some((name) => url.searchParams.has(name))) return pg.Client
  const isDirect = url.searchParams.get('sslnegotiation') === 'direct'
  for (const name of ENCRYPTION) url.searchParams.delete(name)
  let known = encryptionOf(connectionString)
  const renewed = () => {
    try {
      known = encryptionOf(connectionString)
    } catch (error) {
      log.warn({ reason: (error as Fault).message }, 'The former certificate is used')
    }
    return known
  }
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      const plain = { ...config, connectionString: url.href, ssl: renewed() }
      super(isDirect ? { ...plain, sslnegotiation: 'direct' } : plain)
    }
  }
}

/** @throws Fault `database_not_usable` */
function encryptionOf(connectionString: string): pg.Client['ssl'] {
  try {
    return new pg.Client({ connectionString }).ssl
  } catch (error) {
    throw new Fault(
      'database_not_usable',
      `A certificate that the URL of the database names cannot be read (${(error as Error).message})`,
      'Correct sslrootcert, sslcert or sslkey in DATABASE_URL, or let this user read the file',
      { cause: error },
    )
  }
}
