import { beforeAll, describe, expect, test } from 'vitest'
import { type Made, made, settingsOf } from './mocked.ts'

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
  const { KubernetesStack } = await import('../../infra/kubernetes/stack.ts')
  const settings = settingsOf('kubernetes', { ...SETTINGS, ...values })
  return made((own) => new KubernetesStack('codebase', { settings }, own), options)
}

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: string[]
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

describe('the kubernetes stack', () => {
  let all: Made[]
  const find = (name: string, among = all) => {
    const found = among.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const specOf = (name: string, among = all) => find(name, among).inputs.spec as Spec
  const containerOf = (name: string, among = all) => specOf(name, among).template.spec.containers[0] as Container
  const workloads = () => all.filter(({ type }) => /StatefulSet|Deployment|Job/.test(type))

  beforeAll(async () => {
    all = await resources()
  })

  test('gives every resource a name of its own', () => {
    const urns = all.map(({ type, name }) => `${type}::${name}`)
    expect(new Set(urns).size).toBe(urns.length)
  })

  test('names cluster, context and namespace, so that no kubeconfig is asked', () => {
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

  test('puts everything into the namespace, whose pods have to be restricted', () => {
    expect(find('base-namespace').inputs.metadata).toMatchObject({
      name: 'codebase',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    })
    const inside = all.filter(({ type }) => type.startsWith('kubernetes:') && !type.endsWith(':Namespace'))
    for (const { name, inputs } of inside) expect(inputs.metadata, name).toMatchObject({ namespace: 'codebase' })
  })

  test('runs every pod as `restricted` demands, without a token of the API', () => {
    expect(workloads().length).toBe(5)
    for (const { name } of workloads()) {
      expect(specOf(name).template.spec, name).toMatchObject({
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: 'pull' }],
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      })
      expect(containerOf(name).securityContext, name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  test('requests and limits memory everywhere', () => {
    for (const { name } of workloads()) {
      expect(containerOf(name).resources, name).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      })
    }
  })

  test('serves by two replicas that are replaced one after the other', () => {
    expect(specOf('server-pods')).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: { spec: { terminationGracePeriodSeconds: 20 } },
    })
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

  test('migrates in a job, as the owner, before the server', () => {
    expect(containerOf('migration-job').args).toEqual(['migrate'])
    expect(find('migration-secrets').inputs.stringData).toEqual({
      DATABASE_URL: 'postgres://codebase_migrator:drawn@postgres:5432/codebase',
    })
    expect(environmentOf(containerOf('server-pods')).MIGRATE_AT_START).toBe('false')
    expect(find('server-pods').options.dependsOn).toHaveLength(1)
  })

  test('runs a failed job again', () => {
    for (const name of ['migration-job', 'model-job']) {
      expect(find(name).inputs.metadata).toMatchObject({ annotations: { 'pulumi.com/replaceUnready': 'true' } })
    }
  })

  test('keeps passwords in secrets alone, which are mounted as files', () => {
    const holders = all.filter(({ secrets }) => secrets.length > 0).map(({ name, secrets }) => [name, secrets])
    expect(Object.fromEntries(holders)).toEqual({
      'migration-secrets': ['stringData'],
      'postgres-secrets': ['stringData'],
      'server-secrets': ['stringData'],
    })
    expect(environmentOf(containerOf('server-pods')).DATABASE_URL_FILE).toBe('/run/secrets/codebase/DATABASE_URL')
    expect(specOf('server-pods').template.spec.volumes).toContainEqual({
      name: 'secrets',
      secret: { secretName: 'server-secrets-drawn', defaultMode: 0o440 },
    })
  })

  test('makes a new secret instead of changing one', () => {
    for (const { name, inputs } of all.filter(({ type }) => /Secret|ConfigMap/.test(type))) {
      expect(inputs.immutable, name).toBe(true)
      expect(inputs.metadata, name).not.toHaveProperty('name', name)
    }
  })

  test('gives the service no right to create or drop', () => {
    const { 'roles.sh': script } = find('postgres-roles').inputs.data as Record<string, string>
    expect(script).toContain('create database codebase owner codebase_migrator')
    expect(script).not.toMatch(/grant (all|create)|superuser/)
  })

  test('runs the image it is told to run', () => {
    for (const name of ['server-pods', 'migration-job', 'model-job']) {
      expect(containerOf(name).image).toBe('registry.example.com/codebase-mcp:1.2.3')
    }
  })

  test('protects the namespace, the claims and the passwords', () => {
    const kept = all.filter(({ options }) => options.protect === true).map(({ name }) => name)
    expect(kept).toEqual(
      expect.arrayContaining(['base-namespace', 'postgres-claim', 'ollama-claim', 'base-superuser-password']),
    )
  })

  test('keeps data and runs no pod when it is not running', async () => {
    const stopped = await resources({ running: false })
    expect(stopped.filter(({ type }) => /Job/.test(type))).toEqual([])
    for (const name of ['server-pods', 'postgres-pods', 'ollama-pods']) expect(specOf(name, stopped).replicas).toBe(0)
    expect(find('postgres-claim', stopped)).toBeDefined()
  })

  test('can be previewed before anything is known', async () => {
    const planned = await resources({}, { preview: true })
    expect(planned.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name).toSorted())
  })
})

const environmentOf = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]))
