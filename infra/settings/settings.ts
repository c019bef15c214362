import type { z } from 'zod'
import { PROJECT, valuesOf } from './config.ts'
import { contradictions } from './contradictions/contradictions.ts'
import { type PublishedPort, portsOf } from './contradictions/docker.ts'
import { schema, type Values } from './schema.ts'
import { LOADS, type Sizing, sizeFor } from './sizes.ts'

interface Common extends Pick<Values, 'name' | 'running' | 'protectData' | 'database' | 'monitoring'> {
  readonly server: Sized<'server'> & {
    /** Seconds that it has to stop. */
    readonly grace: number
  }
  readonly worker: Sized<'worker'>
  readonly postgres: Sized<'postgres'>
  readonly ollama: Sized<'ollama'>
  /** What runs beside the core. */
  readonly profiles: ReadonlySet<Values['profiles'][number]>
}

/** A group of settings whose memory, in mebibytes, is known. */
type Sized<Group extends 'server' | 'worker' | 'postgres' | 'ollama'> = Omit<Values[Group], 'memory' | 'grace'> & {
  readonly memory: number
}

export interface DockerSettings extends Common {
  readonly target: 'docker'
  /** Whether the server runs from this project's `service/` and starts again when that changes. */
  readonly liveReload: boolean
  /** Folders, each with the name before it and a "=" where it has another than its own. */
  readonly repositories: readonly string[]
  /** An image to build, or one that is ready. */
  readonly image:
    | { readonly name: string; readonly base: string; readonly platform?: string }
    | { readonly reference: string; readonly platform?: string }
  readonly containers: Values['containers']
  /** What is published on this machine's own address. */
  readonly ports: readonly PublishedPort[]
}

type OnKubernetes = 'access' | 'git' | 'secrets' | 'edge' | 'network'

export interface KubernetesSettings extends Common, Pick<Values, OnKubernetes> {
  readonly target: 'kubernetes'
  readonly server: Common['server'] & Sizing['server']
  readonly worker: Common['worker'] & Sizing['worker']
  readonly postgres: Common['postgres'] & {
    readonly cpus: number
    readonly storage: string
    readonly walStorage: string
    readonly connections: number
  }
  readonly ollama: Common['ollama'] & Sizing['ollama']
  /** On git servers, each with the name before it and a "=" where it has another than its own. */
  readonly repositories: readonly string[]
  readonly image: { readonly reference: string }
  readonly backup: Values['backup'] & { readonly storage: string }
  readonly cluster: Omit<Values['kubernetes'], 'context' | 'cluster' | 'namespace'> & {
    readonly context: string
    /** Stays the same when the kubeconfig changes, so that a new one replaces nothing. */
    readonly identifier: string
    readonly namespace: string
  }
}

export type Settings = DockerSettings | KubernetesSettings

export class SettingsFault extends Error {}

/**
 * The settings out of a stack's configuration, whose values are text as the engine hands it over.
 * @throws SettingsFault with every fault of every key in its message
 */
export function readSettings(config: Readonly<Record<string, string>>): Settings {
  const given = valuesOf(config)
  const parsed = schema.safeParse(given)
  const faults = parsed.success ? contradictions(parsed.data, given) : parsed.error.issues.flatMap(describe)
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

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return [`${path} ${issue.message}`]
  const prefix = path === '' ? '' : `${path}.`
  return issue.keys.map((key) => `${prefix}${key} is not a setting; remove it, or correct its name`)
}

// Seconds to stop: someone waits for it on a laptop, and an index run may be under way where nobody does.
const GRACE = { development: 15, staging: 30, production: 60 }

// Mebibytes. Without workers of their own the server indexes.
const ON_ONE_MACHINE = { server: 2048, worker: 2048, postgres: 1024, ollama: 4096 }

function common(values: Values, memory: typeof ON_ONE_MACHINE) {
  const { name, running, protectData, database, monitoring, profiles } = values
  const { server, worker, postgres, ollama } = values
  return {
    name,
    running,
    protectData,
    database,
    monitoring,
    profiles: new Set(profiles),
    server: { ...server, memory: server.memory ?? memory.server, grace: server.grace ?? GRACE[values.environment] },
    worker: { ...worker, memory: worker.memory ?? memory.worker },
    postgres: { ...postgres, memory: postgres.memory ?? memory.postgres },
    ollama: { ...ollama, memory: ollama.memory ?? memory.ollama },
  }
}

function dockerSettings(values: Values): DockerSettings {
  const { liveReload, repositories, containers } = values
  const { name = `${values.name}:local`, base, platform, reference } = values.image
  return {
    ...common(values, ON_ONE_MACHINE),
    target: 'docker',
    liveReload,
    repositories,
    image: {
      ...(reference === undefined ? { name, base } : { reference }),
      ...(platform === undefined ? {} : { platform }),
    },
    containers,
    ports: portsOf(values),
  }
}

function kubernetesSettings(values: Values): KubernetesSettings {
  const { access, git, secrets, edge, network, repositories } = values
  const { context = '', cluster = context, namespace = values.name, ...own } = values.kubernetes
  const size = sizeFor(LOADS[values.size])
  const { server, worker, postgres, ollama } = size
  const memory = { server: server.memory, worker: worker.memory, postgres: postgres.memory, ollama: ollama.memory }
  const { storage = `${postgres.storage}Gi`, walStorage = `${postgres.walStorage}Gi` } = values.postgres
  const shared = common(values, memory)
  return {
    ...shared,
    target: 'kubernetes',
    server: {
      ...shared.server,
      ...replicated(values.server, server),
      poolSize: server.poolSize,
      vectorsMemory: server.vectorsMemory,
    },
    worker: { ...shared.worker, ...replicated(values.worker, worker) },
    postgres: {
      ...shared.postgres,
      cpus: values.postgres.cpus ?? postgres.cpus,
      storage,
      walStorage,
      connections: postgres.connections,
    },
    ollama: { ...shared.ollama, cpus: values.ollama.cpus ?? ollama.cpus },
    repositories,
    access,
    git,
    secrets,
    edge,
    network,
    image: { reference: values.image.reference ?? '' },
    backup: { ...values.backup, storage: values.backup.storage ?? storage },
    cluster: { ...own, context, identifier: cluster, namespace },
  }
}

/** Who says how many there are, and not how many at most, wants so many and no more. */
function replicated(
  { cpus, replicas, maxReplicas }: Pick<Values['server'], 'cpus' | 'replicas' | 'maxReplicas'>,
  size: Sizing['worker'],
) {
  const least = replicas ?? Math.min(size.replicas, maxReplicas ?? size.replicas)
  return { cpus: cpus ?? size.cpus, replicas: least, maxReplicas: maxReplicas ?? replicas ?? size.maxReplicas }
}
