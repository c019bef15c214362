import type { Hidden } from '../settings/hidden.ts'

/** Paths of the files that a Postgres with mandatory encryption needs. */
interface Files {
  readonly certificate: string
  readonly key: string
  /** Path of the pg_hba.conf. */
  readonly access: string
}

/** Returns the server parameters that enable TLS. */
export const encrypting = ({ certificate, key, access }: Files) => ({
  ssl: 'on',
  ssl_cert_file: certificate,
  ssl_key_file: key,
  hba_file: access,
})

/**
 * pg_hba.conf that trusts connections from inside the container, as the image does by default, and requires TLS and a
 * password for all others.
 */
export const ACCESS = `local all all trust
host all all 127.0.0.1/32 trust
host all all ::1/128 trust
hostssl all all all scram-sha-256
`

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
