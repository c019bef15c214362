import { execFileSync } from 'node:child_process'
import { chmodSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Change, giveToPostgres, type Place } from './changed-database.ts'

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

interface Certificate {
  readonly authority?: string
  readonly host?: string
  readonly days?: number
}

/** Changes to the certificate of a Postgres that is reached by TLS, and to the file that names its authority. */
export function encryptedChanges(openssl: string): readonly Change[] {
  const run = (place: Place, ...words: readonly string[]) =>
    execFileSync(openssl, words, { cwd: place.scratch, stdio: 'pipe' })

  /** Creates a certificate of a new authority, which has its own certificate in a file of this name. */
  const makeAuthority = (place: Place, name: string) =>
    run(place, 'req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`)

  /** Gives Postgres a certificate, and reloads it. */
  const certify = async (place: Place, { authority = 'authority', host = '127.0.0.1', days = 7 }: Certificate = {}) => {
    const [key, made] = [join(place.data, 'server.key'), join(place.data, 'server.crt')]
    run(
      place,
      'req',
      ...NEW_KEY,
      '-subj',
      '/CN=db',
      '-addext',
      `subjectAltName=IP:${host}`,
      '-keyout',
      key,
      '-out',
      'csr',
    )
    const signed = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', String(days)]
    run(place, 'x509', '-req', '-in', 'csr', ...signed, '-copy_extensions', 'copyall', '-out', made)
    for (const path of [key, made]) giveToPostgres(place, path)
    chmodSync(key, 0o600)
    await place.sql('select pg_reload_conf()', 'postgres')
    await place.cutOff()
  }

  const change = (name: string, rest: Omit<Change, 'name' | 'settings' | 'prepare'>): Change => ({
    name,
    settings: {},
    prepare: async (place) => {
      makeAuthority(place, 'authority')
      await certify(place)
      await place.sql(`alter system set ssl = on`, 'postgres')
      await place.sql('select pg_reload_conf()', 'postgres')
      const authority = join(place.scratch, 'authority.pem')
      return { parameters: { sslmode: 'verify-full', sslrootcert: authority } }
    },
    ...rest,
  })
  const replaced = (name: string, certificate: Certificate, told: RegExp) =>
    change(name, {
      make: (place) => certify(place, certificate),
      told,
      answers: false,
      undo: (place) => certify(place),
    })
  const move = (place: Place, from: string, to: string) =>
    renameSync(join(place.scratch, from), join(place.scratch, to))
  return [
    replaced('its certificate expires', { days: -1 }, /database_not_usable.*not valid now/s),
    replaced('its certificate is for another host', { host: '127.0.0.2' }, /database_not_usable.*another host/s),
    change('its certificate is of a stranger', {
      make: async (place) => {
        makeAuthority(place, 'stranger')
        await certify(place, { authority: 'stranger' })
      },
      told: /database_not_usable.*not trusted/s,
      answers: false,
      undo: (place) => certify(place),
    }),
    change('its authority is replaced', {
      make: async (place) => {
        makeAuthority(place, 'next')
        for (const ending of ['key', 'pem']) move(place, `next.${ending}`, `authority.${ending}`)
        await certify(place)
      },
      answers: true,
      undo: async () => {},
    }),
    change('the file of its authority is away', {
      make: async (place) => {
        move(place, 'authority.pem', 'away.pem')
        await place.cutOff()
      },
      answers: true,
      undo: async (place) => move(place, 'away.pem', 'authority.pem'),
    }),
  ]
}
