import { beforeAll, describe, expect, test } from 'vitest'
import { kindOf } from '../../../infra/policy/pods.ts'
import { POLICIES } from '../../../infra/policy/policies.ts'
import { type Made, made, settingsOf } from '../mocked.ts'

const SETTINGS = {
  name: 'shop',
  kubernetes: { context: 'c', namespace: 'codebase', storageClass: 'fast' },
  image: { reference: 'registry.example.com/codebase-mcp:1.2.3' },
}

const BUCKET = { s3Bucket: 'backups', s3Endpoint: 'https://s3.example.com', s3AccessKey: 'id', s3SecretKey: 'canary' }

async function resources(values: Record<string, unknown> = {}): Promise<Made[]> {
  const { Base } = await import('../../../infra/kubernetes/base.ts')
  const { Backup } = await import('../../../infra/kubernetes/backup/backup.ts')
  const settings = settingsOf('kubernetes', { ...SETTINGS, ...values })
  const files = { folder: 'database', variables: { DATABASE_URL: 'DATABASE_URL' }, isGiven: false }
  const logins = {
    service: { ...files, secret: 'service-login' },
    owner: { ...files, secret: 'owner-login' },
    ready: [],
  }
  return made((own) => {
    const base = new Base('base', { settings }, own)
    return new Backup('backup', { settings, base, logins }, own)
  })
}

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly command?: readonly string[]
  readonly restartPolicy?: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly resources: { readonly limits: Readonly<Record<string, string>> }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}

interface Pod {
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly Readonly<Record<string, unknown>>[]
  readonly restartPolicy: string
}

interface CronJob {
  readonly schedule: string
  readonly suspend: boolean
  readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: Pod } } & Record<string, unknown> }
}

const inputsOf = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name} among ${all.map((one) => one.name).join(', ')}`)
  return found.inputs
}

const cronJob = (all: readonly Made[], name: string) => inputsOf(all, `${name}-cronjob`).spec as CronJob
const podOf = (all: readonly Made[], name: string) => cronJob(all, name).jobTemplate.spec.template.spec
const stepsOf = (all: readonly Made[], name: string) => {
  const { initContainers, containers } = podOf(all, name)
  return [...initContainers, ...containers]
}
const variablesOf = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]))
const NAMES = ['backup', 'restore-test', 'restore']

describe('backups on a cluster', () => {
  let all: Made[]
  beforeAll(async () => {
    all = await resources()
  })

  test('are created and tested by schedules in UTC, one at a time, under names that people can start', () => {
    expect(NAMES.map((name) => cronJob(all, name))).toMatchObject([
      { schedule: '0 2 * * *', suspend: false },
      { schedule: '0 4 * * 0', suspend: false },
      { suspend: true },
    ])
    for (const name of NAMES) {
      expect(inputsOf(all, `${name}-cronjob`).metadata).toMatchObject({ name })
      expect(cronJob(all, name)).toMatchObject({
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: expect.any(Number),
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: { backoffLimit: 1, activeDeadlineSeconds: 6 * 3600 } },
      })
      expect(podOf(all, name).restartPolicy).toBe('Never')
    }
  })

  test('run when the settings say, and are suspended with the stack', async () => {
    const backup = { schedule: '30 1 * * *', testSchedule: '0 5 1 * *' }
    const stopped = await resources({ backup, running: false })
    expect(NAMES.slice(0, 2).map((name) => cronJob(stopped, name))).toMatchObject([
      { schedule: '30 1 * * *', suspend: true },
      { schedule: '0 5 1 * *', suspend: true },
    ])
  })

  test('comply with every policy', () => {
    const problems = all.flatMap(({ type, inputs, name, secrets }) => {
      const subject = { type, name, inputs, secrets } as never
      return POLICIES.filter(({ level, needsMarks }) => level === 'mandatory' && needsMarks !== true).flatMap(
        (policy) => policy.check(subject).map(({ at, says }) => `${name}: ${policy.name}: ${at} ${says}`),
      )
    })
    expect(problems).toEqual([])
    expect(all.filter((one) => kindOf(one as never) === 'CronJob')).toHaveLength(3)
  })

  test('are dumped by the image of Postgres, and stored by the service', () => {
    expect(stepsOf(all, 'backup').map(({ name, image, args, command }) => [name, image, args ?? command])).toEqual([
      ['dump', 'pgvector/pgvector:pg17', ['bash', '/scripts/dump.sh']],
      ['store-backup', 'registry.example.com/codebase-mcp:1.2.3', ['store-backup', '/exchange']],
    ])
  })

  test('are test-restored into a Postgres beside it that only this pod reaches', () => {
    const steps = stepsOf(all, 'restore-test')
    expect(steps.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['fetch-backup', undefined],
      ['throw-away', 'Always'],
      ['restore', undefined],
      ['check-restore', undefined],
    ])
    expect(steps[0]?.args).toEqual(['fetch-backup', '/exchange', '--test'])
    expect(steps[1]?.command).toEqual(expect.arrayContaining(['-c', 'listen_addresses=127.0.0.1']))
    expect(variablesOf(steps[3] as Container).RESTORED_DATABASE_URL).toBe('postgres://postgres@127.0.0.1:5432/codebase')
    const data = podOf(all, 'restore-test').volumes.find(({ name }) => name === 'data')
    expect(data).toEqual({ name: 'data', emptyDir: { sizeLimit: '20Gi' } })
    expect(steps[1]?.resources.limits['ephemeral-storage']).toBe(`${20 * 1024 + 512}Mi`)
  })

  test('restore the named one in place of the database, and migrate it', () => {
    const [fetch, restore, migrate] = stepsOf(all, 'restore')
    expect(fetch?.args).toEqual(['fetch-backup', '/exchange', '--name=$(BACKUP)'])
    expect(variablesOf(fetch as Container).BACKUP).toBe('newest')
    expect(restore?.command).toEqual(['bash', '/scripts/restore.sh', 'replace'])
    expect(migrate?.args).toEqual(['migrate'])
  })

  test('are on a volume of their own that outlives the stack', () => {
    expect(all.find(({ name }) => name === 'backups-claim')?.options.protect).toBe(true)
    expect(inputsOf(all, 'backups-claim').spec).toMatchObject({
      storageClassName: 'fast',
      resources: { requests: { storage: '20Gi' } },
    })
    for (const name of NAMES) {
      expect(podOf(all, name).volumes).toContainEqual({
        name: 'backups',
        persistentVolumeClaim: { claimName: 'backups' },
      })
    }
  })

  test('log in as the owner of the schema, by files', () => {
    for (const step of NAMES.flatMap((name) => stepsOf(all, name)).filter(({ name }) => name !== 'throw-away')) {
      expect(variablesOf(step).DATABASE_URL_FILE, step.name).toBe('/run/secrets/database/DATABASE_URL')
      expect(step.volumeMounts, step.name).toContainEqual(
        expect.objectContaining({ name: 'database', mountPath: '/run/secrets/database' }),
      )
    }
    expect(podOf(all, 'backup').volumes).toContainEqual(
      expect.objectContaining({ secret: { secretName: 'owner-login', defaultMode: 0o440 } }),
    )
  })

  test('mount only declared volumes, each once', () => {
    for (const name of NAMES) {
      const declared = podOf(all, name).volumes.map((volume) => volume.name)
      expect(new Set(declared).size, name).toBe(declared.length)
      const mounted = stepsOf(all, name).flatMap(({ volumeMounts }) => volumeMounts.map((mount) => mount.name))
      expect(new Set(mounted), name).toEqual(new Set(declared))
    }
  })
})

describe('backups in a bucket', () => {
  test('have no key if the account of their pods has a role', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/backups' }
    const { s3AccessKey: _, s3SecretKey: __, ...bucket } = BUCKET
    const all = await resources({ backup: { ...bucket, serviceAccount: { name: 'backups', annotations } } })
    expect(JSON.stringify(all.map(({ inputs }) => inputs))).not.toContain('AWS_')
    expect(all.map(({ name }) => name)).not.toContain('backup-secrets')
  })

  test('need no volume, and get the key as files of a Secret', async () => {
    const all = await resources({ backup: { ...BUCKET, storage: '5Gi', keep: 3 } })
    expect(all.filter(({ type }) => type.endsWith('PersistentVolumeClaim'))).toEqual([])
    expect(all.find(({ name }) => name === 'backup-secrets')?.secrets).toEqual(['stringData'])
    const store = stepsOf(all, 'backup')[1] as Container
    expect(variablesOf(store)).toMatchObject({
      BACKUP_NAME: 'shop',
      BACKUP_KEEP: '3',
      BACKUP_FOLDER: '/backups',
      BACKUP_S3_BUCKET: 'backups',
      BACKUP_S3_ENDPOINT: 'https://s3.example.com',
      BACKUP_S3_REGION: 'us-east-1',
      BACKUP_S3_PREFIX: 'codebase-mcp/',
      AWS_SECRET_ACCESS_KEY_FILE: '/run/secrets/backup/AWS_SECRET_ACCESS_KEY',
    })
    expect(podOf(all, 'backup').volumes).toContainEqual({ name: 'backups', emptyDir: { sizeLimit: '5Gi' } })
    expect(store.resources.limits['ephemeral-storage']).toBe(`${5 * 1024 + 512}Mi`)
    const told = JSON.stringify(all.filter(({ name }) => name !== 'backup-secrets').map(({ inputs }) => inputs))
    expect(told).not.toContain('canary')
  })

  test('use a key in an existing Secret', async () => {
    const { s3AccessKey: _, s3SecretKey: __, ...bucket } = BUCKET
    const all = await resources({ backup: bucket, secrets: { backup: 'their-key' } })
    expect(all.map(({ name }) => name)).not.toContain('backup-secrets')
    expect(podOf(all, 'backup').volumes).toContainEqual(
      expect.objectContaining({ secret: { secretName: 'their-key', defaultMode: 0o440 } }),
    )
  })
})
