/** Memory and sizes, in mebibytes. */
interface Memory {
  readonly memory: number
  readonly sharedBuffers?: number | undefined
  readonly maintenanceMemory?: number | undefined
  readonly sharedMemory?: number | undefined
  /** Size of a volume that holds only the write-ahead log. */
  readonly walMebibytes?: number
}

interface Tuning {
  /** Server parameters, as `postgres -c` takes them. */
  readonly parameters: Readonly<Record<string, string>>
  /** Size of /dev/shm, in mebibytes. */
  readonly sharedMemory: number
}

const MOST_WAL = 2048

/**
 * Returns the Postgres parameters for an amount of memory: a quarter each for the buffer cache and for index builds. An
 * HNSW graph that outgrows `maintenance_work_mem` is built on disk, several times slower. Parallel workers share the
 * graph through /dev/shm, which is 64 MiB by default in a container.
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
      // A checkpoint starts at half of this size, and more is written until it ends.
      max_wal_size: walMebibytes >= 2 * MOST_WAL ? '2GB' : `${Math.floor(walMebibytes / 2)}MB`,
    },
    sharedMemory: given.sharedMemory ?? maintenanceMemory + 64,
  }
}

/** Returns the command-line options that set the parameters. */
export const serverOptions = (parameters: Readonly<Record<string, string>>): string[] =>
  Object.entries(parameters).flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** Returns the command that starts the server with the parameters. */
export const serverCommand = (parameters: Readonly<Record<string, string>>): string[] => [
  'postgres',
  ...serverOptions(parameters),
]
