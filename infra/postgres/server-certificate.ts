// Required by the dependency injection of the certificate library.
import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { ComponentResource, type ComponentResourceOptions, type Output, Stash, secret } from '@pulumi/pulumi'

/** Certificate and private key, PEM-encoded. */
interface Pair {
  readonly certificate: string
  readonly key: string
}

interface ServerCertificateArgs {
  /** Host names and addresses by which clients reach the server. */
  readonly names: readonly string[]
  /** Changing it creates a new certificate. */
  readonly version?: string | undefined
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
const DAY_MS = 24 * 3600 * 1000
const YEAR_MS = 365 * DAY_MS
const AUTHORITY_YEARS = 30
/** Lasts much longer than the time between renewals, because only a run of the program renews it. */
const SERVER_YEARS = 5

/**
 * Certificate of a server, signed by an authority of its own. The state stores both encrypted. The first update in a
 * calendar year renews the certificate. The authority stays the same, so clients continue to trust the server.
 */
export class ServerCertificate extends ComponentResource {
  /** Certificate of the authority, with which clients verify the server. */
  readonly authority: Output<string>
  readonly certificate: Output<string>
  readonly key: Output<string>

  constructor(name: string, { names, version = '' }: ServerCertificateArgs, opts?: ComponentResourceOptions) {
    super('codebase:certificate:ServerCertificate', name, {}, opts)
    const authority = kept(`${name}-authority`, makeAuthority(), this)
    const made = authority.apply((pair) => makeServer(pair, names))
    const server = kept(`${name}-server`, made, this, [version, new Date().getUTCFullYear(), ...names])
    this.authority = authority.apply(({ certificate }) => certificate)
    this.certificate = server.apply(({ certificate }) => certificate)
    this.key = server.apply(({ key }) => key)
    this.registerOutputs({})
  }
}

/** Keeps the pair that was created first until the trigger changes. */
const kept = (name: string, made: Promise<Pair> | Output<Pair>, parent: ComponentResource, trigger: unknown[] = []) =>
  new Stash(name, { input: secret(made) }, { parent, ignoreChanges: ['input'], replacementTrigger: trigger })
    .output as Output<Pair>

async function makeAuthority(): Promise<Pair> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Codebase MCP database',
    ...validFor(AUTHORITY_YEARS),
    keys,
    signingAlgorithm: KEY,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return pairOf(certificate, keys)
}

async function makeServer(authority: Pair, names: readonly string[]): Promise<Pair> {
  const issuer = new X509Certificate(authority.certificate)
  const [encoded] = PemConverter.decode(authority.key)
  if (encoded === undefined) throw new Error('The state does not contain the key of the certificate authority')
  const signingKey = await crypto.subtle.importKey('pkcs8', encoded, KEY, false, ['sign'])
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=postgres',
    issuer: issuer.subject,
    ...validFor(SERVER_YEARS),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: KEY,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([SERVER_AUTHENTICATION]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return pairOf(certificate, keys)
}

const newKeys = () => crypto.subtle.generateKey(KEY, true, ['sign', 'verify'])

/** Starts the validity a day early, because clocks differ. */
const validFor = (years: number) => ({
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + years * YEAR_MS),
})

async function pairOf(certificate: X509Certificate, { privateKey }: webcrypto.CryptoKeyPair): Promise<Pair> {
  const key = await crypto.subtle.exportKey('pkcs8', privateKey)
  return { certificate: `${certificate.toString('pem')}\n`, key: `${PemConverter.encode(key, 'PRIVATE KEY')}\n` }
}
