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
