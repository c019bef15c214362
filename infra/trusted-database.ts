import type { Hidden } from './settings/hidden.ts'

/** Name of the file with the CA certificate of the database server, in the client's folder of secrets. */
export const CA_FILE = 'ca.crt'

/**
 * Returns a URL that makes a client trust that file. The client verifies the server's name unless the URL sets
 * `sslmode`.
 */
export function trusting(url: Hidden, folder: string): string {
  const text = url.reveal()
  const mode = new URL(text).searchParams.has('sslmode') ? '' : 'sslmode=verify-full&'
  return `${text}${text.includes('?') ? '&' : '?'}${mode}sslrootcert=${folder}/${CA_FILE}`
}

/** What follows the URL of a client that checks the server's certificate and name by that file. */
export const verifying = (folder: string) => `sslmode=verify-full&sslrootcert=${folder}/${CA_FILE}`
