import { amountOf, MIB } from '../kinds.ts'
import type { Values } from '../schema.ts'
import { ARCHIVER, connectionsFor, JOB, LOADS, replicasOf, STORED_BYTES, sizeFor, THROW_AWAY_MEMORY } from '../sizes.ts'

/** Memory that Postgres needs besides its cache, in MiB. */
const POSTGRES_ITSELF = 64

/** Returns the faults of settings that exceed the available memory, disk or quota, with the calculation. */
export function ofMemory(values: Values): string[] {
  return [...ofPostgres(values), ...ofConnections(values), ...ofWal(values), ...ofVolumes(values), ...ofQuota(values)]
}

function memoryOfPostgres({ target, size, postgres }: Values): number {
  return postgres.memory ?? (target === 'kubernetes' ? sizeFor(LOADS[size]).postgres.memory : 1024)
}

function ofPostgres(values: Values): string[] {
  const { sharedBuffers, maintenanceMemory, sharedMemory } = values.postgres
  const memory = memoryOfPostgres(values)
  const faults: string[] = []
  if (sharedBuffers !== undefined && sharedBuffers + POSTGRES_ITSELF > memory) {
    faults.push(
      `postgres.sharedBuffers is ${sharedBuffers} MiB; with ${POSTGRES_ITSELF} MiB for Postgres itself, ${sharedBuffers + POSTGRES_ITSELF} MiB do not fit into postgres.memory, ${memory} MiB; lower it or raise postgres.memory`,
    )
  }
  if (maintenanceMemory !== undefined && maintenanceMemory > memory) {
    faults.push(
      `postgres.maintenanceMemory is ${maintenanceMemory} MiB, which is more than postgres.memory, ${memory} MiB; lower it or raise postgres.memory`,
    )
  }
  if (sharedMemory !== undefined && sharedMemory > memory) {
    faults.push(
      `postgres.sharedMemory is ${sharedMemory} MiB, which is more than postgres.memory, ${memory} MiB, which includes /dev/shm; lower it or raise postgres.memory`,
    )
  }
  const graph = maintenanceMemory ?? Math.floor(memory / 4)
  if (sharedMemory !== undefined && sharedMemory < graph) {
    faults.push(
      `postgres.sharedMemory is ${sharedMemory} MiB, which is less than maintenance_work_mem, ${graph} MiB, which the build of a vector index uses in /dev/shm; raise it or lower postgres.maintenanceMemory`,
    )
  }
  return faults
}

/** Servers and workers wait for a connection that Postgres does not have. */
function ofConnections({ target, size, server, worker, postgres }: Values): string[] {
  const { max_connections: given } = postgres.parameters
  if (target === 'docker' || given === undefined) return []
  const own = sizeFor(LOADS[size])
  const pods = replicasOf(server, own.server).maxReplicas + replicasOf(worker, own.worker).maxReplicas
  const needed = connectionsFor(pods)
  return Number(given) >= needed
    ? []
    : [
        `postgres.parameters.max_connections is ${given}, but ${pods} servers and workers need ${needed} connections; raise it, or lower server.maxReplicas`,
      ]
}

/** Volumes must fit the chunks of the size, even without replaced rows, and a copy of the database. */
function ofVolumes({ target, size, postgres, backup }: Values): string[] {
  if (target === 'docker') return []
  const load = LOADS[size]
  const stored = load.chunks * STORED_BYTES
  const own = postgres.storage ?? `${sizeFor(load).postgres.storage}Gi`
  const faults: string[] = []
  if (amountOf(own) < stored) {
    faults.push(
      `postgres.storage is ${own}, but size ${size} is for ${load.chunks} chunks of ${STORED_BYTES} bytes, ${Math.ceil(stored / MIB)} MiB; raise it or choose a smaller size`,
    )
  }
  if (backup.storage !== undefined && backup.s3Bucket === undefined && amountOf(backup.storage) < amountOf(own)) {
    faults.push(
      `backup.storage is ${backup.storage}, which is less than postgres.storage, ${own}, of which it holds ${backup.keep} backups; raise it or use a bucket`,
    )
  }
  return faults
}

function ofWal({ target, postgres: { storage, walStorage } }: Values): string[] {
  if (target === 'docker' || storage === undefined || walStorage === undefined) return []
  return amountOf(walStorage) > amountOf(storage)
    ? [
        `postgres.walStorage is ${walStorage}, which is more than postgres.storage, ${storage}; lower it or raise postgres.storage`,
      ]
    : []
}

/** Pods whose requests exceed the quota of the namespace would not start. */
function ofQuota(values: Values): string[] {
  const { kubernetes, target, running } = values
  if (target === 'docker' || !running) return []
  return [
    ...more('quotaCpus', kubernetes.quotaCpus, requestedOf(values, 'cpu'), 'CPUs'),
    ...more('quotaMemory', kubernetes.quotaMemory, requestedOf(values, 'memory'), 'MiB'),
  ]
}

type Resource = 'cpu' | 'memory'

interface Asked {
  readonly part: string
  readonly pods: number
  /** Request of each pod: CPUs, or MiB of memory. */
  readonly each: number
}

/** Returns what runs all the time, and what has to fit beside it: new pods of a roll-out, or a Job. */
function requestedOf(values: Values, resource: Resource): Asked[] {
  const lasting = lastingOf(values, resource)
  const rolled = lasting.filter(({ part }) => ROLLED.includes(part)).reduce((sum, { each }) => sum + each, 0)
  const beside = [{ part: 'roll-out', pods: 1, each: rolled }, ...jobsOf(values, resource)]
  return [...lasting, ...beside.toSorted((one, other) => other.each - one.each).slice(0, 1)]
}

/** Parts whose old pods serve until a new one is ready. */
const ROLLED: readonly string[] = ['server', 'worker']

const key = { cpu: 'cpus', memory: 'memory' } as const

function lastingOf(values: Values, resource: Resource): Asked[] {
  const size = sizeFor(LOADS[values.size])
  const { ollama, database } = values
  const asked = (part: 'server' | 'worker' | 'postgres' | 'ollama', pods: number, more = 0) => {
    const own = values[part][key[resource]] ?? size[part][key[resource]]
    return { part, pods, each: withContainers(values[part], own, resource) + more }
  }
  const isOurs = database.url === undefined && database.external === undefined && values.secrets.database === undefined
  const archive = database.cnpg?.archive === undefined ? 0 : ARCHIVER[key[resource]]
  return [
    asked('server', replicasOf(values.server, size.server).replicas),
    asked('worker', replicasOf(values.worker, size.worker).replicas),
    ...(isOurs ? [asked('postgres', database.cnpg?.instances ?? 1, archive)] : []),
    ...(ollama.enabled && ollama.url === undefined ? [asked('ollama', 1)] : []),
  ]
}

function jobsOf(values: Values, resource: Resource): Asked[] {
  const size = sizeFor(LOADS[values.size])
  const server = values.server.memory ?? size.server.memory
  const postgres = Math.min(values.postgres.memory ?? size.postgres.memory, THROW_AWAY_MEMORY)
  const test = { cpu: 3 * JOB.cpus, memory: server + postgres }[resource]
  const { jobs, backup } = values
  return [
    { part: 'Job', pods: 1, each: withContainers(jobs, JOB[key[resource]], resource) },
    ...(backup.enabled ? [{ part: 'restore test', pods: 1, each: withContainers(backup, test, resource) }] : []),
  ]
}

type Containers = Pick<Values['server'], 'containers' | 'initContainers'>

/** Adds the sidecars to what a pod requests. Init containers that end need more only if they request more than all. */
function withContainers({ containers = [], initContainers = [] }: Containers, own: number, resource: Resource): number {
  const of = (container: object) => {
    const { requests, limits } =
      (container as { readonly resources?: Readonly<Record<string, Requests>> }).resources ?? {}
    const amount = amountOf(requests?.[resource] ?? limits?.[resource] ?? 0)
    return resource === 'memory' ? amount / MIB : amount
  }
  const isSidecar = ({ restartPolicy }: Readonly<Record<string, unknown>>) => restartPolicy === 'Always'
  const beside = [...containers, ...initContainers.filter(isSidecar)].reduce((sum, each) => sum + of(each), 0)
  return Math.max(own + beside, ...initContainers.map(of))
}

type Requests = Readonly<Record<string, unknown>>

function more(name: string, quota: number | undefined, asked: readonly Asked[], unit: string): string[] {
  const sum = asked.reduce((all, { pods, each }) => all + pods * each, 0)
  if (quota === undefined || sum <= quota) return []
  const terms = asked.map(({ part, pods, each }) => `${part} ${pods} × ${rounded(each)}`).join(' + ')
  return [
    `kubernetes.${name} is ${rounded(quota)} ${unit}, but ${rounded(sum)} ${unit} are requested (${terms}); raise it, or use fewer or smaller pods`,
  ]
}

const rounded = (value: number) => String(Math.round(value * 100) / 100)
