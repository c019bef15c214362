import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { Change, Place } from './changed-database.ts'

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

interface Certificate {
  readonly authority?: string
  readonly host?: string
  readonly days?: number
}

/**
 * Changes to the certificate of a Postgres that is reached by TLS, and to the file that names its authority. A proxy
 * terminates TLS, because not every build of Postgres can.
 */
export function encryptedChanges(openssl: string): readonly Change[] {
  let shown: SecureContext
  const run = (place: Place, ...words: readonly string[]) =>
    execFileSync(openssl, words, { cwd: place.scratch, stdio: 'pipe' })

  /** Creates an authority, which has its own certificate in a file of this name. */
  const makeAuthority = (place: Place, name: string) =>
    run(place, 'req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`)

  const certify = async (place: Place, { authority = 'authority', host = '127.0.0.1', days = 7 }: Certificate = {}) => {
    const name = ['-subj', '/CN=db', '-addext', `subjectAltName=IP:${host}`]
    run(place, 'req', ...NEW_KEY, ...name, '-keyout', 'server.key', '-out', 'server.csr')
    const signed = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', String(days)]
    run(place, 'x509', '-req', '-in', 'server.csr', ...signed, '-copy_extensions', 'copyall', '-out', 'server.pem')
    const read = (file: string) => readFileSync(join(place.scratch, file))
    shown = createSecureContext({ key: read('server.key'), cert: read('server.pem') })
    await place.cutOff()
  }

  const change = (name: string, rest: Omit<Change, 'name' | 'prepare'>): Change => ({
    name,
    prepare: async (place) => {
      makeAuthority(place, 'authority')
      await certify(place)
      const port = await encrypting(place, () => shown)
      return { port, parameters: { sslmode: 'verify-full', sslrootcert: join(place.scratch, 'authority.pem') } }
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

/** Starts a proxy that speaks TLS as Postgres does: after a request for it, which it answers with one byte. */
async function encrypting(place: Place, shown: () => SecureContext): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('S')
      const encrypted = new TLSSocket(socket, { isServer: true, secureContext: shown() })
      const database = connect(place.postgres.port, '127.0.0.1')
      pipeline(encrypted, database, encrypted, () => socket.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  place.after(() => server.close())
  return (server.address() as AddressInfo).port
}
