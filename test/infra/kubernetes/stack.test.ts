import { beforeAll, describe, expect, test } from 'vitest'
import { allClaimsOf, claimsOf } from '../../../infra/plan/demand.ts'
import { type Made, made, settingsOf } from '../mocked.ts'
import { notEmpty } from '../not-empty.ts'

const SETTINGS = {
  kubernetes: {
    context: 'production',
    cluster: 'eu-1',
    namespace: 'codebase',
    storageClass: 'fast',
    pullSecret: 'pull',
  },
  image: { reference: 'registry.example.com/codebase-mcp:1.2.3' },
}

async function resources(values: Record<string, unknown> = {}, options: Parameters<typeof made>[1] = {}) {
  const { KubernetesStack } = await import('../../../infra/kubernetes/stack.ts')
  const settings = settingsOf('kubernetes', { ...SETTINGS, ...values })
  return made((own) => new KubernetesStack('codebase', { settings }, own), options)
}

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: string[]
  readonly command?: string[]
  readonly env: { name: string; value: string }[]
  readonly resources: object
  readonly securityContext: object
  readonly startupProbe?: object
  readonly readinessProbe?: { httpGet?: { path: string; httpHeaders: object[] } }
  readonly livenessProbe?: { httpGet?: { path: string } }
}

interface Spec {
  readonly replicas?: number
  readonly strategy?: object
  readonly template: {
    readonly spec: { readonly containers: Container[]; readonly volumes: object[]; readonly securityContext: object }
  }
}

describe('the stack on Kubernetes', () => {
  let all: Made[]
  const find = (name: string, among = all) => {
    const found = among.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const specOf = (name: string, among = all) => find(name, among).inputs.spec as Spec
  const containerOf = (name: string, among = all) => specOf(name, among).template.spec.containers[0] as Container
  const workloads = () => all.filter(({ type }) => /:(StatefulSet|Deployment|Job)$/.test(type))

  beforeAll(async () => {
    all = await resources()
  })

  test('gives every resource a unique name', () => {
    const urns = all.map(({ type, name }) => `${type}::${name}`)
    expect(new Set(urns).size).toBe(urns.length)
  })

  test('names cluster, context and namespace, and never uses the defaults of the kubeconfig', () => {
    expect(find('base-cluster').inputs).toMatchObject({
      context: 'production',
      clusterIdentifier: 'eu-1',
      namespace: 'codebase',
    })
    const elsewhere = all.filter(
      ({ type, options }) => type.startsWith('kubernetes:') && options.provider === undefined,
    )
    expect(elsewhere).toEqual([])
  })

  test('puts everything into the namespace, whose pods must be `restricted`', () => {
    expect(find('base-namespace').inputs.metadata).toMatchObject({
      name: 'codebase',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    })
    const inside = all.filter(({ type }) => type.startsWith('kubernetes:') && !type.endsWith(':Namespace'))
    expect(inside.length).toBeGreaterThan(20)
    for (const { name, inputs } of inside) expect(inputs.metadata, name).toMatchObject({ namespace: 'codebase' })
  })

  test('runs every pod as `restricted` requires, without an API token', () => {
    expect(
      workloads()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      'make-roles-job',
      'migration-job',
      'model-job',
      'ollama-pods',
      'postgres-pods',
      'retire-roles-job',
      'server-pods',
      'worker-pods',
    ])
    for (const { name } of notEmpty(workloads())) {
      expect(specOf(name).template.spec, name).toMatchObject({
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: 'pull' }],
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      })
      expect(containerOf(name).securityContext, name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  test('requests and limits memory everywhere', () => {
    for (const { name } of notEmpty(workloads())) {
      expect(containerOf(name).resources, name).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      })
    }
  })

  test('serves from replicas that stay complete during an update', async () => {
    const fixed = await resources({ server: { replicas: 3 } })
    expect(specOf('server-pods', fixed)).toMatchObject({
      replicas: 3,
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: { spec: { terminationGracePeriodSeconds: 20 } },
    })
  })

  test('leaves the number of replicas to the autoscaler if there is a range', async () => {
    const scaled = await resources({ server: { replicas: 3, maxReplicas: 5 }, worker: { replicas: 2 } })
    expect(specOf('server-pods', scaled).replicas).toBeUndefined()
    expect(specOf('worker-pods', scaled).replicas).toBe(2)
  })

  test('probes the server by a name that it answers to', () => {
    const { startupProbe, readinessProbe, livenessProbe } = containerOf('server-pods')
    expect(startupProbe).toBeDefined()
    expect(readinessProbe?.httpGet).toMatchObject({
      path: '/readyz',
      httpHeaders: [{ name: 'Host', value: 'localhost' }],
    })
    expect(livenessProbe?.httpGet?.path).toBe('/livez')
    expect(environmentOf(containerOf('server-pods')).ALLOWED_HOSTS).toContain('server.codebase.svc')
  })

  test('creates roles, then migrates as the owner, then starts server and worker', () => {
    expect(containerOf('make-roles-job').command).toEqual(['sh', '/scripts/roles.sh', 'make'])
    expect(containerOf('migration-job').args).toEqual(['migrate'])
    expect(find('owner-login-secrets').inputs.stringData).toEqual({
      DATABASE_URL: expect.stringMatching(/^postgres:\/\/codebase_migrator:drawn@postgres:5432\/codebase\?/),
    })
    for (const name of ['server-pods', 'worker-pods']) {
      expect(environmentOf(containerOf(name)).MIGRATE_AT_START).toBe('false')
    }
    expect(find('migration-job').options.dependsOn).toHaveLength(1)
    for (const name of ['server', 'worker']) expect(find(name).options.dependsOn, name).toHaveLength(1)
  })

  test('uses a separate login of the service for each version of its password', async () => {
    const urlOf = (made?: Awaited<ReturnType<typeof resources>>) =>
      (find('service-login-secrets', made).inputs.stringData as { DATABASE_URL: string }).DATABASE_URL
    expect(urlOf()).toMatch(/^postgres:\/\/codebase_[0-9a-f]{8}:drawn@postgres:5432\/codebase\?/)
    expect(urlOf(await resources({ secrets: { version: '2' } }))).not.toBe(urlOf())
  })

  test('generates another password and token for another version', async () => {
    const rotated = await resources({ secrets: { version: '2' } })
    for (const name of ['service-password', 'migrator-password', 'access-token', 'metrics-token']) {
      expect(find(name, rotated).inputs.keepers, name).toEqual({ version: '2' })
      expect(find(name, rotated).options.protect, name).not.toBe(true)
    }
    expect(find('superuser-password', rotated).inputs).not.toHaveProperty('keepers')
  })

  test('builds the image for the platforms of the nodes, pushes it, and runs its digest everywhere', async () => {
    const image = {
      registry: 'registry.example.com:5000/team',
      platforms: ['linux/arm64', 'linux/amd64'],
      user: 'ci',
      password: 'canary',
    }
    const ref = 'registry.example.com:5000/team/codebase-mcp:1@sha256:abc'
    const outputs = (type: string) => (type === 'docker-build:index:Image' ? { ref } : {})
    const own = await resources({ image }, { outputs })
    expect(find('server-image', own).inputs).toMatchObject({
      tags: [expect.stringMatching(/^registry\.example\.com:5000\/team\/codebase-mcp:\d/)],
      platforms: image.platforms,
      push: true,
      buildOnPreview: false,
    })
    expect(find('server-image', own).secrets).toEqual(['registries'])
    const text = JSON.stringify(own.filter(({ type }) => type.startsWith('kubernetes:')).map(({ inputs }) => inputs))
    expect(text.match(/"image":"[^"]*codebase-mcp[^"]*"/g)?.every((each) => each === `"image":"${ref}"`)).toBe(true)
    expect(text.split(ref).length - 1).toBeGreaterThan(7)
    expect(text).not.toContain('canary')
  })

  test('leaves the registry login to the engine if none is set', async () => {
    const own = await resources({ image: { registry: 'localhost' } })
    expect(find('server-image', own).inputs).toMatchObject({ registries: [], platforms: ['linux/amd64'] })
  })

  test('runs a failed job again', () => {
    for (const name of ['migration-job', 'model-job']) {
      expect(find(name).inputs.metadata).toMatchObject({ annotations: { 'pulumi.com/replaceUnready': 'true' } })
    }
  })

  test('keeps passwords only in Secrets, mounted as files', () => {
    const holders = all.filter(({ secrets }) => secrets.length > 0).map(({ name, secrets }) => [name, secrets])
    expect(Object.fromEntries(holders)).toEqual({
      'access-secrets': ['stringData'],
      'make-roles-secrets': ['stringData'],
      'owner-login-secrets': ['stringData'],
      'postgres-certificate-authority': ['input'],
      'postgres-certificate-server': ['input'],
      'postgres-secrets': ['stringData'],
      'postgres-tls': ['stringData'],
      'retire-roles-secrets': ['stringData'],
      'service-login-secrets': ['stringData'],
    })
    expect(environmentOf(containerOf('server-pods'))).toMatchObject({
      DATABASE_URL_FILE: '/run/secrets/database/DATABASE_URL',
      AUTH_TOKENS_FILE: '/run/secrets/access/AUTH_TOKENS',
    })
    expect(specOf('server-pods').template.spec.volumes).toContainEqual({
      name: 'database',
      projected: {
        sources: [
          { secret: { name: 'service-login-secrets-drawn' } },
          { secret: { name: 'postgres-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        ],
        defaultMode: 0o440,
      },
    })
  })

  test('requires a token unless everybody may call', async () => {
    expect(find('access-secrets').inputs.stringData).toEqual({
      AUTH_TOKENS: 'drawn\ndrawn rights=read',
      SERVER_TOKEN: 'drawn',
      METRICS_TOKEN: 'drawn',
    })
    const open = await resources({ access: { required: false } })
    expect(open.map(({ name }) => name)).not.toContain('access-secrets')
    expect(environmentOf(containerOf('server-pods', open))).not.toHaveProperty('AUTH_TOKENS_FILE')
  })

  test('uses existing Secrets by name, and restarts pods when told to', async () => {
    const given = await resources({
      secrets: { database: 'db', access: 'tokens', git: 'keys', webhook: 'hook', version: '7' },
    })
    expect(given.map(({ name }) => name).filter((name) => /postgres|roles|password|secrets$/.test(name))).toEqual([
      'secrets',
    ])
    expect(environmentOf(containerOf('migration-job', given)).DATABASE_URL_FILE).toBe(
      '/run/secrets/database/MIGRATION_DATABASE_URL',
    )
    expect(environmentOf(containerOf('worker-pods', given)).GIT_CREDENTIALS_FILE).toBe(
      '/run/secrets/git/GIT_CREDENTIALS',
    )
    expect(specOf('server-pods', given).template).toMatchObject({
      metadata: {
        annotations: {
          'codebase-mcp/secrets-version': '7',
          'secret.reloader.stakater.com/reload': 'db,tokens,hook',
        },
      },
    })
  })

  test('makes External Secrets fetch them if there is a store', async () => {
    const given = await resources({ secrets: { access: 'prod/tokens', store: 'vault' } })
    expect(find('access-external', given).inputs).toMatchObject({
      kind: 'ExternalSecret',
      spec: {
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
        target: { name: 'codebase-mcp-access' },
        dataFrom: [{ extract: { key: 'prod/tokens' } }],
      },
    })
    expect(specOf('server-pods', given).template.spec.volumes).toContainEqual({
      name: 'access',
      secret: { secretName: 'codebase-mcp-access', defaultMode: 0o440 },
    })
  })

  test('creates a new Secret instead of changing one, except for the certificate, which is renewed under running pods', () => {
    const kept = all.filter(({ type, name }) => /:(Secret|ConfigMap)$/.test(type) && name !== 'postgres-tls')
    for (const { name, inputs } of notEmpty(kept)) {
      expect(inputs.immutable, name).toBe(true)
      expect(inputs.metadata, name).not.toHaveProperty('name', name)
    }
  })

  test('gives the service no right to create or drop', () => {
    const { 'roles.sh': script = '' } = find('make-roles-config').inputs.data as Record<string, string>
    expect(script).toContain('create database codebase owner codebase_migrator')
    expect(script).not.toMatch(/grant (all|create)|(?<!rol|not member\.rol)superuser [^p]/)
  })

  test('runs the named image', () => {
    for (const name of ['server-pods', 'migration-job', 'model-job']) {
      expect(containerOf(name).image).toBe('registry.example.com/codebase-mcp:1.2.3')
    }
  })

  test('protects the namespace, the claims and the password that opens their data', () => {
    const kept = all.filter(({ options }) => options.protect === true).map(({ name }) => name)
    expect(kept.toSorted()).toEqual([
      'backups-claim',
      'base-namespace',
      'ollama-claim',
      'postgres-claim',
      'postgres-wal-claim',
      'superuser-password',
    ])
  })

  test('does not touch an existing namespace', async () => {
    const inside = await resources({ kubernetes: { ...SETTINGS.kubernetes, createNamespace: false } })
    expect(inside.filter(({ type }) => type.endsWith(':Namespace'))).toEqual([])
    expect(find('server-pods', inside).inputs.metadata).toMatchObject({ namespace: 'codebase' })
  })

  test('puts the WAL on a volume of its own', () => {
    expect(containerOf('postgres-pods').env).toContainEqual({
      name: 'POSTGRES_INITDB_ARGS',
      value: '--waldir=/var/lib/postgresql/wal/pgwal',
    })
    expect(find('postgres-wal-claim').inputs.spec).toMatchObject({ resources: { requests: { storage: '10Gi' } } })
  })

  test('runs Ollama on a GPU node', async () => {
    const settings = { ollama: { gpu: 'nvidia', gpus: 2, runtimeClass: 'nvidia', nodeSelector: { zone: 'a' } } }
    const spec = specOf('ollama-pods', await resources(settings)).template.spec
    expect(spec).toMatchObject({
      runtimeClassName: 'nvidia',
      nodeSelector: { zone: 'a' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
    })
    expect(spec.containers[0]?.resources).toMatchObject({ limits: { 'nvidia.com/gpu': '2' } })
  })

  test.each([
    [{ enabled: false }, 'off', []],
    [{ url: 'http://gpu.example.com:11434' }, 'http://gpu.example.com:11434', ['model-job']],
    [{}, 'http://ollama:11434', ['model-job', 'ollama-claim', 'ollama-pods', 'ollama-service']],
  ])('embeds according to the settings: %j', async (ollama, url, made) => {
    const own = await resources({ ollama })
    const names = own.map(({ name }) => name).filter((name) => /^(model|ollama)-(?!connections)/.test(name))
    expect(names.toSorted()).toEqual(made)
    expect(environmentOf(containerOf('worker-pods', own)).OLLAMA_BASE_URL).toBe(url)
  })

  test('gives the worker a disk with room for one more clone', () => {
    const environment = environmentOf(containerOf('worker-pods'))
    expect(environment.CLONES_FOLDER).toBe('/clones')
    const taken = Number(environment.CLONES_MAX_BYTES) + Number(environment.GIT_MAX_BYTES)
    expect(taken).toBeLessThan(20 * 1024 ** 3)
    expect(specOf('worker-pods').template.spec.volumes).toContainEqual({
      name: 'clones',
      emptyDir: { sizeLimit: '20Gi' },
    })
  })

  test('can claim a volume for the clones of each worker, which counts among the volumes of the stack', async () => {
    const labels = { 'cost-center': '4711' }
    const annotations = { 'example.com/ticket': 'OPS-1' }
    const kubernetes = { context: 'production', storageClass: 'fast', labels, annotations }
    const worker = { clones: '50Gi', clonesClaim: true, replicas: 3 }
    const own = await resources({ worker, kubernetes })
    expect(specOf('worker-pods', own).template.spec.volumes).toContainEqual({
      name: 'clones',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: expect.objectContaining(labels), annotations },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '50Gi' } },
            storageClassName: 'fast',
          },
        },
      },
    })
    expect(containerOf('worker-pods', own).resources).toMatchObject({ limits: { 'ephemeral-storage': '512Mi' } })
    const claim = { name: 'worker (clones)', count: 3, size: 50 * 1024 ** 3, storageClass: 'fast' }
    expect(allClaimsOf(own)).toContainEqual(claim)
    expect(claimsOf(own)).not.toContainEqual(claim)
  })

  test('leaves indexing to the workers', () => {
    expect(environmentOf(containerOf('server-pods')).INDEXING_CONCURRENCY).toBe('0')
    expect(environmentOf(containerOf('worker-pods'))).not.toHaveProperty('INDEXING_CONCURRENCY')
  })

  test('keeps data but runs no pod while it is not running', async () => {
    const stopped = await resources({ running: false })
    expect(stopped.filter(({ type }) => type.endsWith(':Job')).map(({ name }) => name)).toEqual([])
    const scheduled = stopped.filter(({ type }) => type.endsWith(':CronJob'))
    expect(scheduled.map(({ inputs }) => (inputs.spec as { suspend: boolean }).suspend)).toEqual([true, true, true])
    for (const name of ['server-pods', 'worker-pods', 'postgres-pods', 'ollama-pods'])
      expect(specOf(name, stopped).replicas).toBe(0)
    expect(find('postgres-claim', stopped)).toBeDefined()
  })

  test('can be previewed before any value is known', async () => {
    const planned = await resources({}, { preview: true })
    expect(planned.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name).toSorted())
  })
})

const environmentOf = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]))
