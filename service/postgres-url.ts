import { Fault } from './errors.ts'

/** Modes that Node's client supports. `no-verify` is its own, the others are those of libpq. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/**
 * Parses the URL of a Postgres database. Returns it in a form in which Node's client takes `sslmode` and `sslrootcert`
 * as libpq does: `require` encrypts without verifying the certificate, unless the URL names that of an authority.
 * @throws Fault `configuration_invalid`, whose message begins with a verb and shows no password
 */
export function parsePostgresUrl(text: string): string {
  const url = new URL(text)
  const { searchParams } = url
  if (searchParams.get('sslrootcert') === 'system') {
    // Node trusts the public authorities unless the URL names another one.
    searchParams.delete('sslrootcert')
    if (!searchParams.has('sslmode')) searchParams.set('sslmode', 'verify-full')
  }
  // A public authority certifies everybody, so without the name its certificate proves nothing.
  if (searchParams.get('sslmode') === 'verify-ca' && !searchParams.has('sslrootcert')) {
    searchParams.set('sslmode', 'verify-full')
  }
  const mode = searchParams.get('sslmode')
  if (mode === null) return text
  if (!SSL_MODES.includes(mode)) {
    const remedy = `Use one of ${SSL_MODES.join(', ')}`
    throw new Fault('configuration_invalid', `has sslmode=${JSON.stringify(mode)}`, remedy)
  }
  if (mode !== 'no-verify') searchParams.set('uselibpqcompat', 'true')
  return url.href
}

/** Returns the file with the certificate of the authority that a parsed URL names. */
export const certificateFileOf = (url: string) => new URL(url).searchParams.get('sslrootcert') ?? undefined
