import type { Hidden } from './settings/hidden.ts'

/** Name of the file with the CA certificate of the database server, in the client's folder of secrets. */
export const CA_FILE = 'ca.crt'

/** Modes that Node's client would treat as "verify-full" unless libpq's meaning is requested. */
const OF_LIBPQ = ['require', 'verify-ca']

/** Returns the `sslmode` of a URL, with what makes Node's client mean by it what libpq does. */
export const sslModeFor = (mode: string) =>
  OF_LIBPQ.includes(mode) ? `sslmode=${mode}&uselibpqcompat=true` : `sslmode=${mode}`

/**
 * Returns a URL that makes a client trust that file. The client verifies the server's name unless the URL sets
 * `sslmode`.
 */
export function trusting(url: Hidden, folder: string): string {
  const text = url.reveal()
  const { searchParams } = new URL(text)
  const mode = searchParams.get('sslmode')
  const isCompatible = searchParams.has('uselibpqcompat') || !OF_LIBPQ.includes(mode ?? '')
  const added = mode === null ? 'sslmode=verify-full&' : isCompatible ? '' : 'uselibpqcompat=true&'
  return `${text}${text.includes('?') ? '&' : '?'}${added}sslrootcert=${folder}/${CA_FILE}`
}

/** What follows the URL of a client that checks the server's certificate and name by that file. */
export const verifying = (folder: string) => `sslmode=verify-full&sslrootcert=${folder}/${CA_FILE}`
