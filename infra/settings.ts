import { z } from 'zod'
import { flag, group, memory, oneOf, storage, text, texts, whole } from './setting-types.ts'

/** The namespace of every setting. */
export const PROJECT = 'codebase-mcp'

const image = text(/^\S+$/, 'an image reference')

const schema = z.strictObject({
  target: oneOf('docker', 'kubernetes').default('docker'),
  name: text(/^[a-z][a-z0-9-]{0,29}$/, 'up to 30 lower-case letters, digits and hyphens').default(PROJECT),
  running: flag.default(true),
  protectData: flag.default(true),
  repositories: texts.default([]),
  server: group({
    port: whole(1, 65535).default(8000),
    logLevel: oneOf('debug', 'info', 'warn', 'error').default('info'),
    memory: memory.default(2048),
    grace: whole(1, 600).default(15),
    replicas: whole(1, 100).default(2),
  }),
  postgres: group({
    port: whole(1, 65535).default(5432),
    image: image.default('pgvector/pgvector:pg17'),
    memory: memory.default(1024),
    storage: storage.default('20Gi'),
  }),
  ollama: group({
    model: text(/^[\w.:/@-]+$/, 'the name of a model').default('all-minilm'),
    insecure: flag.default(false),
    image: image.default('ollama/ollama:0.17.4'),
    memory: memory.default(4096),
    storage: storage.default('10Gi'),
  }),
  image: group({
    name: text(/^[a-z0-9][\w./:-]*$/, 'an image name').optional(),
    base: image.default('node:24-trixie-slim'),
    reference: image.optional(),
  }),
  kubernetes: group({
    context: text(/\S/, 'the name of a context').optional(),
    cluster: text(/\S/, 'an identifier').optional(),
    namespace: text(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a namespace').optional(),
    storageClass: text(/^\S+$/, 'the name of a storage class').optional(),
    pullSecret: text(/^\S+$/, 'the name of a Secret').optional(),
  }),
})

type Values = z.output<typeof schema>

interface Common extends Pick<Values, 'name' | 'running' | 'protectData' | 'server' | 'postgres' | 'ollama'> {}

export interface DockerSettings extends Common {
  readonly target: 'docker'
  /** Folders, each with the name before it and a "=" where it has another than its own. */
  readonly repositories: readonly string[]
  readonly image: { readonly name: string; readonly base: string }
}

export interface KubernetesSettings extends Common {
  readonly target: 'kubernetes'
  readonly image: { readonly reference: string }
  readonly cluster: {
    readonly context: string
    /** Stays the same when the kubeconfig changes, so that a new one replaces nothing. */
    readonly identifier: string
    readonly namespace: string
    readonly storageClass?: string
    readonly pullSecret?: string
  }
}

export type Settings = DockerSettings | KubernetesSettings

export class SettingsFault extends Error {}

/**
 * The settings out of a stack's configuration, whose values are text as the engine hands it over.
 * @throws SettingsFault with every fault of every key in its message
 */
export function readSettings(config: Readonly<Record<string, string>>): Settings {
  const parsed = schema.safeParse(valuesOf(config))
  const faults = parsed.success ? contradictions(parsed.data) : parsed.error.issues.flatMap(describe)
  if (!parsed.success || faults.length > 0) {
    throw new SettingsFault(
      [
        'The settings of this stack are not usable:',
        ...faults.map((fault) => `  ${PROJECT}:${fault}`),
        'Pulumi.yaml documents each key. Change one in Pulumi.<stack>.yaml, or with: pulumi config set --path KEY VALUE',
      ].join('\n'),
    )
  }
  return parsed.data.target === 'docker' ? dockerSettings(parsed.data) : kubernetesSettings(parsed.data)
}

function valuesOf(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(config)) {
    if (!key.startsWith(`${PROJECT}:`)) continue
    const [head = '', ...rest] = key.slice(PROJECT.length + 1).split('.')
    const known = values[head]
    if (rest.length === 0) values[head] = merged(parsedValue(value), known)
    else values[head] = merged({ [rest.join('.')]: parsedValue(value) }, known)
  }
  return values
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function merged(value: unknown, known: unknown): unknown {
  return isObject(value) && !Array.isArray(value) && isObject(known) ? { ...known, ...value } : value
}

function parsedValue(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return [`${path} ${issue.message}`]
  const prefix = path === '' ? '' : `${path}.`
  return issue.keys.map((key) => `${prefix}${key} is not a setting; remove it, or correct its name`)
}

function contradictions({ target, repositories, image, kubernetes, server, postgres }: Values): string[] {
  if (target === 'docker') {
    const { port } = server
    return port === postgres.port ? [`server.port and postgres.port are both ${port}; change one of them`] : []
  }
  const faults: string[] = []
  if (image.reference === undefined) faults.push('image.reference is missing: the image that the cluster pulls')
  if (kubernetes.context === undefined) faults.push('kubernetes.context is missing: the context of the kubeconfig')
  if (repositories.length > 0) {
    faults.push(
      'repositories names folders of this machine, which a cluster cannot see; remove it, or use target docker',
    )
  }
  return faults
}

const common = ({ name, running, protectData, server, postgres, ollama }: Values): Common => ({
  name,
  running,
  protectData,
  server,
  postgres,
  ollama,
})

function dockerSettings(values: Values): DockerSettings {
  const { name = `${values.name}:local`, base } = values.image
  return { ...common(values), target: 'docker', repositories: values.repositories, image: { name, base } }
}

function kubernetesSettings(values: Values): KubernetesSettings {
  const { context = '', cluster = context, namespace = values.name, storageClass, pullSecret } = values.kubernetes
  return {
    ...common(values),
    target: 'kubernetes',
    image: { reference: values.image.reference ?? '' },
    cluster: {
      context,
      identifier: cluster,
      namespace,
      ...(storageClass === undefined ? {} : { storageClass }),
      ...(pullSecret === undefined ? {} : { pullSecret }),
    },
  }
}
