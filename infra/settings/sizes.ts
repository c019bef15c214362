import { MIB } from './kinds.ts'

/** How much a stack is meant to hold and answer. */
export interface Load {
  readonly repositories: number
  readonly chunks: number
  /** Agents that ask at the same time, each about once in ten seconds. */
  readonly agents: number
}

/** What a Job takes that comes before the pods. */
export const JOB = { memory: 256, cpus: 0.1 } as const satisfies Workload

/** Mebibytes of logs and small files that any pod may write. */
export const SCRATCH_DISK = 512

/** What each size is for. docs/sizing.md has the figures behind it. */
export const LOADS = {
  small: { repositories: 50, chunks: 200_000, agents: 50 },
  medium: { repositories: 500, chunks: 1_000_000, agents: 300 },
  large: { repositories: 5000, chunks: 5_000_000, agents: 1500 },
} as const satisfies Readonly<Record<string, Load>>

interface Workload {
  /** Mebibytes, requested and at most. */
  readonly memory: number
  /** Processors, requested. */
  readonly cpus: number
}

interface Replicated extends Workload {
  readonly replicas: number
  readonly maxReplicas: number
}

export interface Sizing {
  readonly server: Replicated & {
    /** Connections of one pool. */
    readonly poolSize: number
    /** Bytes that vectors may take of a server's memory. */
    readonly vectorsMemory: number
  }
  readonly worker: Replicated
  readonly postgres: Workload & {
    readonly connections: number
    /** Gibibytes. */
    readonly storage: number
    /** Gibibytes of write-ahead log. */
    readonly walStorage: number
  }
  readonly ollama: Workload
}

// Measured; docs/sizing.md says how.
const SEARCHES_PER_AGENT = 0.1
const SEARCHES_PER_CPU = 60
const SERVER_BASE_MIB = 512
const SERVER_BYTES = 400
// The model in the package has 256 numbers, all-minilm 384; each vector has a scale of 4 bytes.
const PACKED_VECTOR_BYTES = 260 + 388
const LEAST_VECTORS_BYTES = 256 * MIB
/** Beyond it, an index in Postgres costs less than the memory of all servers. */
const MOST_VECTORS_BYTES = 2048 * MIB
const VECTOR_BYTES = 1600
/** Bytes that a chunk takes in the database, with its part of the index. */
export const STORED_BYTES = 3000
// Rows that are replaced and not swept yet, and a vector index beside the one that is built.
const ROOM = 3
const POOL_SIZE = 5
/** By which health is told while all others are in use, and one while a process starts. */
const CONNECTIONS_BESIDE_POOL = 3
const OTHER_CONNECTIONS = 20

/**
 * Requests, replicas and pools for a load.
 *
 * A server keeps what it searches in memory, a worker one segment, Postgres the vectors; agents cost the servers CPU; and
 * each process keeps its connections, for all of which Postgres has to have room.
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

/** Connections of so many servers and workers, and of what runs besides. */
export const connectionsFor = (pods: number) =>
  pods * (POOL_SIZE + CONNECTIONS_BESIDE_POOL) + 2 * POOL_SIZE + OTHER_CONNECTIONS

const steps = (value: number, step: number) => Math.ceil(value / step) * step

const rounded = (cpus: number) => Math.round(cpus * 100) / 100
