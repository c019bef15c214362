import { type Configuration, type Group, isGroup, valuesOf } from './config.ts'
import { contradictions } from './contradictions/contradictions.ts'
import { type PublishedPort, portsOf } from './contradictions/docker.ts'
import { addressed, type Marked, markedValues, type ProxySettings, type Variables } from './encrypted-values.ts'
import { faultsOf, unusable } from './faults.ts'
import { OLLAMA_IMAGE } from './groups/parts.ts'
import { Hidden } from './hidden.ts'
import { withListed } from './repositories-file.ts'
import { schema, type Values } from './schema.ts'
import { connectionsFor, LOADS, replicasOf, type Sizing, sizeFor } from './sizes.ts'

type InCommon = 'name' | 'running' | 'protectData' | 'database' | 'monitoring'

interface Common extends Pick<Values, InCommon> {
  readonly server: Sized<'server'> & {
    /** Time to stop, in seconds. */
    readonly grace: number
  }
  readonly worker: Sized<'worker'>
  readonly postgres: Omit<Sized<'postgres'>, 'tls'> & { readonly tls: boolean }
  readonly ollama: Sized<'ollama'>
  /** Optional parts that are enabled. */
  readonly profiles: ReadonlySet<Values['profiles'][number]>
}

/** Settings of a part whose memory, in mebibytes, is resolved. */
type Sized<Name extends 'server' | 'worker' | 'postgres' | 'ollama'> = Omit<Marked[Name], 'memory' | 'grace'> & {
  readonly memory: number
}

export interface DockerSettings extends Omit<Common, 'ollama'> {
  readonly target: 'docker'
  /** Without sources of variables, which only pods have. */
  readonly ollama: Omit<Common['ollama'], 'env'> & { readonly env: Texts }
  /** Whether the server runs from this project's `service/` and restarts on changes. */
  readonly liveReload: boolean
  /** Folders, each as `folder` or `name=folder`. */
  readonly repositories: readonly string[]
  /** Image to build, or an existing image. */
  readonly image:
    | { readonly name: string; readonly base: string; readonly platform?: string }
    | { readonly reference: string; readonly platform?: string }
  readonly containers: Values['containers']
  /** Proxy and CA certificates, in PEM. */
  readonly network: { readonly proxy?: ProxySettings<string>; readonly ca?: string }
  /** Ports published on 127.0.0.1. */
  readonly ports: readonly PublishedPort[]
}

type Texts = Readonly<Record<string, string | Hidden>>

type OnKubernetes = 'access' | 'git' | 'secrets' | 'network' | 'jobs'

export interface KubernetesSettings extends Common, Pick<Marked, OnKubernetes> {
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
  /** Repositories on git servers, each as `URL` or `name=URL`. */
  readonly repositories: readonly string[]
  readonly sources: Values['sources']
  /** Existing image, or an image to build and push. */
  readonly image: { readonly reference: string } | PushedImage
  readonly edge: Omit<Marked['edge'], 'host'>
  readonly backup: Marked['backup'] & { readonly storage: string }
  readonly cluster: Omit<Values['kubernetes'], 'context' | 'cluster' | 'namespace' | 'pullSecret'> & {
    /**
     * Context in the kubeconfig. If undefined, the ServiceAccount of the program's pod, or else the current context.
     */
    readonly context?: string
    /** Identifier of the cluster, so that changes to the kubeconfig replace nothing. */
    readonly identifier?: string
    readonly namespace: string
  }
}

/** An image to build for several platforms and push to a registry. */
interface PushedImage extends Pick<Values['image'], 'base' | 'platforms'> {
  /** Registry and path. */
  readonly registry: string
  /** Login for the push. If undefined, the engine's own login is used. */
  readonly login?: { readonly user: string; readonly password: Hidden }
}

export type Settings = DockerSettings | KubernetesSettings

export { SettingsFault } from './faults.ts'

interface Stages extends Pick<Configuration, 'secretKeys'> {
  /** Returns the faults of folders to index, if they must exist on this machine. */
  readonly folders?: (entries: readonly string[]) => readonly string[]
}

/** Reads the settings from a stack's configuration. @throws SettingsFault with all faults in its message */
export const readSettings = (config: Configuration['values'], stages: Stages = {}): Settings =>
  checkedSettings(valuesOf(config), stages)

/**
 * Reads the settings from values by key, without the namespace.
 * @throws SettingsFault with all faults in its message
 */
export function checkedSettings(given: Group, { secretKeys = [], folders }: Stages = {}): Settings {
  const { values: own, faults, faulty } = usable(given)
  const { values, faults: unlisted } = withListed(own)
  // Settings that were removed are not checked further, neither alone nor in combination.
  const isSound = (fault: string) => !faulty.some((key) => fault.startsWith(`${key}.`) || namesSetting(fault, key))
  const others = contradictions(values, given).filter(isSound)
  const elsewhere = values.target === 'docker' ? (folders?.(values.repositories) ?? []) : []
  const all = [...faults, ...unlisted, ...others, ...elsewhere]
  if (all.length > 0) throw unusable(all)
  const marked = markedValues(values, secretKeys)
  return marked.target === 'docker' ? dockerSettings(marked, values.network) : kubernetesSettings(marked)
}

interface Usable {
  readonly values: Values
  readonly faults: readonly string[]
  /** Keys that were removed because of faults. */
  readonly faulty: readonly string[]
}

/** Removes invalid settings, so that contradictions among the others can be reported in the same run. */
function usable(given: Group): Usable {
  const parsed = schema.safeParse(given, { reportInput: true })
  if (parsed.success) return { values: parsed.data, faults: [], faulty: [] }
  const { issues } = parsed.error
  const paths = issues.flatMap(({ path, ...issue }) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path],
  )
  const rest = usable(paths.reduce<Group>(without, given))
  const faulty = paths.map((path) => path.join('.'))
  return {
    ...rest,
    faults: [...faultsOf(issues), ...rest.faults.filter((fault) => !faulty.some((key) => isInside(key, keyOf(fault))))],
    faulty: [...faulty, ...rest.faulty],
  }
}

const keyOf = (fault: string) => fault.split(' ', 1)[0] ?? ''

const isInside = (key: string, group: string) => key === group || key.startsWith(`${group}.`)

const namesSetting = (fault: string, key: string) =>
  fault.split(/[\s,;:()`]+/).some((word) => word === key || word === `${key}.`)

/** Removes a setting, or its group if the group lacks it. */
function without(given: Group, [key = '', ...rest]: readonly PropertyKey[]): Group {
  const name = String(key)
  const inner = given[name]
  const others = Object.fromEntries(Object.entries(given).filter(([each]) => each !== name))
  if (rest.length === 0 || !isGroup(inner) || !(String(rest[0]) in inner)) return others
  return { ...others, [name]: without(inner, rest) }
}

// Grace periods, in seconds: short on a laptop, where a person waits, and long if an index run may be in progress.
const GRACE = { development: 15, staging: 30, production: 60 }

// Memory, in mebibytes. The server also indexes unless there are workers.
const ON_ONE_MACHINE = { server: 2048, worker: 2048, postgres: 1024, ollama: 4096 }

function common(values: Marked, memory: typeof ON_ONE_MACHINE) {
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
    postgres: {
      ...postgres,
      memory: postgres.memory ?? memory.postgres,
      tls: postgres.tls ?? values.target === 'kubernetes',
    },
    ollama: { ...ollama, image: imageOfOllama(ollama), memory: ollama.memory ?? memory.ollama },
  }
}

/** AMD GPUs need another variant of the default image. */
const imageOfOllama = ({ image, gpu }: Pick<Values['ollama'], 'image' | 'gpu'>) =>
  gpu === 'amd' && image === OLLAMA_IMAGE ? `${image}-rocm` : image

function dockerSettings(values: Marked, { proxy: given, ca }: Values['network']): DockerSettings {
  const { liveReload, repositories, containers } = values
  const proxy = given === undefined ? undefined : addressed(given, (address) => address)
  const { name = `${values.name}:local`, base, platform, reference } = values.image
  const shared = common(values, ON_ONE_MACHINE)
  return {
    ...shared,
    target: 'docker',
    ollama: { ...shared.ollama, env: textsOf(shared.ollama.env) },
    liveReload,
    repositories,
    image: {
      ...(reference === undefined ? { name, base } : { reference }),
      ...(platform === undefined ? {} : { platform }),
    },
    containers,
    network: { ...(proxy === undefined ? {} : { proxy }), ...(typeof ca === 'string' ? { ca } : {}) },
    ports: portsOf(values),
  }
}

/** Contradictions refuse any other value on Docker. */
const textsOf = (variables: Variables): Texts =>
  Object.fromEntries(
    Object.entries(variables).filter(
      (each): each is [string, string | Hidden] => typeof each[1] === 'string' || each[1] instanceof Hidden,
    ),
  )

function kubernetesSettings(values: Marked): KubernetesSettings {
  const { access, git, secrets, network, jobs, repositories, sources } = values
  const { host, hosts, ...edge } = values.edge
  const { context, cluster = context, namespace = values.name, pullSecret, ...own } = values.kubernetes
  const size = sizeFor(LOADS[values.size])
  const { server, worker, postgres, ollama } = size
  const memory = { server: server.memory, worker: worker.memory, postgres: postgres.memory, ollama: ollama.memory }
  const { storage = `${postgres.storage}Gi`, walStorage = `${postgres.walStorage}Gi` } = values.postgres
  const shared = common(values, memory)
  const [servers, workers] = [replicasOf(values.server, server), replicasOf(values.worker, worker)]
  return {
    ...shared,
    // Prefix of names and labels, which differ between two stacks in a namespace.
    name: `${own.prefix}${values.name}`,
    target: 'kubernetes',
    server: {
      ...shared.server,
      ...servers,
      cpus: values.server.cpus ?? server.cpus,
      poolSize: server.poolSize,
      vectorsMemory: server.vectorsMemory,
    },
    worker: { ...shared.worker, ...workers, cpus: values.worker.cpus ?? worker.cpus },
    postgres: {
      ...shared.postgres,
      cpus: values.postgres.cpus ?? postgres.cpus,
      storage,
      walStorage,
      connections: Math.max(postgres.connections, connectionsFor(servers.maxReplicas + workers.maxReplicas)),
    },
    ollama: { ...shared.ollama, cpus: values.ollama.cpus ?? ollama.cpus },
    repositories,
    sources,
    access,
    git,
    secrets,
    edge: { ...edge, hosts: [...new Set([...(host === undefined ? [] : [host]), ...hosts])] },
    network,
    jobs,
    image: imageOnKubernetes(values.image),
    backup: { ...values.backup, storage: values.backup.storage ?? storage },
    cluster: {
      ...own,
      ...(context === undefined ? {} : { context }),
      ...(cluster === undefined ? {} : { identifier: cluster }),
      namespace,
      pullSecrets: [...new Set([...(pullSecret === undefined ? [] : [pullSecret]), ...own.pullSecrets])],
    },
  }
}

function imageOnKubernetes({ reference, registry, base, platforms, user, password }: Values['image']) {
  if (registry === undefined) return { reference: reference ?? '' }
  const login = user === undefined || password === undefined ? {} : { login: { user, password } }
  return { registry, base, platforms, ...login }
}
