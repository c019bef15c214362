import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../../infra/settings/settings.ts'
import { CERTIFICATE } from './certificate.ts'
import { type Made, made, settingsOf } from './mocked.ts'

const EXTERNAL = { host: 'db.example.com', password: 'secret', sslMode: 'verify-full' }
const URL = 'postgres://app:pass@db.example.com/code'

const CLUSTER = { kubernetes: { context: 'c' }, image: { reference: 'registry.example.com/codebase-mcp:1' } }

async function onCluster(database: object): Promise<Made[]> {
  const { KubernetesStack } = await import('../../infra/kubernetes/stack.ts')
  const settings = settingsOf('kubernetes', { ...CLUSTER, database })
  return made((own) => new KubernetesStack('codebase', { settings }, own))
}

async function onDocker(database: object): Promise<Made[]> {
  const { DockerStack } = await import('../../infra/docker/stack.ts')
  const settings = settingsOf('docker', { database, profiles: ['worker'] })
  return made((own) => new DockerStack('codebase', { settings, repositories: [], source: '/project/service' }, own))
}

const inputsOf = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.inputs
}

interface Pod {
  readonly volumes: readonly { readonly name: string; readonly secret?: object; readonly projected?: object }[]
}

/** Returns the pods that connect to the database. */
const podsOf = (all: readonly Made[]) =>
  ['server-pods', 'worker-pods', 'migration-job', 'backup-cronjob', 'restore-cronjob', 'restore-test-cronjob'].map(
    (name) => {
      const { jobTemplate, template } = inputsOf(all, name).spec as {
        template: { spec: Pod }
        jobTemplate?: { spec: { template: { spec: Pod } } }
      }
      return { name, pod: jobTemplate?.spec.template.spec ?? template.spec }
    },
  )

function faultsOf(target: string, database: object): string {
  const config = { ...(target === 'kubernetes' ? CLUSTER : {}), target, database }
  const values = Object.entries(config).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  try {
    readSettings(Object.fromEntries(values))
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the certificate of an external database', () => {
  test('is a file beside the login of every client on a cluster, and the URL names it', async () => {
    const all = await onCluster({ external: { ...EXTERNAL, ca: CERTIFICATE } })
    for (const login of ['service-login', 'owner-login']) {
      const data = inputsOf(all, `${login}-secrets`).stringData as Record<string, string>
      expect(data['ca.crt']).toBe(CERTIFICATE)
      expect(data.DATABASE_URL).toMatch(/\?sslmode=verify-full&sslrootcert=\/run\/secrets\/database\/ca\.crt$/)
    }
    for (const { name, pod } of podsOf(all)) {
      expect(pod.volumes.find((volume) => volume.name === 'database')?.secret, name).toBeDefined()
    }
  })

  test.each(['require', 'verify-ca'])('accompanies sslMode %s', async (sslMode) => {
    const all = await onCluster({ external: { ...EXTERNAL, sslMode, ca: CERTIFICATE } })
    const { DATABASE_URL } = inputsOf(all, 'service-login-secrets').stringData as Record<string, string>
    expect(DATABASE_URL).toMatch(new RegExp(`\\?sslmode=${sslMode}&sslrootcert=`))
    expect(inputsOf(all, 'index-provider').sslmode).toBe(sslMode)
  })

  test('is a file on this machine, from which roles are created', async () => {
    const { sslmode, sslrootcert } = inputsOf(
      await onCluster({ external: { ...EXTERNAL, ca: CERTIFICATE } }),
      'index-provider',
    )
    expect(sslmode).toBe('verify-full')
    expect(readFileSync(String(sslrootcert).replace(/^\.\.\//, ''), 'utf8')).toBe(CERTIFICATE)
  })

  test.each<[object, object]>([
    [{ configMap: 'team-ca' }, { configMap: { name: 'team-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }],
    [{ secret: 'rds', key: 'eu.pem' }, { secret: { name: 'rds', items: [{ key: 'eu.pem', path: 'ca.crt' }] } }],
  ])('is read from %j of the cluster', async (ca, source) => {
    for (const database of [{ external: { ...EXTERNAL, ca } }, { url: URL, ca }]) {
      for (const { name, pod } of podsOf(await onCluster(database))) {
        const volume = pod.volumes.find((each) => each.name === 'database')
        expect(volume?.projected, name).toMatchObject({ sources: [{ secret: {} }, source] })
      }
    }
  })

  test('can accompany a URL on a cluster, which keeps its own sslmode', async () => {
    const all = await onCluster({ url: URL, migrationUrl: `${URL}?sslmode=verify-ca`, ca: CERTIFICATE })
    expect(inputsOf(all, 'database-secrets').stringData).toEqual({
      DATABASE_URL: `${URL}?sslmode=verify-full&sslrootcert=/run/secrets/database/ca.crt`,
      MIGRATION_DATABASE_URL: `${URL}?sslmode=verify-ca&sslrootcert=/run/secrets/database/ca.crt`,
      'ca.crt': CERTIFICATE,
    })
  })

  test('is a file for server and worker on Docker', async () => {
    const all = await onDocker({ url: URL, ca: CERTIFICATE })
    for (const part of ['server', 'worker']) {
      expect(inputsOf(all, `${part}-secrets-carrier`).uploads, part).toEqual([
        {
          file: '/run/secrets/DATABASE_URL',
          content: `${URL}?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt`,
          permissions: '0444',
        },
        { file: '/run/secrets/ca.crt', content: CERTIFICATE, permissions: '0444' },
      ])
    }
  })

  test.each<[string, string, object]>([
    ['database.ca requires database.url, which is missing', 'kubernetes', { ca: CERTIFICATE }],
    ['database.ca names an object in a cluster', 'docker', { url: URL, ca: { configMap: 'team-ca' } }],
    [
      'database.ca and sslrootcert in database.url cannot be combined',
      'docker',
      { url: `${URL}?sslrootcert=/a`, ca: CERTIFICATE },
    ],
    [
      'database.ca and sslmode=disable in database.url cannot be combined',
      'docker',
      { url: `${URL}?sslmode=disable`, ca: CERTIFICATE },
    ],
    [
      'database.external.ca and database.external.sslMode: disable cannot be combined',
      'kubernetes',
      { external: { ...EXTERNAL, sslMode: 'disable', ca: CERTIFICATE } },
    ],
    ['database.ca must be certificates in PEM', 'docker', { url: URL, ca: 'team-ca' }],
    [
      'database.external.ca contains a private key',
      'kubernetes',
      { external: { ...EXTERNAL, ca: '-----BEGIN PRIVATE KEY-----' } },
    ],
    ['must have either configMap or secret', 'kubernetes', { external: { ...EXTERNAL, ca: { key: 'a' } } }],
    [
      'database.ca has an invalid certificate, number 1 of 1',
      'docker',
      { url: URL, ca: CERTIFICATE.replace('MIIB', 'AAAA') },
    ],
  ])('is refused if it cannot be used: %s', (fault, target, database) => {
    expect(faultsOf(target, database)).toContain(fault)
  })
})
