import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addressOf, makeAsk } from '../../../service/backups/s3/ask.ts'
import { openBucket } from '../../../service/backups/s3/bucket.ts'
import type { BucketSettings } from '../../../service/bucket-settings.ts'
import { readConfig } from '../../../service/config.ts'
import { DAY, MIB, MINUTE } from '../../../service/units.ts'
import { errorOf, type S3Server, startS3 } from '../../fakes/s3-server.ts'

const PLACE = { bucket: 'backups', region: 'eu-1', prefix: '', pathStyle: true }
const KEY = { accessKeyId: 'key', secretAccessKey: 'secret' }

let storage: S3Server
/** What storage was asked, as method, query and headers. */
let asked: { readonly line: string; readonly headers: IncomingHttpHeaders }[]

beforeEach(async () => {
  storage = await startS3('backups')
  asked = []
  storage.instead.push(({ method, url, headers }) => {
    asked.push({ line: `${method} ${url?.replace(/=of.*/, '=')}`, headers })
    return false
  })
})
afterEach(() => storage.close())

const headersOf = (name: string) => asked.filter(({ headers }) => headers[name] !== undefined)

describe('a bucket with encryption', () => {
  const ALGORITHM = 'x-amz-server-side-encryption'

  test.each([
    [{ algorithm: 'AES256' } as const, undefined],
    [{ algorithm: 'aws:kms', keyId: 'alias/backups' } as const, 'alias/backups'],
  ])('gets it with each new object, and signed: %j', async (encryption, keyId) => {
    const bucket = openBucket({ ...PLACE, ...KEY, endpoint: storage.endpoint, encryption })
    const folder = mkdtempSync(join(tmpdir(), 'codebase-encryption-'))
    writeFileSync(join(folder, 'large'), Buffer.alloc(17 * MIB))
    await bucket.put('small', Buffer.from('x'))
    await bucket.upload('large', join(folder, 'large'))
    await bucket.text('small')
    rmSync(folder, { recursive: true })
    const told = headersOf(ALGORITHM)
    expect(told.map(({ line }) => line)).toEqual(['PUT /backups/small', 'POST /backups/large?uploads='])
    for (const { headers } of told) {
      expect(headers[ALGORITHM]).toBe(encryption.algorithm)
      expect(headers[`${ALGORITHM}-aws-kms-key-id`]).toBe(keyId)
      expect(headers.authorization).toContain(ALGORITHM)
    }
    expect(asked.some(({ line }) => line.startsWith('PUT /backups/large?partNumber=1'))).toBe(true)
  })

  test.each([
    ['KMS.NotFoundException', 'Correct BACKUP_S3_KMS_KEY, and allow the key or the role to use it'],
    ['NotImplemented', 'Remove BACKUP_S3_ENCRYPTION, which this object store does not have'],
  ])('says what to do after %s', async (code, remedy) => {
    storage.instead.unshift((_, response) => {
      response.writeHead(400).end(errorOf(code))
      return true
    })
    const ask = makeAsk({ ...PLACE, ...KEY, endpoint: storage.endpoint }, async () => {})
    await expect(ask('PUT', { key: 'a', body: Buffer.from('x') })).rejects.toMatchObject({ remedy })
  })
})

test('a bucket is in the path of its URL, or in the name of its host', () => {
  const at = (endpoint: string, pathStyle: boolean) => addressOf({ ...PLACE, ...KEY, endpoint, pathStyle })
  expect(at('https://s3.eu-west-1.amazonaws.com', true)).toBe('https://s3.eu-west-1.amazonaws.com/backups')
  expect(at('https://s3.oss-eu-central-1.aliyuncs.com', false)).toBe('https://backups.s3.oss-eu-central-1.aliyuncs.com')
  expect(at('http://storage.example.com:9000/s3', false)).toBe('http://backups.storage.example.com:9000/s3')
})

describe('a bucket with an identity of the pod', () => {
  let server: Server
  let questions: { readonly url: string; readonly headers: IncomingHttpHeaders }[]
  let answers: string[]
  const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const open = (identity: object, pause = async () => {}) =>
    makeAsk({ ...PLACE, endpoint: storage.endpoint, ...identity } as BucketSettings, pause)
  const key = (forMs: number) =>
    JSON.stringify({
      AccessKeyId: 'key',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: new Date(Date.now() + forMs).toISOString(),
    })

  beforeEach(async () => {
    questions = []
    answers = []
    server = createServer(({ url = '', headers }, response) => {
      questions.push({ url, headers })
      const answer = answers.shift()
      response.writeHead(answer === undefined ? 404 : 200).end(answer)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  test('is opened with a key from the server beside the pod, which knows it by its token', async () => {
    answers.push(key(DAY))
    const ask = open({ keysUrl: at('/v1/credentials'), authorization: 'proof' })
    await ask('PUT', { key: 'a', body: Buffer.from('x') })
    await ask('GET', { key: 'a' })
    expect(questions.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/v1/credentials', 'proof']])
    expect(asked.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['session', 'session'])
  })

  test('is opened with another key before the first one expires', async () => {
    answers.push(key(MINUTE), key(DAY))
    const ask = open({ keysUrl: at('/v1/credentials') })
    await ask('PUT', { key: 'a', body: Buffer.from('x') })
    await ask('GET', { key: 'a' })
    expect(questions).toHaveLength(2)
  })

  test('is opened on Google Cloud with a token in place of a signature', async () => {
    const seen: (string | undefined)[] = []
    storage.instead.unshift(({ headers }, response) => {
      seen.push(headers.authorization)
      response.writeHead(200).end('there')
      return true
    })
    answers.push(JSON.stringify({ access_token: 'token', expires_in: 3599, token_type: 'Bearer' }))
    const ask = open({ tokensUrl: at('/computeMetadata/v1/instance/service-accounts/default/token') })
    expect(await (await ask('GET', { key: 'a' })).text()).toBe('there')
    expect(seen).toEqual(['Bearer token'])
    expect(questions[0]?.headers['metadata-flavor']).toBe('Google')
  })

  test.each([
    ['no role', undefined, /refuses: status 404/],
    ['no JSON', '<html/>', /issued no key: its answer lacks AccessKeyId/],
  ])('reports a server with %s', async (_, answer, message) => {
    if (answer !== undefined) answers.push(answer)
    const ask = open({ keysUrl: at('/v1/credentials') })
    await expect(ask('GET', {})).rejects.toMatchObject({ code: 'backup_storage_failed', message })
  })
})

describe('the variables of a bucket', () => {
  const BUCKET = { BACKUP_S3_BUCKET: 'backups' }
  const EKS = 'http://169.254.170.23/v1/credentials'

  test('are those that EKS, ECS and Google Cloud give a pod', () => {
    const of = (more: Record<string, string>) => readConfig({ ...BUCKET, ...more }).backup.s3
    expect(of({ AWS_CONTAINER_CREDENTIALS_FULL_URI: EKS, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'proof' })).toMatchObject({
      keysUrl: EKS,
      authorization: 'proof',
    })
    expect(of({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/task' })).toMatchObject({
      keysUrl: 'http://169.254.170.2/v2/task',
    })
    expect(of({ BACKUP_S3_IDENTITY: 'google', GCE_METADATA_HOST: 'metadata' })).toMatchObject({
      tokensUrl: 'http://metadata/computeMetadata/v1/instance/service-accounts/default/token',
    })
    expect(of({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', BACKUP_S3_IDENTITY: 'google' })).toMatchObject({
      accessKeyId: 'id',
      pathStyle: true,
    })
  })

  test.each<[Record<string, string>, RegExp]>([
    [
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://keys.example.com/' },
      /AWS_CONTAINER_CREDENTIALS_FULL_URI must be a URL with https/,
    ],
    [{ BACKUP_S3_IDENTITY: 'azure' }, /BACKUP_S3_IDENTITY must be google, got "azure"/],
    [
      { BACKUP_S3_IDENTITY: 'google', BACKUP_S3_KMS_KEY: 'k' },
      /BACKUP_S3_KMS_KEY requires BACKUP_S3_ENCRYPTION=aws:kms/,
    ],
    [{ BACKUP_S3_IDENTITY: 'google', BACKUP_S3_ENCRYPTION: 'aes' }, /BACKUP_S3_ENCRYPTION must be AES256 or aws:kms/],
    [{}, /BACKUP_S3_BUCKET needs AWS_ACCESS_KEY_ID/],
  ])('are refused as %j', (more, message) => {
    expect(() => readConfig({ ...BUCKET, ...more })).toThrow(message)
  })

  test('of a server of keys stop nobody who has no bucket', () => {
    expect(readConfig({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://keys.example.com/' }).backup.s3).toBeUndefined()
  })
})
