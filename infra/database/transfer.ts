import { readFileSync } from 'node:fs'

/** Where a Postgres and the one that takes its database have their sockets: some builds look for them in /tmp. */
export const SOCKETS = '/var/run/postgresql'
export const SOCKETS_OF_BOTH = `${SOCKETS},/tmp`

/** The ports that both listen at while they run beside each other. */
export const FORMER_PORT = 5432
export const NEXT_PORT = 5433

/** For bash, where the former version runs: brings roles and database from the port $FROM to the one at $TO. */
export const TRANSFER = readFileSync(new URL('./transfer.sh', import.meta.url), 'utf8')
