import { amountOf, MIB } from '../kinds.ts'
import type { Values } from '../schema.ts'
import { LOADS, STORED_BYTES, sizeFor } from '../sizes.ts'

/** Memory that Postgres needs besides its cache, in MiB. */
const POSTGRES_ITSELF = 64

/** Returns the faults of settings that exceed the available memory, disk or quota, with the calculation. */
export function ofMemory(values: Values): string[] {
  return [...ofPostgres(values), ...ofWal(values), ...ofVolumes(values), ...ofQuota(values)]
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
  const { kubernetes, target } = values
  if (target === 'docker') return []
  const asked = requested(values)
  return [
    ...more(
      'quotaCpus',
      kubernetes.quotaCpus,
      asked.map(({ part, pods, cpus }) => [part, pods, cpus] as const),
      'CPUs',
    ),
    ...more(
      'quotaMemory',
      kubernetes.quotaMemory,
      asked.map(({ part, pods, memory }) => [part, pods, memory] as const),
      'MiB',
    ),
  ]
}

function requested(values: Values) {
  const size = sizeFor(LOADS[values.size])
  const { server, worker, postgres, ollama, database } = values
  const isOurs = database.url === undefined && database.external === undefined && values.secrets.database === undefined
  return [
    {
      part: 'server',
      pods: server.replicas ?? size.server.replicas,
      cpus: server.cpus ?? size.server.cpus,
      memory: server.memory ?? size.server.memory,
    },
    {
      part: 'worker',
      pods: worker.replicas ?? size.worker.replicas,
      cpus: worker.cpus ?? size.worker.cpus,
      memory: worker.memory ?? size.worker.memory,
    },
    ...(isOurs
      ? [
          {
            part: 'postgres',
            pods: database.cnpg?.instances ?? 1,
            cpus: postgres.cpus ?? size.postgres.cpus,
            memory: postgres.memory ?? size.postgres.memory,
          },
        ]
      : []),
    ...(ollama.enabled && ollama.url === undefined
      ? [
          {
            part: 'ollama',
            pods: 1,
            cpus: ollama.cpus ?? size.ollama.cpus,
            memory: ollama.memory ?? size.ollama.memory,
          },
        ]
      : []),
  ]
}

function more(
  key: string,
  quota: number | undefined,
  asked: readonly (readonly [part: string, pods: number, each: number])[],
  unit: string,
): string[] {
  const sum = asked.reduce((all, [, pods, each]) => all + pods * each, 0)
  if (quota === undefined || sum <= quota) return []
  const terms = asked.map(([part, pods, each]) => `${part} ${pods} × ${rounded(each)}`).join(' + ')
  return [
    `kubernetes.${key} is ${rounded(quota)} ${unit}, but ${rounded(sum)} ${unit} are requested (${terms}); raise it, or use fewer or smaller pods`,
  ]
}

const rounded = (value: number) => String(Math.round(value * 100) / 100)
