import { gpuResourceOf, hasDatabase, hasOllama } from '../../settings/derived.ts'
import { bytesOf, MIB } from '../../settings/kinds.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { JOB, SCRATCH_DISK } from '../../settings/sizes.ts'

/** What pods of a kind request, each of them. */
export interface Demand {
  /** The component. */
  readonly part: string
  /** The settings that say it, such as server. */
  readonly settings?: string
  readonly pods: number
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Bytes on the disk of its node. */
  readonly disk: number
  /** Resources of a node by name, such as nvidia.com/gpu. */
  readonly devices?: Readonly<Record<string, number>>
}

interface Extent {
  readonly cpus: number
  /** Mebibytes. */
  readonly memory: number
}

/** What keeps running, and the Jobs that come before it. */
export function demandsOf(settings: KubernetesSettings): Demand[] {
  const { server, worker, postgres, ollama, database } = settings
  const clones = bytesOf(worker.clones)
  const instances = database.cnpg?.instances ?? (hasDatabase(settings) ? 1 : 0)
  return [
    demandOf('server', server, { pods: server.replicas, settings: 'server' }),
    { ...demandOf('worker', worker, { pods: worker.replicas, settings: 'worker' }), disk: clones + SCRATCH_DISK * MIB },
    demandOf('postgres', postgres, { pods: instances, settings: 'postgres' }),
    {
      ...demandOf('ollama', ollama, { pods: hasOllama(settings) ? 1 : 0, settings: 'ollama' }),
      devices: devicesOf(settings),
    },
    // At the same time: the model is pulled while the schema is brought up.
    demandOf('migration', JOB, { pods: 1 }),
    demandOf('model', JOB, { pods: ollama.enabled ? 1 : 0 }),
  ].filter(({ pods }) => pods > 0)
}

function demandOf(part: string, { cpus, memory }: Extent, rest: Pick<Demand, 'pods' | 'settings'>): Demand {
  return { part, ...rest, cpus, memory: memory * MIB, disk: SCRATCH_DISK * MIB }
}

function devicesOf(settings: KubernetesSettings): Readonly<Record<string, number>> {
  const gpu = gpuResourceOf(settings)
  return gpu === undefined ? {} : { [gpu]: settings.ollama.gpus }
}

/** The volumes of a stack by name, and the size of each in bytes. */
export function claimsOf(settings: KubernetesSettings): Readonly<Record<string, number>> {
  const { postgres, ollama, backup, cluster } = settings
  const sizes = {
    ...(hasDatabase(settings)
      ? { postgres: bytesOf(postgres.storage), 'postgres-wal': bytesOf(postgres.walStorage) }
      : {}),
    ...(hasOllama(settings) ? { ollama: bytesOf(ollama.storage) } : {}),
    ...(backup.enabled && backup.s3Bucket === undefined ? { backups: bytesOf(backup.storage) } : {}),
  }
  return Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [`${cluster.prefix}${name}`, bytes]))
}
