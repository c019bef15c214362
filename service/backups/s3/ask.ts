import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { BucketSettings, Encryption } from '../../bucket-settings.ts'
import { answered, type Pause } from './reply.ts'
import { makeSigner, type Sign } from './signer.ts'

type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'

interface Asked {
  /** Undefined for requests to the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Offset of the first byte to download. */
  readonly from?: number
}

/** Returns a successful response. @throws Fault `backup_storage_failed` */
export type Ask = (method: Method, asked: Asked) => Promise<Response>

/**
 * Returns a function that sends signed requests, and retries them if the object store is busy or briefly unavailable.
 */
export function makeAsk(settings: BucketSettings, pause: Pause = delay): Ask {
  const address = addressOf(settings)
  const signer = makeSigner(settings, pause)
  const send = async (sign: Sign, method: Method, asked: Asked, signal: AbortSignal): Promise<Response> => {
    const { key = '', query = {}, body, from } = asked
    const url = new URL(`${address}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const headers = {
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
      ...(from === undefined ? {} : { range: `bytes=${from}-` }),
      ...(isNew(method, query) ? encrypted(settings.encryption) : {}),
    }
    const request = await sign(url, { method, headers, ...(body === undefined ? {} : { body }) })
    return fetch(request, { redirect: 'manual', signal })
  }
  return async (method, asked) => {
    const sign = await signer()
    return answered((signal) => send(sign, method, asked, signal), { place: address, ...OF_BUCKET }, pause)
  }
}

/** Returns the URL of a bucket, without a trailing slash. */
export function addressOf({ endpoint, bucket, pathStyle }: BucketSettings): string {
  return pathStyle ? `${endpoint}/${bucket}` : endpoint.replace('://', `://${bucket}.`)
}

/** Whether a request creates an object. Parts of an upload have what was said at its beginning. */
const isNew = (method: Method, query: NonNullable<Asked['query']>) =>
  (method === 'PUT' && query.partNumber === undefined) || (method === 'POST' && query.uploads !== undefined)

const ENCRYPTION = 'x-amz-server-side-encryption'

const encrypted = (encryption: Encryption | undefined): Readonly<Record<string, string>> =>
  encryption === undefined
    ? {}
    : {
        [ENCRYPTION]: encryption.algorithm,
        ...(encryption.keyId === undefined ? {} : { [`${ENCRYPTION}-aws-kms-key-id`]: encryption.keyId }),
      }

const KEY = 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
const REGION = 'Set BACKUP_S3_REGION to the region of the bucket'
const KMS = 'Correct BACKUP_S3_KMS_KEY, and allow the key or the role to use it'
const HOST = 'Set BACKUP_S3_PATH_STYLE to false'

const REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied: 'Allow the key or the role to list the bucket, and to get, put and delete objects in it',
  NoSuchBucket: 'Create the bucket, or correct BACKUP_S3_BUCKET',
  InvalidAccessKeyId: KEY,
  SignatureDoesNotMatch: KEY,
  AuthorizationHeaderMalformed: REGION,
  PermanentRedirect: REGION,
  'KMS.NotFoundException': KMS,
  'KMS.DisabledException': KMS,
  'KMS.KMSInvalidStateException': KMS,
  NotImplemented: 'Remove BACKUP_S3_ENCRYPTION, which this object store does not have',
  SecondLevelDomainForbidden: HOST,
  PathStyleDomainForbidden: HOST,
}

const OF_BUCKET = {
  variable: 'BACKUP_S3_ENDPOINT',
  remedies: REMEDIES,
  otherwise: 'Check BACKUP_S3_ENDPOINT, BACKUP_S3_BUCKET and BACKUP_S3_REGION',
}
