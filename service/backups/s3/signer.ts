import { AwsClient } from 'aws4fetch'
import type { BucketRole, BucketSettings, GoogleIdentity, KeyServer } from '../../bucket-settings.ts'
import { Fault } from '../../errors.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { answered, type Pause, type Place } from './reply.ts'
import { textIn } from './xml.ts'

/** Returns a request that the object store accepts. */
export type Sign = (url: URL, request: Unsigned) => Promise<Request>

interface Unsigned extends Omit<RequestInit, 'headers'> {
  readonly headers: Readonly<Record<string, string>>
}

interface Lent {
  readonly sign: Sign
  /** When it expires, in milliseconds since 1970. */
  readonly until: number
}

/** How long before its expiry a temporary key is replaced. */
const MARGIN_MS = 5 * MINUTE

/** Signs with the key of the settings, or with a temporary key or token that is renewed before it expires. */
export function makeSigner(settings: BucketSettings, pause: Pause): () => Promise<Sign> {
  if ('accessKeyId' in settings) {
    const sign = signing(settings, settings.region)
    return async () => sign
  }
  let lent: Lent | undefined
  return async () => {
    if (lent === undefined || lent.until - MARGIN_MS < Date.now()) lent = await borrow(settings, pause)
    return lent.sign
  }
}

interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

function signing({ accessKeyId, secretAccessKey, sessionToken }: Key, region: string): Sign {
  const session = sessionToken === undefined ? {} : { sessionToken }
  const client = new AwsClient({ accessKeyId, secretAccessKey, ...session, region, service: 's3', retries: 0 })
  return (url, request) => client.sign(url, request)
}

function borrow(settings: Exclude<BucketSettings, { accessKeyId: string }>, pause: Pause): Promise<Lent> {
  if ('roleArn' in settings) return ofRole(settings, settings.region, pause)
  return 'keysUrl' in settings ? ofServer(settings, settings.region, pause) : ofGoogle(settings, pause)
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
async function ofRole({ roleArn, webIdentityToken, stsEndpoint }: BucketRole, region: string, pause: Pause) {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'codebase-mcp-backup',
    WebIdentityToken: webIdentityToken,
  })
  const place = { place: stsEndpoint, ...OF_ROLE }
  const xml = await textFrom(stsEndpoint, { method: 'POST', body }, place, pause)
  const read = (name: string) => present(textIn(xml, name), name, place)
  const key = {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
  return { sign: signing(key, region), until: Date.parse(read('Expiration')) }
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
async function ofServer({ keysUrl, authorization }: KeyServer, region: string, pause: Pause) {
  const place = { place: keysUrl, ...OF_SERVER }
  const headers = authorization === undefined ? {} : { authorization }
  const read = fieldsOf(await textFrom(keysUrl, { headers }, place, pause), place)
  const key = {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('Token'),
  }
  return { sign: signing(key, region), until: Date.parse(read('Expiration')) }
}

/** @see https://cloud.google.com/storage/docs/authentication#apiauth */
async function ofGoogle({ tokensUrl }: GoogleIdentity, pause: Pause): Promise<Lent> {
  const place = { place: tokensUrl, ...OF_GOOGLE }
  const read = fieldsOf(await textFrom(tokensUrl, { headers: { 'metadata-flavor': 'Google' } }, place, pause), place)
  const authorization = `Bearer ${read('access_token')}`
  return {
    sign: async (url, { headers, ...request }) =>
      new Request(url, { ...request, headers: { ...headers, authorization } }),
    until: Date.now() + Number(read('expires_in')) * SECOND,
  }
}

async function textFrom(url: string, request: RequestInit, place: Place, pause: Pause): Promise<string> {
  const reply = await answered((signal) => fetch(url, { ...request, redirect: 'manual', signal }), place, pause)
  return reply.text()
}

/** Reads fields of an answer in JSON. */
function fieldsOf(json: string, place: Place) {
  const fields = parsed(json)
  return (name: string) => {
    const value = fields[name]
    const isText = typeof value === 'string' || typeof value === 'number'
    return present(isText ? `${value}` : undefined, name, place)
  }
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

function present(text: string | undefined, name: string, { place, otherwise }: Place): string {
  if (text !== undefined) return text
  throw new Fault('backup_storage_failed', `${place} issued no key: its answer lacks ${name}`, otherwise)
}

const OF_ROLE = {
  variable: 'AWS_ENDPOINT_URL_STS and BACKUP_S3_REGION',
  remedies: { ExpiredTokenException: 'Restart the process, so that it reads the token again' },
  otherwise: 'Check AWS_ROLE_ARN, and that the trust policy of that role names the ServiceAccount',
}

const OF_SERVER = {
  variable: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  remedies: {},
  otherwise:
    'Check that a role is associated with the ServiceAccount of the pod, and that the agent of Pod Identity runs',
}

const OF_GOOGLE = {
  variable: 'GCE_METADATA_HOST',
  remedies: {},
  otherwise: 'Check that the ServiceAccount of the pod may use an identity of Google Cloud that can access the bucket',
}
