import 'reflect-metadata'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import pg from 'pg'
import { expect, test } from 'vitest'
import { readConfig } from '../../service/config.ts'
import { parsePostgresUrl } from '../../service/postgres-url.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const folder = temporaryFolders()

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A certificate that signs itself, for a name that nobody connects to. */
async function selfSigned() {
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify'])
  const extensions = [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'db.example.com' }])]
  const cert = await X509CertificateGenerator.createSelfSigned({ keys, signingAlgorithm: KEY, extensions })
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { cert: cert.toString('pem'), key }
}

const OFFERS_TLS = Buffer.from('S')

/** Whether a client with this URL encrypts its connection to a server, whose certificate is in `ca`. */
async function encrypts(query: (ca: string) => string): Promise<boolean> {
  const identity = await selfSigned()
  const ca = join(folder(), 'ca.crt')
  writeFileSync(ca, identity.cert)
  const { promise: secured, resolve } = Promise.withResolvers<boolean>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(OFFERS_TLS)
      const encrypted = new TLSSocket(socket, { isServer: true, ...identity })
      encrypted.on('error', () => resolve(false))
      // A client sends its first message only once it trusts the server.
      encrypted.once('data', () => {
        resolve(true)
        encrypted.destroy()
      })
      encrypted.once('close', () => resolve(false))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const connectionString = parsePostgresUrl(`postgres://me:secret@127.0.0.1:${port}/code?${query(ca)}`)
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await expect(client.connect()).rejects.toThrow(/certificate|terminated|ECONNRESET/)
  server.close()
  return secured
}

test.each([
  ['sslmode=prefer', true],
  ['sslmode=require', true],
  ['sslmode=no-verify', true],
  ['sslmode=verify-full', false],
  ['sslmode=verify-full&sslrootcert=system', false],
  ['sslmode=verify-ca', false],
  ['sslrootcert=system', false],
])('with %s a self-signed certificate is accepted as psql does: %s', async (query, isAccepted) => {
  expect(await encrypts(() => query)).toBe(isAccepted)
})

test.each([
  ['require', true],
  ['verify-ca', true],
  ['verify-full', false],
])('with sslmode=%s and its authority, a certificate for another name is accepted: %s', async (mode, isAccepted) => {
  expect(await encrypts((ca) => `sslmode=${mode}&sslrootcert=${ca}`)).toBe(isAccepted)
})

test('a URL without TLS settings stays as it is written', () => {
  const url = 'postgres://me:p%40ss@db/code?options=-c%20jit=off'
  expect(parsePostgresUrl(url)).toBe(url)
})

test.each([
  [
    'sslmode=on',
    'DATABASE_URL has sslmode="on". Use one of disable, prefer, require, verify-ca, verify-full, no-verify',
  ],
  ['sslmode=require&sslrootcert=/none', 'DATABASE_URL has sslrootcert=/none, which cannot be read (ENOENT)'],
])('%s is refused before anything connects', (query, message) => {
  expect(() => readConfig({ DATABASE_URL: `postgres://me:hunter2@db/code?${query}` })).toThrow(message)
})
