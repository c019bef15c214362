import { describe, expect, test } from 'vitest'
import { type Made, objectsOf, settingsOf } from '../mocked.ts'

const IMAGE = { reference: 'registry.example.com/codebase-mcp:1' }
const BUCKET = { s3Bucket: 'backups', s3AccessKey: 'id', s3SecretKey: 'key' }
const ROLE = 'arn:aws:iam::111122223333:role/backups'
const BY_ROLE = {
  s3Bucket: 'backups',
  serviceAccount: { name: 'b', annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
}

const settings = (archive: object, values: object = {}) =>
  settingsOf('kubernetes', { image: IMAGE, database: { cnpg: { archive } }, backup: BUCKET, ...values })

interface Identified {
  readonly kind: string
  readonly spec: Readonly<Record<string, unknown>>
}

const of = (all: readonly Made[], kind: string) =>
  all.map(({ inputs }) => inputs as unknown as Identified).find((object) => object.kind === kind)?.spec

const faultsOf = (archive: object, values: object = {}) => {
  try {
    settings(archive, values)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the archive of CloudNativePG', () => {
  test('is written by its plugin to the bucket of backups', async () => {
    const all = await objectsOf(settings({ days: 14 }, { backup: { ...BUCKET, s3Endpoint: 'https://s3.example.com' } }))
    expect(of(all, 'ObjectStore')).toMatchObject({
      retentionPolicy: '14d',
      configuration: {
        destinationPath: 's3://backups/codebase-mcp/',
        endpointURL: 'https://s3.example.com',
        s3Credentials: {
          accessKeyId: { key: 'AWS_ACCESS_KEY_ID' },
          secretAccessKey: { key: 'AWS_SECRET_ACCESS_KEY' },
        },
      },
    })
    expect(of(all, 'Cluster')).toMatchObject({
      plugins: [
        {
          name: 'barman-cloud.cloudnative-pg.io',
          isWALArchiver: true,
          parameters: { barmanObjectName: 'postgres' },
        },
      ],
      bootstrap: { initdb: { database: 'codebase' } },
    })
    const named = all.filter(({ type }) => /:(Cluster|ObjectStore|ScheduledBackup)$/.test(type))
    expect(named.map(({ inputs }) => (inputs.metadata as { name: string }).name)).toEqual(Array(3).fill('postgres'))
  })

  test.each([
    ['30 1 * * *', '0 30 1 * * *'],
    ['@daily', '@daily'],
  ])('has base backups by the schedule of backups, %s', async (schedule, written) => {
    const all = await objectsOf(settings({}, { backup: { ...BUCKET, schedule } }))
    expect(of(all, 'ScheduledBackup')).toMatchObject({
      schedule: written,
      immediate: true,
      suspend: false,
      method: 'plugin',
      cluster: { name: 'postgres' },
    })
    expect(of(await objectsOf(settings({}, { running: false })), 'ScheduledBackup')).toMatchObject({ suspend: true })
  })

  test('is opened by the role of backups, if that opens the bucket', async () => {
    const all = await objectsOf(settings({}, { backup: BY_ROLE }))
    expect(of(all, 'ObjectStore')).toMatchObject({ configuration: { s3Credentials: { inheritFromIAMRole: true } } })
    expect(of(all, 'Cluster')).toMatchObject({
      serviceAccountTemplate: { metadata: { annotations: { 'eks.amazonaws.com/role-arn': ROLE } } },
    })
  })

  test('is opened by an existing Secret, also without dumps', async () => {
    const values = { backup: { s3Bucket: 'backups', enabled: false }, secrets: { backup: 'keys' } }
    const name = { name: 'keys' }
    expect(of(await objectsOf(settings({}, values)), 'ObjectStore')).toMatchObject({
      configuration: { s3Credentials: { accessKeyId: name, secretAccessKey: name } },
    })
  })

  test('is reached through the proxy, unlike the API of the cluster', async () => {
    const proxy = { https: 'http://user:canary@proxy.example.com:3128' }
    const all = await objectsOf(
      settings(
        {},
        {
          network: { proxy, ca: { secret: 'ours', key: 'root.pem' } },
          backup: { ...BUCKET, s3Endpoint: 'https://s3.example.com' },
        },
      ),
    )
    const store = of(all, 'ObjectStore') as {
      configuration: { endpointCA: object }
      instanceSidecarConfiguration: { env: { name: string; value?: string; valueFrom?: object }[] }
    }
    const { env } = store.instanceSidecarConfiguration
    expect(env.find(({ name }) => name === 'HTTPS_PROXY')?.valueFrom).toMatchObject({
      secretKeyRef: { key: 'HTTPS_PROXY' },
    })
    expect(env.find(({ name }) => name === 'NO_PROXY')?.value).toMatch(/,\$\(KUBERNETES_SERVICE_HOST\)$/)
    expect(store.configuration.endpointCA).toEqual({ name: 'ours', key: 'root.pem' })
    expect(JSON.stringify(store)).not.toContain('canary')
  })

  test('can be the start of another cluster, with new passwords', async () => {
    const archive = { name: 'second', recoverFrom: 'postgres', recoverUntil: '2026-05-31T09:30:00Z' }
    expect(of(await objectsOf(settings(archive)), 'Cluster')).toMatchObject({
      bootstrap: {
        recovery: {
          source: 'archive',
          database: 'codebase',
          owner: 'codebase_migrator',
          secret: { name: 'postgres-owner' },
          recoveryTarget: { targetTime: '2026-05-31T09:30:00Z' },
        },
      },
      externalClusters: [{ name: 'archive', plugin: { parameters: { serverName: 'postgres' } } }],
      plugins: [{ parameters: { serverName: 'second' } }],
    })
  })

  test('does not exist unless requested', async () => {
    const all = await objectsOf(settingsOf('kubernetes', { image: IMAGE, database: { cnpg: {} }, backup: BUCKET }))
    expect(of(all, 'ObjectStore')).toBeUndefined()
    expect(of(all, 'ScheduledBackup')).toBeUndefined()
    expect(of(all, 'Cluster')).not.toHaveProperty('plugins')
  })

  test.each<[object, object, string]>([
    [{}, { backup: {} }, 'database.cnpg.archive needs a bucket, and backup.s3Bucket is missing'],
    [
      {},
      { backup: { s3Bucket: 'backups', serviceAccount: { name: 'given', create: false } } },
      'database.cnpg.archive needs what opens backup.s3Bucket',
    ],
    [{ recoverFrom: 'postgres' }, {}, 'database.cnpg.archive.recoverFrom is postgres, into which this cluster would'],
    [
      { recoverFrom: 'a-postgres' },
      { kubernetes: { prefix: 'a-' } },
      'database.cnpg.archive.recoverFrom is a-postgres, into which this cluster would',
    ],
    [{ recoverUntil: '2026-05-31T09:30:00Z' }, {}, 'recoverUntil goes with recoverFrom, which is missing'],
    [
      { recoverFrom: 'b', recoverUntil: 'yesterday' },
      {},
      'must be a time in UTC such as 2026-05-31T09:30:00Z, got "yesterday"',
    ],
    [{ recoverFrom: 'b', recoverUntil: '2026-13-31T09:30:00Z' }, {}, 'must be a time in UTC'],
    [{ days: 0 }, {}, 'database.cnpg.archive.days must be a whole number from 1 to 3650'],
    [{ name: 'A/B' }, {}, 'database.cnpg.archive.name must be lower-case letters'],
    [
      {},
      { network: { ca: { configMap: 'ours' } }, backup: { ...BUCKET, s3Endpoint: 'https://s3.example.com' } },
      'database.cnpg.archive and network.ca.configMap cannot be combined',
    ],
  ])('is refused with %j and %j', (archive, values, fault) => {
    expect(faultsOf(archive, values)).toContain(fault)
  })
})
