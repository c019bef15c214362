/** The files of a Postgres that takes encrypted connections alone, by what they are for. */
interface Files {
  readonly certificate: string
  readonly key: string
  /** Who may connect. */
  readonly access: string
}

/** Parameters of the server. */
export const encrypting = ({ certificate, key, access }: Files) => ({
  ssl: 'on',
  ssl_cert_file: certificate,
  ssl_key_file: key,
  hba_file: access,
})

/** Who may connect: whoever is in the container, as by default, and others over TLS with a password. */
export const ACCESS = `local all all trust
host all all 127.0.0.1/32 trust
host all all ::1/128 trust
hostssl all all all scram-sha-256
`
