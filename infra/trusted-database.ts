import type { Hidden } from './settings/hidden.ts'

/** The file, in the folder of the secrets of whoever connects, that says by whom the server's certificate is signed. */
export const CA_FILE = 'ca.crt'

/** A URL by which a client trusts that file, and checks the server's name unless the URL says how it checks. */
export function trusting(url: Hidden, folder: string): string {
  const text = url.reveal()
  const mode = new URL(text).searchParams.has('sslmode') ? '' : 'sslmode=verify-full&'
  return `${text}${text.includes('?') ? '&' : '?'}${mode}sslrootcert=${folder}/${CA_FILE}`
}

/** What follows the URL of a client that checks the server's certificate and name by that file. */
export const verifying = (folder: string) => `sslmode=verify-full&sslrootcert=${folder}/${CA_FILE}`
