import { X509Certificate } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { type Made, made, settingsOf } from './mocked.ts'

const CLUSTER = {
  kubernetes: { context: 'c', namespace: 'code' },
  image: { reference: 'registry.example.com/codebase-mcp:1' },
}

async function onCluster(values: object = {}): Promise<Made[]> {
  const { KubernetesStack } = await import('../../infra/kubernetes/stack.ts')
  const settings = settingsOf('kubernetes', { ...CLUSTER, ...values })
  return made((own) => new KubernetesStack('codebase', { settings }, own))
}

async function onDocker(postgres: object): Promise<Made[]> {
  const { DockerStack } = await import('../../infra/docker/stack.ts')
  const settings = settingsOf('docker', { postgres, profiles: ['worker'] })
  return made((own) => new DockerStack('codebase', { settings, repositories: [], source: '/project/service' }, own))
}

const inputsOf = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.inputs
}

const faultsOf = (target: 'docker' | 'kubernetes', values: object) => {
  try {
    settingsOf(target, { ...(target === 'kubernetes' ? CLUSTER : {}), ...values })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

interface Container {
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly readinessProbe?: { readonly exec: { readonly command: readonly string[] } }
}

interface Pod {
  readonly containers: readonly Container[]
  readonly volumes: readonly object[]
}

const podOf = (all: readonly Made[], name: string): Pod =>
  (inputsOf(all, name).spec as { readonly template: { readonly spec: Pod } }).template.spec

interface TlsSecret {
  readonly 'tls.crt': string
  readonly 'tls.key': string
  readonly 'ca.crt': string
}

const secretOf = (all: readonly Made[]) => inputsOf(all, 'postgres-tls').stringData as TlsSecret

const AUTHORITY_OF = (secretName: string) => ({
  name: 'authority',
  secret: { secretName, items: [{ key: 'ca.crt', path: 'ca.crt' }], defaultMode: 0o440 },
})

describe('the database of a stack on a cluster', () => {
  test('only accepts encrypted connections from other pods', async () => {
    const all = await onCluster()
    const { args = [] } = podOf(all, 'postgres-pods').containers[0] ?? {}
    expect(args).toEqual(
      expect.arrayContaining([
        'ssl=on',
        'ssl_key_file=/run/secrets/certificate/tls.key',
        'hba_file=/etc/postgresql-access/pg_hba.conf',
      ]),
    )
    const { 'pg_hba.conf': access } = inputsOf(all, 'postgres-access-config').data as { 'pg_hba.conf': string }
    const others = access.split('\n').filter((line) => line.startsWith('host') && !/127\.0\.0\.1|::1/.test(line))
    expect(others).toEqual(['hostssl all all all scram-sha-256'])
  })

  test('has a key that root owns and the group of Postgres may read, as Postgres requires', async () => {
    expect(podOf(await onCluster(), 'postgres-pods').volumes).toContainEqual({
      name: 'certificate',
      secret: { secretName: 'postgres-tls', defaultMode: 0o440 },
    })
  })

  test('has a certificate of its own authority for every name that leads to it', async () => {
    const {
      'tls.crt': server,
      'ca.crt': authority,
      'tls.key': key,
    } = secretOf(await onCluster({ kubernetes: { ...CLUSTER.kubernetes, prefix: 'a-' } }))
    const certificate = new X509Certificate(server)
    expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true)
    expect(new X509Certificate(authority).ca).toBe(true)
    for (const name of ['a-postgres', 'a-postgres.code', 'a-postgres.code.svc', 'localhost']) {
      expect(certificate.checkHost(name), name).toBe(name)
    }
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address), address).toBe(address)
    expect(certificate.checkHost('postgres')).toBeUndefined()
    expect(key).toContain('PRIVATE KEY')
  })

  test('keeps its certificate until another year or another version of the secrets', async () => {
    const of = async (values: object, name: string) => {
      const found = (await onCluster(values)).find((one) => one.name === name)
      return found?.options as { ignoreChanges: string[]; replacementTrigger: unknown }
    }
    const server = 'postgres-certificate-server'
    const now = await of({}, server)
    expect(now.ignoreChanges).toEqual(['input'])
    expect(now.replacementTrigger).toEqual((await of({}, server)).replacementTrigger)
    expect((await of({ secrets: { version: '2' } }, server)).replacementTrigger).not.toEqual(now.replacementTrigger)
    vi.useFakeTimers({ now: new Date('2031-01-01T00:00:00Z'), toFake: ['Date'] })
    try {
      expect((await of({}, server)).replacementTrigger).not.toEqual(now.replacementTrigger)
    } finally {
      vi.useRealTimers()
    }
    const authority = 'postgres-certificate-authority'
    expect((await of({ secrets: { version: '2' } }, authority)).replacementTrigger).toEqual(
      (await of({}, authority)).replacementTrigger,
    )
  })

  test('is verified by every client, none of which sees the key', async () => {
    const all = await onCluster()
    for (const job of ['make-roles-job', 'retire-roles-job']) {
      const { containers, volumes } = podOf(all, job)
      expect(containers[0]?.env).toEqual(
        expect.arrayContaining([
          { name: 'PGSSLMODE', value: 'verify-full' },
          { name: 'PGSSLROOTCERT', value: '/run/secrets/authority/ca.crt' },
        ]),
      )
      expect(volumes).toContainEqual(AUTHORITY_OF('postgres-tls'))
    }
    for (const login of ['service-login', 'owner-login']) {
      const { DATABASE_URL } = inputsOf(all, `${login}-secrets`).stringData as { DATABASE_URL: string }
      expect(DATABASE_URL).toMatch(/\?sslmode=verify-full&sslrootcert=\/run\/secrets\/database\/ca\.crt$/)
    }
  })

  test('reloads a renewed certificate', async () => {
    const { readinessProbe } = podOf(await onCluster(), 'postgres-pods').containers[0] ?? {}
    expect(readinessProbe?.exec.command.at(-1)).toContain('pg_ctl reload')
  })

  test('uses an existing certificate if there is one', async () => {
    const all = await onCluster({ postgres: { tlsSecret: 'of-cert-manager' } })
    expect(all.map(({ name }) => name).filter((name) => /certificate|^postgres-tls/.test(name))).toEqual([])
    expect(podOf(all, 'postgres-pods').volumes).toContainEqual({
      name: 'certificate',
      secret: { secretName: 'of-cert-manager', defaultMode: 0o440 },
    })
    expect(podOf(all, 'make-roles-job').volumes).toContainEqual(AUTHORITY_OF('of-cert-manager'))
  })

  test('is configured only by its image if encryption is off', async () => {
    const all = await onCluster({ postgres: { tls: false } })
    const { args, readinessProbe } = podOf(all, 'postgres-pods').containers[0] ?? {}
    expect(args?.join(' ')).not.toMatch(/ssl|hba/)
    expect(readinessProbe?.exec.command[0]).toBe('pg_isready')
    const { DATABASE_URL } = inputsOf(all, 'service-login-secrets').stringData as { DATABASE_URL: string }
    expect(DATABASE_URL).toMatch(/\/codebase$/)
  })

  test('is verified by the certificate of CloudNativePG if that runs it', async () => {
    const all = await onCluster({ database: { cnpg: {} } })
    const { DATABASE_URL } = inputsOf(all, 'service-login-secrets').stringData as { DATABASE_URL: string }
    expect(DATABASE_URL).toMatch(/@postgres-rw:5432\/codebase\?sslmode=verify-full&sslrootcert=/)
    const authority = { secret: { name: 'postgres-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }
    for (const name of ['server-pods', 'worker-pods', 'migration-job']) {
      const volume = podOf(all, name).volumes.find((each) => (each as { name: string }).name === 'database')
      expect(volume, name).toMatchObject({ projected: { sources: [{}, authority] } })
    }
  })
})

describe('the database of a stack on Docker', () => {
  test('accepts unencrypted connections by default', async () => {
    const all = await onDocker({})
    expect(all.map(({ name }) => name).filter((name) => name.includes('authority'))).toEqual([])
    expect(String(inputsOf(all, 'postgres-container').command)).not.toContain('ssl')
  })

  test('only accepts encrypted connections, also from this machine, if told to', async () => {
    const all = await onDocker({ tls: true })
    expect(inputsOf(all, 'postgres-container')).toMatchObject({
      command: expect.arrayContaining(['ssl=on', 'hba_file=/run/secrets/pg_hba.conf']),
      groupAdds: ['0'],
    })
    const uploads = inputsOf(all, 'postgres-secrets-carrier').uploads as { file: string; permissions: string }[]
    expect(uploads.find(({ file }) => file.endsWith('server.key'))?.permissions).toBe('0440')
    expect(inputsOf(all, 'database-provider')).toMatchObject({
      host: '127.0.0.1',
      sslmode: 'verify-full',
      sslrootcert: expect.stringMatching(/\.crt$/),
    })
    for (const part of ['server', 'worker']) {
      const files = inputsOf(all, `${part}-secrets-carrier`).uploads as { file: string; content: string }[]
      const url = files.find(({ file }) => file === '/run/secrets/DATABASE_URL')?.content
      expect(url, part).toMatch(/\?sslmode=verify-full&sslrootcert=\/run\/secrets\/ca\.crt$/)
      expect(
        files.map(({ file }) => file),
        part,
      ).toContain('/run/secrets/ca.crt')
    }
  })
})

describe('unavailable encryption', () => {
  test.each<['docker' | 'kubernetes', object, string]>([
    [
      'kubernetes',
      { postgres: { tls: false, tlsSecret: 'a' } },
      'postgres.tls: false and postgres.tlsSecret cannot be combined',
    ],
    [
      'kubernetes',
      { database: { cnpg: {} }, postgres: { tls: true } },
      'database.cnpg and postgres.tls cannot be combined',
    ],
    [
      'kubernetes',
      { database: { cnpg: {} }, postgres: { tlsSecret: 'a' } },
      'database.cnpg and postgres.tlsSecret cannot be combined',
    ],
    ['kubernetes', { postgres: { image: 'pgvector/pgvector:pg13' } }, 'postgres.tls requires Postgres 14 or newer'],
    ['docker', { postgres: { image: 'mine:1', version: 13, tls: true } }, 'postgres.tls requires Postgres 14 or newer'],
    ['docker', { postgres: { tlsSecret: 'a' } }, 'postgres.tlsSecret'],
    ['kubernetes', { postgres: { tls: 'on' } }, 'postgres.tls must be true or false, got "on"'],
  ])('is refused on %s with %j', (target, values, fault) => {
    expect(faultsOf(target, values)).toContain(fault)
  })

  test('does not rule out an older Postgres on Docker', () => {
    expect(faultsOf('docker', { postgres: { image: 'pgvector/pgvector:pg13' } })).toBe('')
  })
})
