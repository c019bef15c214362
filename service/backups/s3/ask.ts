import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { BucketSettings } from '../../config.ts'
import { Fault } from '../../errors.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { textIn } from './xml.ts'

type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'

interface Asked {
  /** The object; absent where the bucket itself is asked. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** The first byte that is wanted. */
  readonly from?: number
}

/** An answer of success. @throws Fault `backup_storage_failed` */
export type Ask = (method: Method, asked: Asked) => Promise<Response>

const TRIES = 5
/** For the answer to begin; what follows may take as long as it comes. */
const ANSWER_TIMEOUT_MS = 5 * MINUTE

/** Requests that are signed, and sent again where the storage is busy or away for a moment. */
export function makeAsk(
  { endpoint, bucket, region, accessKeyId, secretAccessKey }: BucketSettings,
  pause: (ms: number) => Promise<unknown> = delay,
): Ask {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const send = async (method: Method, { key = '', query = {}, body, from }: Asked): Promise<Response> => {
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
    for (let attempt = 1; ; attempt++) {
      const reply = await send(method, asked).catch((error: Error) => error)
      if (!(reply instanceof Error) && reply.ok) return reply
      if (attempt === TRIES || !isPassing(reply)) throw await storageFault(reply, `${endpoint}/${bucket}`)
      await pause(100 * 4 ** attempt)
    }
  }
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

async function storageFault(reply: Response | Error, place: string): Promise<Fault> {
  if (reply instanceof Error) {
    const cause = reply.cause as NodeJS.ErrnoException | undefined
    return new Fault(
      'backup_storage_failed',
      `${place} does not answer (${cause?.code ?? cause?.message ?? reply.message})`,
      'Look at BACKUP_S3_ENDPOINT, and whether this machine may connect to it',
      { cause: reply },
    )
  }
  const xml = await reply.text().catch(() => '')
  const code = textIn(xml, 'Code') ?? `status ${reply.status}`
  return new Fault(
    'backup_storage_failed',
    `${place} refuses: ${code}${xml === '' ? '' : ` (${textIn(xml, 'Message') ?? 'without a reason'})`}`,
    REMEDIES[code] ?? 'Look at BACKUP_S3_ENDPOINT, BACKUP_S3_BUCKET and BACKUP_S3_REGION',
  )
}

const KEY = 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'

const REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied: 'Give the key the rights to list the bucket and to get, put and delete objects in it',
  NoSuchBucket: 'Make the bucket, or correct BACKUP_S3_BUCKET',
  InvalidAccessKeyId: KEY,
  SignatureDoesNotMatch: KEY,
  AuthorizationHeaderMalformed: 'Set BACKUP_S3_REGION to the region of the bucket',
  PermanentRedirect: 'Set BACKUP_S3_REGION to the region of the bucket',
}
