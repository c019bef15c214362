import { readFileSync } from 'node:fs'
import type { ComponentResource, Output } from '@pulumi/pulumi'
import { serverOptions, tuning } from '../../postgres/tuning.ts'
import { amountOf, MIB } from '../../settings/kinds.ts'
import { SCRATCH_DISK, THROW_AWAY_MEMORY } from '../../settings/sizes.ts'
import type { Logins } from '../database/logins.ts'
import { IS_READY } from '../database/postgres.ts'
import { modePod } from '../mode.ts'
import {
  namedUser,
  type Part,
  passwdFor,
  resources,
  restrictedContainer,
  scratch,
  scripts as scriptFiles,
} from '../pod.ts'
import { partOf, variablesOf } from '../secret-files.ts'
import type { OwnContainer, PodOf } from '../template.ts'
import { configFor, placed, type WorkloadArgs } from '../workload.ts'
import type { Storage } from './storage.ts'

type StepsArgs = WorkloadArgs & { readonly logins: Logins; readonly storage: Storage; readonly scripts: Output<string> }

/** Folder in which the steps exchange files. */
const EXCHANGE = '/exchange'
const DATA = '/var/lib/postgresql/data'
/** A small request, so that a pod fits on a nearly full node. It may use more CPU if that is idle. */
const CPUS = 0.1

const SCRIPTS = ['login.sh', 'dump.sh', 'restore.sh', 'throw-away.sh'] as const

/** Creates the ConfigMap with the scripts that run in the image of Postgres, and the passwd file of their user. */
export function makeScripts(args: WorkloadArgs, parent: ComponentResource): Output<string> {
  const texts = SCRIPTS.map((name) => [name, readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')])
  const user = passwdFor(args.settings, 'postgres', '/var/lib/postgresql', '/bin/sh')
  return configFor('backup', { ...Object.fromEntries(texts), ...user }, placed(args, 'backup', parent))
}

/** Returns a pod that dumps the database, then stores and records the dump. */
export function backupPod(args: StepsArgs): PodOf {
  const store = service(args, 'store-backup')
  return pod(args, [], [script(args, 'dump', ['dump.sh']), store])
}

/** Returns a pod that restores the newest backup into a temporary Postgres and checks it there. */
export function testPod(args: StepsArgs): PodOf {
  const { server } = args.settings
  const restored = { name: 'RESTORED_DATABASE_URL', value: 'postgres://postgres@127.0.0.1:5432/codebase' }
  const fetch = service(args, 'fetch-backup', ['--test'])
  const check = service(args, 'check-restore')
  return pod(args, throwAwayParts(args), [
    fetch,
    throwAway(args),
    script(args, 'restore', ['restore.sh', 'test'], THERE),
    // It reads as much of the index as a server does.
    { ...check, env: [...check.env, restored], resources: limited(server.memory, CPUS, args.storage.disk) },
  ])
}

/** Returns a pod that replaces the database with a backup and migrates it to this version's schema. */
export function replacePod(args: StepsArgs): PodOf {
  const fetch = service(args, 'fetch-backup', ['--name=$(BACKUP)'])
  const chosen = { ...fetch, env: [...fetch.env, { name: 'BACKUP', value: 'newest' }] }
  const migrate = service(args, 'migrate')
  return pod(args, [], [chosen, script(args, 'restore', ['restore.sh', 'replace']), { ...migrate, args: ['migrate'] }])
}

/** Runs the steps in order: all but the last are init containers. */
function pod(args: StepsArgs, own: readonly Part[], steps: readonly OwnContainer[]): PodOf {
  const { annotations, volumes } = modePodOf(args, 'migrate')
  const all = [...volumes, ...[exchange, scriptFiles(args.scripts), ...own].map(({ volume }) => volume)]
  return { annotations, volumes: all, initContainers: steps.slice(0, -1), containers: steps.slice(-1) }
}

const exchange = scratch('exchange', EXCHANGE, '64Mi')

const modePodOf = ({ settings, base, logins, storage }: StepsArgs, mode: string) =>
  modePod({
    settings,
    image: base.image,
    mode,
    environment: { ...storage.environment, LOG_LEVEL: settings.server.logLevel },
    secrets: [logins.owner, ...storage.secrets],
    parts: [storage.part],
  })

function service(args: StepsArgs, mode: string, options: readonly string[] = []) {
  const { container } = modePodOf(args, mode)
  return {
    ...container,
    args: [mode, EXCHANGE, ...options],
    volumeMounts: [...container.volumeMounts, exchange.mount],
    resources: limited(256, CPUS, args.storage.disk),
  }
}

// On loopback, so only this pod can connect.
const THERE = { PGHOST: '127.0.0.1', PGUSER: 'postgres', PGDATABASE: 'codebase' }

function script(
  { settings, logins, storage, scripts }: StepsArgs,
  name: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): OwnContainer {
  const [file, ...words] = command
  const parts = [
    partOf(logins.owner),
    storage.part,
    exchange,
    scriptFiles(scripts),
    ...namedUserIn(settings, scripts),
    TMP,
  ]
  const variables = { ...variablesOf([logins.owner]), ...storage.environment, EXCHANGE, ...environment }
  return {
    ...restrictedContainer,
    name,
    image: settings.postgres.image,
    command: ['bash', `/scripts/${file}`, ...words],
    env: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
    resources: limited(256, CPUS, storage.disk),
    volumeMounts: parts.map(({ mount }) => mount),
  }
}

const TMP = scratch('tmp', '/tmp', '64Mi')

/** The passwd file from the ConfigMap of the scripts. Empty if the cluster chooses the user ID. */
function namedUserIn({ cluster }: StepsArgs['settings'], scripts: Output<string>): Part[] {
  const { mount } = namedUser(scripts)
  return cluster.user === null ? [] : [{ volume: scriptFiles(scripts).volume, mount: { ...mount, name: 'scripts' } }]
}

/**
 * A temporary Postgres that runs beside the later steps. No other pod can reach it, and its data are deleted with the
 * pod.
 */
function throwAway(args: StepsArgs): OwnContainer {
  const { settings, scripts } = args
  const memory = Math.min(settings.postgres.memory, THROW_AWAY_MEMORY)
  const { parameters } = tuning({ memory })
  const fast = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', wal_level: 'minimal' }
  const own = { listen_addresses: '127.0.0.1', max_wal_senders: '0', autovacuum: 'off', ...fast }
  const parts = [...throwAwayParts(args), TMP, scriptFiles(scripts), ...namedUserIn(settings, scripts)]
  return {
    ...restrictedContainer,
    name: 'throw-away',
    image: settings.postgres.image,
    restartPolicy: 'Always',
    command: ['bash', '/scripts/throw-away.sh', ...serverOptions({ ...parameters, ...own })],
    env: [{ name: 'PGDATA', value: `${DATA}/pgdata` }],
    startupProbe: {
      exec: { command: IS_READY.split(' ') },
      periodSeconds: 2,
      failureThreshold: 150,
      timeoutSeconds: 5,
    },
    resources: limited(memory, 2 * CPUS, amountOf(settings.postgres.storage) / MIB),
    volumeMounts: parts.map(({ mount }) => mount),
  }
}

function throwAwayParts({ settings: { postgres } }: WorkloadArgs): Part[] {
  const { sharedMemory } = tuning({ memory: Math.min(postgres.memory, THROW_AWAY_MEMORY) })
  return [
    scratch('data', DATA, postgres.storage),
    scratch('run', '/var/run/postgresql', '1Mi'),
    scratch('shm', '/dev/shm', `${sharedMemory}Mi`, 'Memory'),
  ]
}

/**
 * Limits the disk above its request. Requesting the whole limit could make the pod unschedulable; with a lower request,
 * it is evicted first if its node runs out of disk.
 */
function limited(memory: number, cpus: number, disk: number) {
  const { requests, limits } = resources({ memory, cpus })
  return disk === 0
    ? { requests, limits }
    : { requests, limits: { ...limits, 'ephemeral-storage': `${Math.ceil(disk) + SCRATCH_DISK}Mi` } }
}
