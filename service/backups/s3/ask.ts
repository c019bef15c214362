import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { BucketRole, BucketSettings } from '../../bucket-settings.ts'
import { Fault } from '../../errors.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { textIn } from './xml.ts'

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

const TRIES = 5
/** Time limit until the response begins. Its body may take longer. */
const ANSWER_TIMEOUT_MS = 5 * MINUTE

/**
 * Returns a function that sends signed requests, and retries them if the object store is busy or briefly unavailable.
 */
export function makeAsk(settings: BucketSettings, pause: Pause = delay): Ask {
  const { endpoint, bucket } = settings
  const clientOf = makeClient(settings, pause)
  const send = async (client: AwsClient, method: Method, asked: Asked): Promise<Response> => {
    const { key = '', query = {}, body, from } = asked
    const url = new URL(`${endpoint}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const headers = {
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
      ...(from === undefined ? {} : { range: `bytes=${from}-` }),
    }
    const request = await client.sign(url, { method, headers, ...(body === undefined ? {} : { body }) })
    return answerInTime((signal) => fetch(request, { redirect: 'manual', signal }))
  }
  return async (method, asked) => {
    const client = await clientOf()
    return answered(() => send(client, method, asked), { place: `${endpoint}/${bucket}`, ...OF_BUCKET }, pause)
  }
}

type Pause = (ms: number) => Promise<unknown>

/** The object store in messages, and the remedies if it does not answer or refuses. */
interface Place {
  readonly place: string
  readonly variable: string
  readonly remedies: Readonly<Record<string, string>>
  readonly otherwise: string
}

async function answered(send: () => Promise<Response>, place: Place, pause: Pause): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const reply = await send().catch((error: Error) => error)
    if (!(reply instanceof Error) && reply.ok) return reply
    if (attempt === TRIES || !isPassing(reply)) throw await storageFault(reply, place)
    await pause(100 * 4 ** attempt)
  }
}

/** Signs with the key of the settings, or with a temporary key that is renewed before it expires. */
function makeClient(settings: BucketSettings, pause: Pause): () => Promise<AwsClient> {
  const common = { region: settings.region, service: 's3', retries: 0 }
  if ('accessKeyId' in settings) {
    const { accessKeyId, secretAccessKey } = settings
    const client = new AwsClient({ accessKeyId, secretAccessKey, ...common })
    return async () => client
  }
  let lent: Awaited<ReturnType<typeof borrowKey>> | undefined
  return async () => {
    if (lent === undefined || lent.until < Date.now()) lent = await borrowKey(settings, pause)
    return new AwsClient({ ...lent.key, ...common })
  }
}

/** How long before its expiry a temporary key is replaced. */
const MARGIN_MS = 5 * MINUTE

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
async function borrowKey({ roleArn, webIdentityToken, stsEndpoint }: BucketRole, pause: Pause) {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'codebase-mcp-backup',
    WebIdentityToken: webIdentityToken,
  })
  const send = () => answerInTime((signal) => fetch(stsEndpoint, { method: 'POST', body, redirect: 'manual', signal }))
  const xml = await (await answered(send, { place: stsEndpoint, ...OF_ROLE }, pause)).text()
  const read = (name: string) => {
    const text = textIn(xml, name)
    if (text !== undefined) return text
    throw new Fault(
      'backup_storage_failed',
      `${stsEndpoint} issued no key: its answer lacks ${name}`,
      OF_ROLE.otherwise,
    )
  }
  const key = {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
  return { key, until: Date.parse(read('Expiration')) - MARGIN_MS }
}

async function answerInTime(work: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${ANSWER_TIMEOUT_MS / SECOND} s`)),
    ANSWER_TIMEOUT_MS,
  )
  return work(late.signal).finally(() => clearTimeout(timer))
}

const isPassing = (reply: Response | Error) => reply instanceof Error || reply.status >= 500 || reply.status === 429

async function storageFault(reply: Response | Error, to: Place): Promise<Fault> {
  const { place, variable, remedies, otherwise } = to
  if (reply instanceof Error) {
    const cause = reply.cause as NodeJS.ErrnoException | undefined
    return new Fault(
      'backup_storage_failed',
      `${place} does not answer (${cause?.code ?? cause?.message ?? reply.message})`,
      `Check ${variable}, and that this machine may connect to it`,
      { cause: reply },
    )
  }
  const xml = await reply.text().catch(() => '')
  const code = textIn(xml, 'Code') ?? `status ${reply.status}`
  return new Fault(
    'backup_storage_failed',
    `${place} refuses: ${code}${xml === '' ? '' : ` (${textIn(xml, 'Message') ?? 'without a reason'})`}`,
    remedies[code] ?? otherwise,
  )
}

const KEY = 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'

const REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied: 'Allow the key or the role to list the bucket, and to get, put and delete objects in it',
  NoSuchBucket: 'Create the bucket, or correct BACKUP_S3_BUCKET',
  InvalidAccessKeyId: KEY,
  SignatureDoesNotMatch: KEY,
  AuthorizationHeaderMalformed: 'Set BACKUP_S3_REGION to the region of the bucket',
  PermanentRedirect: 'Set BACKUP_S3_REGION to the region of the bucket',
}

const OF_BUCKET = {
  variable: 'BACKUP_S3_ENDPOINT',
  remedies: REMEDIES,
  otherwise: 'Check BACKUP_S3_ENDPOINT, BACKUP_S3_BUCKET and BACKUP_S3_REGION',
}

const OF_ROLE = {
  variable: 'AWS_ENDPOINT_URL_STS and BACKUP_S3_REGION',
  remedies: { ExpiredTokenException: 'Restart the process, so that it reads the token again' },
  otherwise: 'Check AWS_ROLE_ARN, and that the trust policy of that role names the ServiceAccount',
}
