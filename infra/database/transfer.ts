import { readFileSync } from 'node:fs'

/** Folders of sockets that the old and the new Postgres share. Some builds use /tmp. */
export const SOCKETS = '/var/run/postgresql'
export const SOCKETS_OF_BOTH = `${SOCKETS},/tmp`

/** Ports of the old and the new Postgres while both run. */
export const FORMER_PORT = 5432
export const NEXT_PORT = 5433

/** Exit codes of the script if the old or the new Postgres did not become ready. Its log says why. */
export const FORMER_NOT_READY = 11
export const NEXT_NOT_READY = 12

/**
 * Bash script that copies roles and database from the port $FROM to the port $TO. Runs in the image of the old version.
 */
export const TRANSFER = readFileSync(new URL('./transfer.sh', import.meta.url), 'utf8')
