import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeAsk } from '../../../service/backups/s3/ask.ts'
import { openBucket } from '../../../service/backups/s3/bucket.ts'
import { readConfig } from '../../../service/config.ts'
import { DAY, MINUTE } from '../../../service/units.ts'
import { type S3Server, startS3 } from '../../fakes/s3-server.ts'

const HEADER = 'x-amz-security-token'

describe('a bucket with a role', () => {
  let storage: S3Server
  let sts: Server
  let asked: URLSearchParams[]
  let answers: { readonly status: number; readonly body: string }[]
  const endpoint = () => `http://127.0.0.1:${(sts.address() as AddressInfo).port}`
  const lent = (forMs: number, token: string) => ({
    status: 200,
    body: `<Credentials><AccessKeyId>key</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${new Date(Date.now() + forMs).toISOString()}</Expiration></Credentials>`,
  })
  const settings = () => ({
    endpoint: storage.endpoint,
    bucket: 'backups',
    region: 'eu-1',
    prefix: '',
    pathStyle: true,
    roleArn: 'arn:aws:iam::111122223333:role/backups',
    webIdentityToken: 'proof',
    stsEndpoint: endpoint(),
  })

  beforeEach(async () => {
    asked = []
    answers = []
    storage = await startS3('backups')
    sts = createServer((request, response) => {
      const { status, body } = answers.shift() ?? { status: 500, body: '' }
      const answer = (form: string) => {
        asked.push(new URLSearchParams(form))
        response.writeHead(status).end(body)
      }
      text(request).then(answer, (error: Error) => response.destroy(error))
    })
    await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    await storage.close()
    await new Promise((resolve) => sts.close(resolve))
  })

  test('is opened with a temporary key for the token, which is requested once for its lifetime', async () => {
    answers.push(lent(DAY, 'session'))
    const tokens: unknown[] = []
    const watch: S3Server['instead'][number] = ({ headers }) => {
      tokens.push(headers[HEADER])
      return false
    }
    storage.instead.push(watch)
    const bucket = openBucket(settings())
    await bucket.put('a', Buffer.from('x'))
    expect(await bucket.text('a')).toBe('x')
    expect(asked.map((each) => Object.fromEntries(each))).toEqual([
      {
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::111122223333:role/backups',
        RoleSessionName: 'codebase-mcp-backup',
        WebIdentityToken: 'proof',
      },
    ])
    expect(new Set(tokens)).toEqual(new Set(['session']))
  })

  test('is opened with a new key before the first one expires', async () => {
    answers.push(lent(MINUTE, 'first'), lent(DAY, 'second'))
    const bucket = openBucket(settings())
    await bucket.put('a', Buffer.from('x'))
    await bucket.put('b', Buffer.from('x'))
    await bucket.put('c', Buffer.from('x'))
    expect(asked).toHaveLength(2)
  })

  test('is retried if no key is available for a moment', async () => {
    answers.push({ status: 503, body: '' }, lent(DAY, 'session'))
    const ask = makeAsk(settings(), async () => {})
    expect((await ask('GET', {})).status).toBe(200)
  })

  test.each<[string, { readonly status: number; readonly body: string }, RegExp]>([
    [
      'the role',
      { status: 403, body: '<Code>AccessDenied</Code><Message>no</Message>' },
      /refuses: AccessDenied \(no\)/,
    ],
    ['a token that ended', { status: 400, body: '<Code>ExpiredTokenException</Code>' }, /ExpiredTokenException/],
    ['an answer without a key', { status: 200, body: '<html/>' }, /issued no key: its answer lacks AccessKeyId/],
  ])('reports %s', async (_, answer, message) => {
    answers.push(answer)
    const ask = makeAsk(settings(), async () => {})
    await expect(ask('GET', {})).rejects.toMatchObject({ code: 'backup_storage_failed', message })
    expect(storage.asked).toEqual([])
  })
})

describe('the settings of a bucket', () => {
  const BUCKET = { BACKUP_S3_BUCKET: 'backups', BACKUP_S3_REGION: 'eu-1' }

  test('use a role if there is no key, and request keys in the region of the bucket', () => {
    const role = { AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN: 'proof' }
    expect(readConfig({ ...BUCKET, ...role }).backup.s3).toMatchObject({
      roleArn: 'arn:role',
      webIdentityToken: 'proof',
      stsEndpoint: 'https://sts.eu-1.amazonaws.com',
    })
    const key = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }
    expect(readConfig({ ...BUCKET, ...role, ...key }).backup.s3).not.toHaveProperty('roleArn')
  })

  test('are refused if nothing opens it', () => {
    expect(() => readConfig({ ...BUCKET, AWS_ROLE_ARN: 'arn:role' })).toThrow(
      /BACKUP_S3_BUCKET needs AWS_ACCESS_KEY_ID .* AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE/,
    )
  })
})
