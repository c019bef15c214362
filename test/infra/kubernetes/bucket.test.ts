import { describe, expect, test } from 'vitest'
import { networkPolicies } from '../../../infra/kubernetes/network-policies.ts'
import { objectProblems } from '../../../infra/kubernetes-api/rules.ts'
import { read } from '../keyed-settings.ts'
import { type Made, objectsOf, settingsOf } from '../mocked.ts'

const IMAGE = { reference: 'registry.example.com/codebase-mcp:1' }
const KEY = { s3AccessKey: 'id', s3SecretKey: 'key' }
const ACCOUNT = { name: 'backups' }

const settings = (backup: object, values: object = {}) =>
  settingsOf('kubernetes', { image: IMAGE, backup: { s3Bucket: 'backups', ...backup }, ...values })

const faultsOf = (backup: object, values: object = {}) => {
  try {
    read({ backup: { s3Bucket: 'backups', ...backup }, ...values })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

interface CronJob {
  readonly spec: {
    jobTemplate: { spec: { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } } }
  }
}

async function variablesOf(backup: object, values: object = {}) {
  const all = await objectsOf(settings(backup, values))
  const job = all.find(({ name }) => name === 'backup-cronjob')?.inputs as unknown as CronJob
  const [container] = job.spec.jobTemplate.spec.template.spec.containers
  return Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? [])
}

const egressOf = (backup: object) => JSON.stringify(networkPolicies(settings(backup)).backup?.egress)

test('backups get the encryption and the address of the bucket', async () => {
  const encrypted = { ...KEY, s3Encryption: 'aws:kms', s3KmsKey: 'alias/backups', s3PathStyle: false }
  expect(await variablesOf(encrypted)).toMatchObject({
    BACKUP_S3_ENCRYPTION: 'aws:kms',
    BACKUP_S3_KMS_KEY: 'alias/backups',
    BACKUP_S3_PATH_STYLE: 'false',
  })
  const plain = Object.keys(await variablesOf(KEY))
  expect(plain.filter((name) => /ENCRYPTION|KMS|PATH_STYLE|IDENTITY/.test(name))).toEqual([])
})

describe('an identity of the pods', () => {
  const PROXY = { network: { proxy: { https: 'http://proxy.example.com:3128' } } }

  test('of EKS reaches the agent on the node, without the proxy', async () => {
    const backup = { s3Identity: 'pod-identity', s3Region: 'eu-west-1', serviceAccount: ACCOUNT }
    expect(egressOf(backup)).toContain(
      '{"to":[{"ipBlock":{"cidr":"169.254.170.23/32"}},{"ipBlock":{"cidr":"fd00:ec2::23/128"}}],"ports":[{"protocol":"TCP","port":80}]}',
    )
    const { NO_PROXY = '', ...variables } = await variablesOf(backup, PROXY)
    expect(NO_PROXY.split(',')).toEqual(expect.arrayContaining(['169.254.170.23', 'fd00:ec2::23']))
    expect(JSON.stringify(variables)).not.toMatch(/AWS_|IDENTITY/)
  })

  test('of Google Cloud reaches its metadata server', async () => {
    const backup = { s3Identity: 'google', s3Endpoint: 'https://storage.googleapis.com', s3Region: 'auto' }
    expect(egressOf(backup)).toContain('169.254.169.254/32')
    expect(egressOf(backup)).toContain('{"protocol":"TCP","port":988}')
    expect(await variablesOf(backup, PROXY)).toMatchObject({ BACKUP_S3_IDENTITY: 'google' })
  })

  test('is not needed with a key, so its servers stay closed', () => {
    expect(egressOf(KEY)).not.toContain('169.254.170.23/32')
  })
})

describe('settings of a bucket that cannot work are refused:', () => {
  test.each<[object, string]>([
    [{ ...KEY, s3KmsKey: 'alias/a' }, 'backup.s3KmsKey requires backup.s3Encryption: aws:kms'],
    [{ ...KEY, s3Encryption: 'AES128' }, 'backup.s3Encryption must be one of AES256, aws:kms'],
    [{ ...KEY, s3Encryption: 'aws:kms', s3KmsKey: 'my-key' }, 'backup.s3KmsKey is my-key, which is no key of AWS'],
    [
      {
        ...KEY,
        s3Region: 'eu-west-1',
        s3Encryption: 'aws:kms',
        s3KmsKey: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      },
      'is a key in us-east-1, but the bucket is in eu-west-1',
    ],
    [
      { ...KEY, s3Encryption: 'AES256', s3Endpoint: 'https://storage.googleapis.com', s3Region: 'auto' },
      'which Cloud Storage does not take from a request',
    ],
    [
      { ...KEY, s3Endpoint: 'https://s3.oss-eu-central-1.aliyuncs.com' },
      'takes no bucket in a path; set backup.s3PathStyle to false',
    ],
    [{ ...KEY, s3Bucket: 'my.backups', s3PathStyle: false }, 'is not valid for my.backups.s3.us-east-1.amazonaws.com'],
    [
      { ...KEY, s3Endpoint: 'http://10.0.0.9:9000', s3PathStyle: false },
      'backup.s3PathStyle is false, but backups.10.0.0.9 is the name of no host',
    ],
    [{ ...KEY, s3Endpoint: 'http://minio:9000', s3PathStyle: false }, 'backups.minio is the name of no host'],
    [
      { ...KEY, s3Identity: 'google', s3Endpoint: 'https://storage.googleapis.com' },
      'backup.s3Identity and backup.s3AccessKey cannot be combined',
    ],
    [{ s3Identity: 'google' }, 'set backup.s3Endpoint to https://storage.googleapis.com'],
    [{ s3Identity: 'pod-identity' }, 'which knows pods by their ServiceAccount'],
    [
      { s3Identity: 'pod-identity', serviceAccount: ACCOUNT, s3Endpoint: 'https://minio.example.com' },
      'whose keys are of AWS, but backup.s3Endpoint is https://minio.example.com',
    ],
    [{ s3Identity: 'irsa', serviceAccount: ACCOUNT }, 'lacks the annotation eks.amazonaws.com/role-arn'],
    [{ s3Identity: 'azure', serviceAccount: ACCOUNT }, 'backup.s3Identity must be one of irsa, pod-identity, google'],
    [
      { s3Bucket: undefined, s3Encryption: 'AES256' },
      'backup.s3Bucket is missing, but backup.s3Encryption requires it',
    ],
  ])('%j', (backup, message) => {
    expect(faultsOf(backup)).toContain(message)
  })

  test.each<[string, object]>([
    ['a key of another kind on another store', { s3Endpoint: 'https://minio.example.com', s3KmsKey: 'my-key' }],
    ['the key of a multi-region', { s3KmsKey: 'mrk-1234abcd12ab34cd56ef1234567890ab' }],
    ['the alias of another account', { s3KmsKey: 'arn:aws:kms:us-east-1:111122223333:alias/team/backups' }],
    ['none, for that of the account', {}],
  ])('but not %s', (_, more) => {
    expect(faultsOf({ ...KEY, s3Encryption: 'aws:kms', ...more })).toBe('')
  })
})

describe('the archive of CloudNativePG', () => {
  const ARCHIVE = { database: { cnpg: { archive: {} } } }
  const objectOf = (all: readonly Made[], kind: string) =>
    all.find(({ type }) => type.endsWith(`:${kind}`))?.inputs as Readonly<Record<string, unknown>>

  test('is encrypted as backups are', async () => {
    const all = await objectsOf(settings({ ...KEY, s3Encryption: 'aws:kms', s3KmsKey: 'alias/backups' }, ARCHIVE))
    expect(objectOf(all, 'ObjectStore')).toMatchObject({
      spec: {
        configuration: {
          data: { encryption: 'aws:kms', additionalCommandArgs: ['--sse-kms-key-id=alias/backups'] },
          wal: { encryption: 'aws:kms', archiveAdditionalCommandArgs: ['--sse-kms-key-id=alias/backups'] },
        },
      },
    })
  })

  test('is opened by Pod Identity, without an annotation', async () => {
    const backup = { s3Identity: 'pod-identity', serviceAccount: ACCOUNT }
    const all = await objectsOf(settings(backup, ARCHIVE))
    expect(objectOf(all, 'ObjectStore')).toMatchObject({
      spec: { configuration: { s3Credentials: { inheritFromIAMRole: true } } },
    })
    expect(JSON.stringify(objectOf(all, 'Cluster'))).not.toContain('serviceAccountTemplate')
  })

  test('fits the schemas of the operator and its plugin, as do the objects of a user', async () => {
    const full = { ...KEY, s3Encryption: 'AES256', s3Endpoint: 'https://minio.example.com', schedule: '@daily' }
    const postgres = { parameters: { work_mem: '32MB' }, env: { TZ: 'UTC' }, nodeSelector: { disk: 'ssd' } }
    const all = await objectsOf(settings(full, { ...ARCHIVE, postgres, network: { ca: { secret: 'ca' } } }))
    for (const kind of ['Cluster', 'ObjectStore', 'ScheduledBackup']) {
      const object = JSON.parse(JSON.stringify(objectOf(all, kind))) as Readonly<Record<string, unknown>>
      expect(objectProblems(object), kind).toEqual([])
    }
  })

  test.each<[object, string]>([
    [{ ...KEY, s3Endpoint: 'https://s3.example.com', s3PathStyle: false }, 'its plugin addresses buckets by path'],
    [{ s3Identity: 'google', s3Endpoint: 'https://storage.googleapis.com' }, 'database.cnpg.archive needs what opens'],
    [{ ...KEY, s3Region: 'moon' }, 'which is not an AWS region'],
  ])('is refused with %j', (backup, message) => {
    expect(faultsOf(backup, ARCHIVE)).toContain(message)
  })
})

describe('an object of CloudNativePG or its plugin is refused with', () => {
  const object = (kind: string, spec: object, group = 'postgresql.cnpg.io') => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: 'a' },
    spec,
  })
  const store = (configuration: object, more: object = {}) =>
    object('ObjectStore', { configuration, ...more }, 'barmancloud.cnpg.io')
  const S3 = { destinationPath: 's3://team/', s3Credentials: { inheritFromIAMRole: true } }

  test.each<[string, object, string]>([
    ['a retention in years', store(S3, { retentionPolicy: '1y' }), 'retentionPolicy must be a whole number of days'],
    ['no destination', store({ s3Credentials: {} }), 'spec.configuration.destinationPath is missing'],
    ['no credentials', store({ destinationPath: 's3://team/' }), 'must have exactly one of s3Credentials'],
    ['a path of another cloud', store({ ...S3, destinationPath: 'gs://team/' }), 'must start with s3://'],
    [
      'half a key',
      store({ ...S3, s3Credentials: { accessKeyId: { name: 'a', key: 'b' } } }),
      'accessKeyId and secretAccessKey',
    ],
    ['an unknown compression', store({ ...S3, data: { compression: 'zip' } }), 'must be one of bzip2, gzip'],
    ['a misspelt field', store({ ...S3, wall: {} }), 'did you mean wal?'],
    [
      'a schedule of five fields',
      object('ScheduledBackup', { schedule: '0 2 * * *', cluster: { name: 'a' } }),
      'a field for seconds',
    ],
    ['a backup of no cluster', object('ScheduledBackup', { schedule: '@daily' }), 'spec.cluster is missing'],
    [
      'a pool of an unknown kind',
      object('Pooler', { cluster: { name: 'a' }, pgbouncer: { poolMode: 'statement' } }),
      'must be one of',
    ],
    ['a database without an owner', object('Database', { name: 'a', cluster: { name: 'a' } }), 'spec.owner is missing'],
    [
      'a text for a number',
      object('Cluster', { instances: 'three', storage: { size: '1Gi' } }),
      'spec.instances must be a whole number',
    ],
    [
      'an unknown kind of affinity',
      object('Cluster', { affinity: { podAntiAffinityType: 'hard' }, storage: { size: '1Gi' } }),
      'must be preferred or required',
    ],
    ['a kind that nobody has', object('Poolers', {}), 'did you mean Pooler?'],
    ['another version', { ...store(S3), apiVersion: 'barmancloud.cnpg.io/v1beta1' }, 'must be barmancloud.cnpg.io/v1'],
  ])('%s', (_, given, message) => {
    expect(
      objectProblems({ ...given })
        .map(({ path, says }) => `${path.join('.')} ${says}`)
        .join('\n'),
    ).toContain(message)
  })
})
