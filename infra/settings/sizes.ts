import { MIB } from './kinds.ts'

/** Expected load of a stack. */
export interface Load {
  readonly repositories: number
  readonly chunks: number
  /** Concurrent agents, each of which searches about once in ten seconds. */
  readonly agents: number
}

/** Resources of a Job's pod. */
export const JOB = { memory: 256, cpus: 0.1 } as const satisfies Workload

/** Resources of the container that archives beside each instance of CloudNativePG. */
export const ARCHIVER = { memory: 512, cpus: 0.05 } as const satisfies Workload

/**
 * Maximum memory of the temporary Postgres of a restore test, in mebibytes. More would only speed up the vector index,
 * and nobody waits for a test.
 */
export const THROW_AWAY_MEMORY = 2048

/** Disk for logs and small files of any pod, in mebibytes. */
export const SCRATCH_DISK = 512

/** Load of each size. docs/sizing.md explains the figures. */
export const LOADS = {
  small: { repositories: 50, chunks: 200_000, agents: 50 },
  medium: { repositories: 500, chunks: 1_000_000, agents: 300 },
  large: { repositories: 5000, chunks: 5_000_000, agents: 1500 },
} as const satisfies Readonly<Record<string, Load>>

interface Workload {
  /** Memory request and limit, in mebibytes. */
  readonly memory: number
  /** CPU request, in CPUs. */
  readonly cpus: number
}

interface Replicas {
  readonly replicas: number
  readonly maxReplicas: number
}

interface Replicated extends Workload, Replicas {}

export interface Sizing {
  readonly server: Replicated & {
    /** Connections of one pool. */
    readonly poolSize: number
    /** Memory for vectors in a server, in bytes. */
    readonly vectorsMemory: number
  }
  readonly worker: Replicated
  readonly postgres: Workload & {
    readonly connections: number
    /** Size of the data volume, in gibibytes. */
    readonly storage: number
    /** Size of the write-ahead log's volume, in gibibytes. */
    readonly walStorage: number
  }
  readonly ollama: Workload
}

// Measured values, explained in docs/sizing.md.
const SEARCHES_PER_AGENT = 0.1
const SEARCHES_PER_CPU = 60
const SERVER_BASE_MIB = 512
const SERVER_BYTES = 400
// The vectors of the model in the package have 256 dimensions, those of all-minilm 384. Each vector has a scale of 4
// bytes.
const PACKED_VECTOR_BYTES = 260 + 388
const LEAST_VECTORS_BYTES = 256 * MIB
/** Above this, an index in Postgres is cheaper than the memory of all servers. */
const MOST_VECTORS_BYTES = 2048 * MIB
const VECTOR_BYTES = 1600
/** Size of a chunk in the database including its share of the index, in bytes. */
export const STORED_BYTES = 3000
// Factor for replaced rows that are not swept yet, and for rebuilding the vector index beside the current one.
const ROOM = 3
const POOL_SIZE = 5
/** Connections for health checks while the pool is busy, and for startup. */
const CONNECTIONS_BESIDE_POOL = 3
const OTHER_CONNECTIONS = 20

/**
 * Returns requests, replicas and pool sizes for a load.
 *
 * Servers keep the searched data in memory, workers one segment, and Postgres the vectors. Agents cost the servers CPU.
 * Each process has its own connections, and Postgres must allow all of them.
 */
export function sizeFor({ chunks, agents, repositories }: Load): Sizing {
  const cpus = Math.max(0.25, (agents * SEARCHES_PER_AGENT) / SEARCHES_PER_CPU)
  const replicas = Math.max(2, Math.ceil(cpus))
  const vectorsMemory = Math.min(MOST_VECTORS_BYTES, Math.max(LEAST_VECTORS_BYTES, chunks * PACKED_VECTOR_BYTES))
  const server = {
    memory: steps(SERVER_BASE_MIB + (chunks * SERVER_BYTES + vectorsMemory) / MIB, 256),
    cpus: rounded(Math.max(0.25, cpus / replicas)),
    replicas,
    maxReplicas: replicas * 2,
    poolSize: POOL_SIZE,
    vectorsMemory,
  }
  const workers = Math.max(1, Math.ceil(repositories / 500))
  const worker = { memory: 2048, cpus: 0.5, replicas: workers, maxReplicas: workers * 4 }
  const stored = Math.ceil((chunks * STORED_BYTES * ROOM) / 1024 ** 3)
  return {
    server,
    worker,
    postgres: {
      memory: Math.max(1024, steps(((chunks * VECTOR_BYTES) / MIB) * 2, 1024)),
      cpus: Math.max(0.5, rounded(cpus / 2)),
      connections: connectionsFor(server.maxReplicas + worker.maxReplicas),
      storage: Math.max(20, stored),
      walStorage: 10,
    },
    ollama: { memory: 4096, cpus: Math.max(1, Math.ceil(agents / 300)) },
  }
}

/** Returns the numbers of pods. If only `replicas` is set, it is also the maximum. */
export function replicasOf({ replicas, maxReplicas }: Partial<Replicas>, size: Replicas): Replicas {
  const least = replicas ?? Math.min(size.replicas, maxReplicas ?? size.replicas)
  return { replicas: least, maxReplicas: maxReplicas ?? replicas ?? size.maxReplicas }
}

/** Returns the number of connections of servers, workers and other clients. */
export const connectionsFor = (pods: number) =>
  pods * (POOL_SIZE + CONNECTIONS_BESIDE_POOL) + 2 * POOL_SIZE + OTHER_CONNECTIONS

const steps = (value: number, step: number) => Math.ceil(value / step) * step

const rounded = (cpus: number) => Math.round(cpus * 100) / 100
