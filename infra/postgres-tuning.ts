/** Mebibytes. */
interface Memory {
  readonly memory: number
  readonly sharedBuffers?: number | undefined
  readonly maintenanceMemory?: number | undefined
  readonly sharedMemory?: number | undefined
  /** Of a volume for the write-ahead log alone. */
  readonly walMebibytes?: number
}

interface Tuning {
  /** Parameters of the server, as `postgres -c` takes them. */
  readonly parameters: Readonly<Record<string, string>>
  /** Mebibytes of /dev/shm. */
  readonly sharedMemory: number
}

const MOST_WAL = 2048

/**
 * What Postgres is told about the memory it has. A quarter each for its cache and for building an index: an HNSW graph
 * that outgrows `maintenance_work_mem` is built on disk, several times slower, and its parallel workers share it through
 * /dev/shm, of which a container by default has 64 MiB.
 * @see https://github.com/pgvector/pgvector#index-build-time
 */
export function tuning({ memory, walMebibytes = Number.POSITIVE_INFINITY, ...given }: Memory): Tuning {
  const sharedBuffers = given.sharedBuffers ?? Math.floor(memory / 4)
  const maintenanceMemory = given.maintenanceMemory ?? Math.floor(memory / 4)
  return {
    parameters: {
      shared_buffers: `${sharedBuffers}MB`,
      maintenance_work_mem: `${maintenanceMemory}MB`,
      effective_cache_size: `${Math.floor((memory * 3) / 4)}MB`,
      // A checkpoint is begun when half of it is written, and more is written until that ends.
      max_wal_size: walMebibytes >= 2 * MOST_WAL ? '2GB' : `${Math.floor(walMebibytes / 2)}MB`,
    },
    sharedMemory: given.sharedMemory ?? maintenanceMemory + 64,
  }
}

/** Parameters as the server takes them on its command line. */
export const serverOptions = (parameters: Readonly<Record<string, string>>): string[] =>
  Object.entries(parameters).flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** Starts the server with parameters. */
export const serverCommand = (parameters: Readonly<Record<string, string>>): string[] => [
  'postgres',
  ...serverOptions(parameters),
]
