import type { z } from 'zod'
import { PROJECT, valuesOf } from './config.ts'
import { contradictions, type PublishedPort, portsOf } from './contradictions.ts'
import { schema, type Values } from './schema.ts'

type Kept = 'name' | 'running' | 'protectData' | 'worker' | 'database' | 'ollama' | 'monitoring'

interface Common extends Pick<Values, Kept> {
  readonly server: Omit<Values['server'], 'grace'> & {
    /** Seconds that it has to stop. */
    readonly grace: number
  }
  readonly postgres: Values['postgres']
}

export interface DockerSettings extends Common {
  readonly target: 'docker'
  /** What runs beside the core. */
  readonly profiles: ReadonlySet<Values['profiles'][number]>
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

function common(values: Values): Common {
  const { name, running, protectData, server, worker, database, postgres, ollama, monitoring } = values
  const grace = server.grace ?? GRACE[values.environment]
  return { name, running, protectData, server: { ...server, grace }, worker, database, postgres, ollama, monitoring }
}

function dockerSettings(values: Values): DockerSettings {
  const { profiles, liveReload, repositories, containers } = values
  const { name = `${values.name}:local`, base, platform, reference } = values.image
  return {
    ...common(values),
    target: 'docker',
    profiles: new Set(profiles),
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
