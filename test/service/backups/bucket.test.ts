import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeAsk } from '../../../service/backups/s3/ask.ts'
import { openBucket, partsOf } from '../../../service/backups/s3/bucket.ts'
import type { BucketSettings } from '../../../service/bucket-settings.ts'
import { MIB } from '../../../service/units.ts'
import { errorOf, type S3Server, startS3 } from '../../fakes/s3-server.ts'

const KEY = { region: 'eu-1', prefix: '', pathStyle: true, accessKeyId: 'key', secretAccessKey: 'secret' }
const LARGE = 33 * MIB

let server: S3Server
let folder: string
const settings = (): BucketSettings => ({ ...KEY, endpoint: server.endpoint, bucket: 'backups' })
const file = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'codebase-bucket-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  server = await startS3('backups')
})
afterEach(() => server.close())

/** A real storage to run the same tests on, as JSON: endpoint, bucket, region and key. */
const REAL = process.env.TEST_S3 === undefined ? [] : [JSON.parse(process.env.TEST_S3) as BucketSettings]

const STORAGES: [string, () => BucketSettings][] = [
  ['a fake storage', settings],
  ...REAL.map((real): [string, () => BucketSettings] => ['a real one', () => real]),
]

describe.each(STORAGES)('a bucket of %s', (_, settingsOf) => {
  const prefix = `test-${randomUUID()}/`

  test('stores small and large files, lists them page by page, returns and deletes them', async () => {
    const bucket = openBucket(settingsOf())
    const large = randomBytes(LARGE)
    writeFileSync(file('large'), large)
    writeFileSync(file('empty'), '')
    await bucket.upload(`${prefix}large one+&.dump`, file('large'))
    await bucket.upload(`${prefix}empty`, file('empty'))
    await bucket.put(`${prefix}text.json`, Buffer.from('{"name": "ä"}'))
    const keys = [`${prefix}empty`, `${prefix}large one+&.dump`, `${prefix}text.json`]
    expect((await bucket.keys(prefix)).toSorted()).toEqual(keys)
    expect(await bucket.text(`${prefix}text.json`)).toBe('{"name": "ä"}')
    await bucket.download(`${prefix}large one+&.dump`, file('back'))
    expect(readFileSync(file('back')).equals(large)).toBe(true)
    for (const key of keys) await bucket.delete(key)
    expect(await bucket.keys(prefix)).toEqual([])
  })

  test('reports which bucket or key is wrong', async () => {
    const fault = (changed: Partial<BucketSettings>) =>
      openBucket({ ...settingsOf(), ...changed })
        .keys('')
        .catch(({ code, message }) => `${code}: ${message}`)
    expect(await fault({ bucket: 'nowhere-at-all' })).toMatch(
      /^backup_storage_failed: .*\/nowhere-at-all refuses: NoSuchBucket/,
    )
    expect(await fault({ accessKeyId: 'other' })).toMatch(/refuses: InvalidAccessKeyId/)
  })
})

describe('a bucket', () => {
  test('resumes a read after the connection broke', async () => {
    const bucket = openBucket(settings())
    const whole = randomBytes(100_000)
    server.objects.set('dump', whole)
    server.instead.push((_, response) => {
      response.writeHead(200, { 'content-length': whole.length })
      response.write(whole.subarray(0, 60_000), () => response.destroy())
      return true
    })
    await bucket.download('dump', file('resumed'))
    expect(readFileSync(file('resumed')).equals(whole)).toBe(true)
    expect(server.asked).toEqual(['GET dump', 'GET dump'])
  })

  test('aborts an upload that cannot be completed', async () => {
    writeFileSync(file('large'), Buffer.alloc(LARGE))
    const isCompletion = (url = '') => url.includes('uploadId') && !url.includes('partNumber')
    server.instead.push(({ method, url }, response) => {
      if (method !== 'POST' || !isCompletion(url)) return false
      response.writeHead(200).end(errorOf('InternalError'))
      return true
    })
    await expect(openBucket(settings()).upload('dump', file('large'))).rejects.toMatchObject({
      code: 'backup_storage_failed',
      message: 'The object dump was not stored: It "is" so',
    })
    expect([server.objects.size, server.uploads.size]).toEqual([0, 0])
  })

  test('is retried if it is busy, but not if it refuses', async () => {
    const pauses: number[] = []
    const ask = makeAsk(settings(), async (ms) => void pauses.push(ms))
    const busy: S3Server['instead'][number] = (_, response) => {
      response.writeHead(503).end(errorOf('SlowDown'))
      return true
    }
    server.instead.push(busy, busy)
    await ask('PUT', { key: 'a', body: Buffer.from('x') })
    expect([server.asked.length, pauses.length]).toEqual([3, 2])
    await expect(ask('GET', { key: 'none' })).rejects.toMatchObject({
      message: `${server.endpoint}/backups refuses: NoSuchKey (It "is" so)`,
    })
    expect(pauses).toHaveLength(2)
  })

  test('that does not answer is named', async () => {
    await server.close()
    const ask = makeAsk(settings(), async () => {})
    await expect(ask('GET', {})).rejects.toMatchObject({
      message: `${server.endpoint}/backups does not answer (ECONNREFUSED)`,
    })
  })
})

describe('the parts of a file', () => {
  test('are one for a small file, and cover a large one without gaps', () => {
    expect(partsOf(0)).toEqual([{ number: 1, start: 0, length: 0 }])
    expect(partsOf(16 * MIB)).toHaveLength(1)
    expect(partsOf(LARGE).map(({ length }) => length)).toEqual([16 * MIB, 16 * MIB, MIB])
  })

  test('are never more than a storage accepts', () => {
    const parts = partsOf(1_000_000 * MIB)
    expect(parts.length).toBeLessThanOrEqual(10_000)
    expect(parts.at(-1)).toMatchObject({ number: parts.length })
  })
})
