import { describe, expect, test } from 'vitest'
import { readSettings, SettingsFault } from '../../../infra/settings/settings.ts'
import { type Made, made, settingsOf } from '../mocked.ts'
import { notEmpty } from '../not-empty.ts'

type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const CLUSTER = { context: 'production' }
const IMAGE = { reference: 'registry.example.com/codebase-mcp:1.2.3' }

/** @param marked the groups that contain encrypted values */
async function resources(values: Values = {}, marked: readonly string[] = []) {
  const { KubernetesStack } = await import('../../../infra/kubernetes/stack.ts')
  const all = { target: 'kubernetes', image: IMAGE, ...values, kubernetes: { ...CLUSTER, ...values.kubernetes } }
  const config = Object.entries(all).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const secretKeys = marked.map((group) => `codebase-mcp:${group}`)
  const settings = readSettings(Object.fromEntries(config), { secretKeys })
  if (settings.target !== 'kubernetes') throw new Error('it is not for Kubernetes')
  return made((own) => new KubernetesStack('codebase', { settings }, own))
}

interface Container {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly imagePullPolicy?: string
  readonly restartPolicy?: string
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> }
  readonly spec: Record<string, unknown> & {
    readonly containers: Container[]
    readonly initContainers?: Container[]
    readonly volumes: { readonly name: string }[]
    readonly securityContext: Record<string, unknown>
  }
}

const find = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

function templateOf({ inputs }: Made): Template | undefined {
  const { template, jobTemplate } = (inputs.spec ?? {}) as {
    template?: Template
    jobTemplate?: { spec: { template: Template } }
  }
  return jobTemplate?.spec.template ?? template
}

const templates = (all: readonly Made[]) => all.flatMap((one) => templateOf(one) ?? [])

const containersOf = ({ spec }: Template) => [...(spec.initContainers ?? []), ...spec.containers]

async function faultOf(values: Values): Promise<string> {
  try {
    await resources(values)
  } catch (error) {
    if (error instanceof SettingsFault) return error.message
    throw error
  }
  throw new Error('the settings were accepted')
}

describe('settings for all pods', () => {
  test('apply to every pod, including those of Jobs and CronJobs', async () => {
    const all = await resources({
      kubernetes: {
        schedulerName: 'volcano',
        priorityClass: 'high',
        imagePullPolicy: 'Always',
        supplementalGroups: [5555],
        dnsConfig: { options: [{ name: 'ndots', value: 1 }] },
        podAnnotations: { 'linkerd.io/inject': 'disabled' },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
      },
    })
    expect(templates(all)).toHaveLength(11)
    for (const { metadata, spec } of templates(all)) {
      expect(metadata.annotations).toMatchObject({ 'linkerd.io/inject': 'disabled' })
      expect(spec).toMatchObject({
        schedulerName: 'volcano',
        priorityClassName: 'high',
        dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
        topologySpreadConstraints: [{ topologyKey: 'rack' }],
        securityContext: { supplementalGroups: [5555] },
      })
    }
    expect(
      templates(all)
        .flatMap(containersOf)
        .filter((each) => each.imagePullPolicy !== 'Always'),
    ).toEqual([])
  })

  test('are overridden by those of a part, and merged if they are keyed', async () => {
    const all = await resources({
      kubernetes: { nodeSelector: { pool: 'general', arch: 'arm64' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
      jobs: { nodeSelector: { pool: 'batch' }, tolerations: [{ key: 'b', operator: 'Exists', effect: 'NoSchedule' }] },
    })
    const spec = (name: string) => templateOf(find(all, name))?.spec
    expect(spec('migration-job')).toMatchObject({
      nodeSelector: { pool: 'batch', arch: 'arm64' },
      tolerations: [{ key: 'b', operator: 'Exists', effect: 'NoSchedule' }],
    })
    expect(spec('server-pods')).toMatchObject({ nodeSelector: { pool: 'general' }, tolerations: [{ key: 'a' }] })
  })

  test('are passed to the operator if it creates the pods of the database', async () => {
    const all = await resources({
      database: { cnpg: {} },
      kubernetes: { nodeSelector: { pool: 'general' }, podLabels: { team: 'search' } },
      postgres: { nodeSelector: { pool: 'disks' } },
    })
    expect(find(all, 'cnpg-cluster').inputs.spec).toMatchObject({
      affinity: { nodeSelector: { pool: 'disks' } },
      inheritedMetadata: { labels: { team: 'search' } },
    })
  })

  test('do not remove the tolerations of GPUs', async () => {
    const all = await resources({ ollama: { gpu: 'nvidia', tolerations: [{ key: 'dedicated', operator: 'Exists' }] } })
    expect(templateOf(find(all, 'ollama-pods'))?.spec.tolerations).toEqual([
      { key: 'dedicated', operator: 'Exists' },
      { key: 'nvidia.com/gpu', operator: 'Exists' },
    ])
  })
})

describe('additions to the pods of a part', () => {
  test('are merged into these pods only', async () => {
    const volume = { name: 'extra', configMap: { name: 'team' } }
    const mount = { name: 'extra', mountPath: '/etc/extra' }
    const all = await resources({ backup: { volumes: [volume], volumeMounts: [mount], env: { LOG_LEVEL: 'debug' } } })
    const backups = ['backup-cronjob', 'restore-test-cronjob', 'restore-cronjob']
    for (const name of backups) {
      const template = templateOf(find(all, name))
      expect(
        template?.spec.volumes.map((each) => each.name),
        name,
      ).toContain('extra')
      for (const container of template === undefined ? [] : containersOf(template)) {
        expect(container.volumeMounts, container.name).toContainEqual(mount)
        expect(container.env?.filter((each) => each.name === 'LOG_LEVEL')).toEqual([
          { name: 'LOG_LEVEL', value: 'debug' },
        ])
      }
    }
    const others = all.filter(({ name }) => !backups.includes(name)).flatMap((one) => templateOf(one) ?? [])
    expect(others.flatMap(({ spec }) => spec.volumes).filter(({ name }) => name === 'extra')).toEqual([])
  })

  test('end with a Job, even if they would keep running', async () => {
    const proxy = { name: 'proxy', image: 'registry.example.com/sql-proxy:2' }
    const all = await resources({ jobs: { containers: [proxy] }, server: { containers: [proxy] } })
    const job = templateOf(find(all, 'migration-job'))?.spec
    expect(job?.containers.map(({ name }) => name)).toEqual(['migrate'])
    expect(job?.initContainers).toEqual([{ ...proxy, restartPolicy: 'Always' }])
    expect(templateOf(find(all, 'server-pods'))?.spec.containers.map(({ name }) => name)).toEqual(['serve', 'proxy'])
  })

  test('can be taken from an existing object', async () => {
    const source = { secretKeyRef: { name: 'tracing', key: 'token' } }
    const all = await resources({ ollama: { env: { TRACE_KEY: source } } })
    const [container] = templateOf(find(all, 'ollama-pods'))?.spec.containers ?? []
    expect(container?.env).toContainEqual({ name: 'TRACE_KEY', valueFrom: source })
  })

  test('are refused if they conflict with the pod', async () => {
    expect(await faultOf({ server: { volumes: [{ name: 'tmp', emptyDir: {} }] } })).toContain(
      'codebase-mcp:server.volumes has tmp, which already exists in the pod',
    )
    expect(await faultOf({ worker: { volumeMounts: [{ name: 'absent', mountPath: '/x' }] } })).toContain(
      'codebase-mcp:worker.volumeMounts names absent, but the pod has no such volume',
    )
    expect(await faultOf({ worker: { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] } })).toContain(
      'codebase-mcp:worker.volumeMounts has /tmp, where a container already has a mount',
    )
  })
})

describe('encrypted variables', () => {
  test('are files if the service can read them so, and otherwise come from a Secret', async () => {
    const all = await resources({ server: { variables: { LOG_FILE: '/tmp/log', SENTRY_DSN: 'hunter2' } } }, ['server'])
    const [container] = templateOf(find(all, 'worker-pods'))?.spec.containers ?? []
    expect(container?.env).toContainEqual({ name: 'LOG_FILE_FILE', value: '/run/secrets/variables/LOG_FILE' })
    expect(container?.env?.find(({ name }) => name === 'SENTRY_DSN')?.valueFrom).toMatchObject({
      secretKeyRef: { key: 'SENTRY_DSN' },
    })
    expect(find(all, 'worker-variables-secrets')).toMatchObject({
      inputs: { stringData: { SENTRY_DSN: 'hunter2' } },
      secrets: ['stringData'],
    })
    const others = all.filter(({ type }) => !type.endsWith(':Secret'))
    expect(JSON.stringify(others.map(({ inputs }) => inputs))).not.toContain('hunter2')
  })

  test('have a Secret for each workload of a part', async () => {
    const all = await resources({ backup: { env: { PROXY_KEY: 'a' } }, jobs: { env: { PROXY_KEY: 'b' } } }, [
      'backup',
      'jobs',
    ])
    const made = all.map(({ name }) => name).filter((name) => name.endsWith('-variables-secrets'))
    expect(new Set(made).size).toBe(made.length)
    expect(made).toContain('restore-variables-secrets')
  })
})

describe('objects', () => {
  test('carry the labels and annotations of the settings, which no selector uses', async () => {
    const all = await resources({
      kubernetes: { labels: { owner: 'search' }, annotations: { 'example.com/cost': '7' } },
    })
    const objects = all.filter(({ type, inputs }) => type.startsWith('kubernetes:') && inputs.metadata !== undefined)
    for (const { name, inputs } of notEmpty(objects)) {
      expect(inputs.metadata, name).toMatchObject({
        labels: { owner: 'search' },
        annotations: { 'example.com/cost': '7' },
      })
      expect(JSON.stringify((inputs.spec as { selector?: object })?.selector ?? {}), name).not.toContain('owner')
    }
  })

  test('begin with the prefix, and so does every reference to them', async () => {
    const all = await resources({ kubernetes: { prefix: 'one-', namespace: 'shared', createNamespace: false } })
    const named = all.flatMap(({ type, inputs }) => {
      const { name } = (inputs.metadata ?? {}) as { name?: string }
      return type.startsWith('kubernetes:') && name !== undefined ? [name] : []
    })
    expect(named.filter((name) => !name.startsWith('one-'))).toEqual([])
    const text = JSON.stringify(all.map(({ inputs }) => inputs))
    expect(text).toContain('http://one-ollama:11434')
    expect(text).toContain('@one-postgres:5432/')
    expect(find(all, 'server-scaler').inputs.spec).toMatchObject({ scaleTargetRef: { name: 'one-server' } })
  })

  test('use the credentials of the pod if no context is named', async () => {
    const settings = settingsOf('kubernetes', { image: IMAGE })
    const { KubernetesStack } = await import('../../../infra/kubernetes/stack.ts')
    const all = await made((own) => new KubernetesStack('codebase', { settings }, own))
    expect(find(all, 'base-cluster').inputs).not.toHaveProperty('context')
  })

  test('from the settings are part of the stack, and Secrets among them are encrypted', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine' }, stringData: { key: 'hunter2' } }
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules: [],
    }
    const all = await resources({ kubernetes: { extraObjects: [secret, role] } })
    expect(find(all, 'mine-secret').type).toBe('kubernetes:core/v1:Secret')
    expect(find(all, 'reader-clusterrole').type).toBe('kubernetes:rbac.authorization.k8s.io/v1:ClusterRole')
    expect(find(all, 'mine-secret').secrets).toEqual(['stringData'])
    expect(find(all, 'mine-secret').inputs.metadata).toMatchObject({ namespace: 'codebase-mcp' })
    expect(find(all, 'reader-clusterrole').inputs.metadata).not.toHaveProperty('namespace')
  })

  test('are changed by patches, each of which must match one', async () => {
    const patch = { metadata: { annotations: { 'example.com/kept': 'yes' } } }
    const all = await resources({ kubernetes: { patches: [{ target: { kind: 'PersistentVolumeClaim' }, patch }] } })
    const claims = all.filter(({ type }) => type.endsWith(':PersistentVolumeClaim'))
    expect(claims.length).toBeGreaterThan(2)
    for (const { inputs } of claims) {
      expect(inputs.metadata).toMatchObject({
        annotations: { 'example.com/kept': 'yes', 'pulumi.com/skipAwait': 'true' },
      })
    }
    expect(
      await faultOf({ kubernetes: { patches: [{ target: { kind: 'Deployment', name: 'sever' }, patch }] } }),
    ).toContain(
      'codebase-mcp:kubernetes.patches.0 is for Deployment sever, which the stack does not have; did you mean server?',
    )
  })

  test('are refused if a cluster would not accept the result', async () => {
    const faultOfPatch = (kind: string, patch: object) =>
      faultOf({ kubernetes: { patches: [{ target: { kind, name: 'server' }, patch }] } })
    expect(await faultOfPatch('Deployment', { spec: { replica: 3 } })).toContain(
      'kubernetes.patches.0.patch makes Deployment server invalid: spec.replica is not a field',
    )
    expect(await faultOfPatch('Service', { metadata: { name: 'other' } })).toContain(
      'kubernetes.patches.0.patch.metadata.name identifies Service server and cannot be changed',
    )
    expect(await faultOfPatch('Deployment', { spec: { strategy: { type: 'Recreate' } } })).toContain(
      'has type Recreate and rollingUpdate',
    )
    const metadata = { name: 'server' }
    const object = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } }
    expect(await faultOf({ kubernetes: { extraObjects: [object] } })).toContain(
      'kubernetes.extraObjects has Service server, which the stack creates itself',
    )
  })
})
