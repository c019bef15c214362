import { Gauge, Registry } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import type { RepositoryScope } from '../access/repository-scope.ts'
import type { EmbedderCheck } from '../embedding/embedder.ts'
import type { RepositorySummary } from '../indexing/contract.ts'
import { BACKUP_RUN_KINDS, type LastBackupRun } from '../store/backup-runs.ts'
import type { Connections } from '../store/database.ts'
import type { OpenJobs } from '../store/jobs.ts'
import type { SourceRow } from '../store/sources.ts'
import { SECOND } from '../units.ts'
import { makeKeptReading } from './kept-reading.ts'
import type { Family } from './metric-family.ts'
import { sourceFamilies } from './source-metrics.ts'

/** Sources of the metrics. */
export interface StateSources {
  /** @throws if the server should receive no requests */
  ready(): Promise<void>
  checkEmbedder(): Promise<EmbedderCheck>
  isBreakerOpen(): boolean
  repositories(): Promise<readonly RepositorySummary[]>
  openJobs(): Promise<readonly OpenJobs[]>
  backupRuns(): Promise<readonly LastBackupRun[]>
  listedSources(): Promise<readonly SourceRow[]>
  /** Undefined without a connection pool. */
  readonly connections?: (() => Connections) | undefined
  /** Memory limit of the process. Undefined if unlimited. */
  readonly memoryLimitBytes?: number | undefined
}

const LIMITS = { deadlineMs: 2.5 * SECOND, keepMs: 5 * SECOND, share: 1, now: () => performance.now() }
/** Counting takes longer, the more chunks there are. */
const COUNTING = { ...LIMITS, share: 0.02 }

/** Each repository has several series. Totals cover all repositories; only the first have series by name. */
const REPOSITORIES_NAMED = 100

/**
 * Returns the state of the service in Prometheus' text format, read at most every few seconds. What cannot be read is
 * left out, for example if the database is down. Repositories in the scope appear by name.
 */
export function makeStateMetrics(sources: StateSources): (scope: RepositoryScope) => Promise<string> {
  const ready = makeKeptReading(() => sources.ready().then(() => true), LIMITS)
  const embedder = makeKeptReading(() => sources.checkEmbedder(), LIMITS)
  const repositories = makeKeptReading(() => sources.repositories(), COUNTING)
  const jobs = makeKeptReading(() => sources.openJobs(), LIMITS)
  const backups = makeKeptReading(() => sources.backupRuns(), LIMITS)
  const listed = makeKeptReading(() => sources.listedSources(), LIMITS)
  return async (scope) => {
    const [isReady, check, known, open, runs, organisations] = await Promise.all([
      ready(),
      embedder(),
      repositories(),
      jobs(),
      backups(),
      listed(),
    ])
    return exposition([
      ...processFamilies(sources.memoryLimitBytes),
      gauge('codebase_ready', 'Whether the process answers requests: 1 or 0.', Number(isReady === true)),
      ...embedderFamilies(check, sources.isBreakerOpen()),
      ...(sources.connections === undefined ? [] : poolFamilies(sources.connections())),
      ...(open === undefined ? [] : jobFamilies(open)),
      ...(runs === undefined ? [] : backupFamilies(runs)),
      ...(organisations === undefined ? [] : sourceFamilies(organisations, scope)),
      ...(known === undefined ? [] : indexFamilies(known)),
      ...(known === undefined ? [] : repositoryFamilies(known.filter(({ name }) => scope.allows(name)))),
    ])
  }
}

const gauge = (name: string, help: string, value: number): Family => ({ name, help, values: [{ value }] })

function processFamilies(limit?: number): Family[] {
  return [
    {
      name: 'codebase_build_info',
      help: 'Version of the running service.',
      values: [{ labels: { version: manifest.version, node: process.versions.node }, value: 1 }],
    },
    ...(limit === undefined ? [] : [gauge('codebase_memory_limit_bytes', 'Memory limit of the process.', limit)]),
  ]
}

const EMBEDDER_STATES: readonly EmbedderCheck['state'][] = ['ready', 'off', 'unreachable', 'model_missing']

function embedderFamilies(check: EmbedderCheck | undefined, isBreakerOpen: boolean): Family[] {
  const current = check?.state ?? 'unreachable'
  return [
    {
      name: 'codebase_embedder_state',
      help: 'State of the embedder: 1 for the current state, 0 for the others.',
      values: EMBEDDER_STATES.map((state) => ({ labels: { state }, value: Number(state === current) })),
    },
    gauge(
      'codebase_embedder_breaker_open',
      'Whether searches skip the embedder because it is down: 1 or 0.',
      Number(isBreakerOpen),
    ),
  ]
}

function poolFamilies({ used, idle, pending, max }: Connections): Family[] {
  return [
    {
      name: 'db_client_connection_count',
      help: 'Connections to the database, by state.',
      values: [
        { labels: { db_client_connection_state: 'used' }, value: used },
        { labels: { db_client_connection_state: 'idle' }, value: idle },
      ],
    },
    gauge('db_client_connection_max', 'Maximum number of connections to the database.', max),
    gauge('db_client_connection_pending_requests', 'Requests that wait for a connection to the database.', pending),
  ]
}

const JOB_KINDS = ['index', 'embed'] as const
const JOB_STATES = ['queued', 'running'] as const

function jobFamilies(open: readonly OpenJobs[]): Family[] {
  const of = (kind: string, state: string) => open.find((jobs) => jobs.kind === kind && jobs.state === state)
  return [
    {
      name: 'codebase_jobs_open',
      help: 'Jobs that are queued or running. Every process of a stack reports the same value.',
      values: JOB_KINDS.flatMap((kind) =>
        JOB_STATES.map((state) => ({ labels: { kind, state }, value: of(kind, state)?.count ?? 0 })),
      ),
    },
    {
      name: 'codebase_jobs_oldest_queued_age_seconds',
      help: 'Age of the job that has waited longest, 0 if none waits. Every process of a stack reports the same value.',
      values: JOB_KINDS.map((kind) => ({ labels: { kind }, value: of(kind, 'queued')?.oldestSeconds ?? 0 })),
    },
  ]
}

const BACKUP_WORDS = { backup: 'backup', restore_test: 'test that restores a backup' } as const

/** Runs that never happened have no series: backups may be made in another way. */
function backupFamilies(runs: readonly LastBackupRun[]): Family[] {
  return BACKUP_RUN_KINDS.flatMap((kind) => {
    const run = runs.find((each) => each.kind === kind)
    if (run === undefined) return []
    const of = (unit: string, help: string, value?: number) =>
      value === undefined
        ? []
        : [gauge(`codebase_${kind}_${unit}`, `${help} Every process of a stack reports the same value.`, value)]
    const what = `the last ${BACKUP_WORDS[kind]}`
    const success = run.succeededAt === undefined ? undefined : run.succeededAt.getTime() / SECOND
    return [
      ...of('last_status', `Whether ${what} succeeded: 1 or 0.`, Number(run.succeeded)),
      ...of('last_timestamp_seconds', `When ${what} ended.`, run.finishedAt.getTime() / SECOND),
      ...of('last_duration_seconds', `How long ${what} took.`, run.seconds),
      ...of('last_success_timestamp_seconds', `When ${what} that succeeded ended.`, success),
      ...of('last_size_bytes', `Size of the backup in ${what} that succeeded.`, run.bytes),
    ]
  })
}

const REPOSITORY_STATES: readonly RepositorySummary['state'][] = ['empty', 'indexing', 'ready', 'failed']

/** Measures of a repository and, summed, of the whole index. */
const SIZES = [
  { unit: 'files', what: 'Files', of: ({ files }: RepositorySummary) => files },
  { unit: 'chunks', what: 'Chunks', of: ({ chunks }: RepositorySummary) => chunks },
  { unit: 'embedded_chunks', what: 'Chunks with a vector', of: ({ embedded }: RepositorySummary) => embedded },
  { unit: 'bytes', what: 'Bytes of text', of: ({ bytes }: RepositorySummary) => bytes },
]

function indexFamilies(repositories: readonly RepositorySummary[]): Family[] {
  const indexed = repositories.flatMap((repository) => indexedSeconds(repository) ?? [])
  return [
    {
      name: 'codebase_repositories',
      help: 'Repositories, by state. Every process of a stack reports the same value.',
      values: REPOSITORY_STATES.map((state) => ({
        labels: { state },
        value: repositories.filter((repository) => repository.state === state).length,
      })),
    },
    {
      name: 'codebase_folders_watched',
      help: 'Folders whose changes are noticed, by method. Every process of a stack reports the same value.',
      values: (['events', 'polling'] as const).map((by) => ({
        labels: { by },
        value: repositories.filter(({ watch }) => watch?.by === by).length,
      })),
    },
    ...SIZES.map(({ unit, what, of }) =>
      gauge(
        `codebase_index_${unit}`,
        `${what} in the index. Every process of a stack reports the same value.`,
        repositories.reduce((sum, repository) => sum + of(repository), 0),
      ),
    ),
    ...countFamilies(repositories),
    ...(indexed.length === 0
      ? []
      : [
          gauge(
            'codebase_index_oldest_timestamp_seconds',
            'When the repository with the oldest index was indexed. Every process of a stack reports the same value.',
            Math.min(...indexed),
          ),
        ]),
  ]
}

/** Reasons and kinds with a count of zero are left out. */
function countFamilies(repositories: readonly RepositorySummary[]): Family[] {
  const family = (
    name: string,
    help: string,
    label: string,
    of: (repository: RepositorySummary) => Counts,
  ): Family => ({
    name,
    help: `${help} Every process of a stack reports the same value.`,
    values: [...totals(repositories.map(of))].map(([key, value]) => ({ labels: { [label]: key }, value })),
  })
  return [
    family('codebase_index_skipped', 'Files and folders left out, by reason.', 'reason', ({ skipped }) => skipped),
    family('codebase_index_masked_secrets', 'Secrets masked in the index, by kind.', 'kind', ({ masked }) => masked),
  ].filter(({ values }) => values.length > 0)
}

type Counts = Readonly<Record<string, number>>

function totals(all: readonly Counts[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [key, count] of all.flatMap((counts) => Object.entries(counts)))
    sums.set(key, (sums.get(key) ?? 0) + count)
  return sums
}

function repositoryFamilies(all: readonly RepositorySummary[]): Family[] {
  const repositories = all.slice(0, REPOSITORIES_NAMED)
  if (repositories.length === 0) return []
  const family = (unit: string, help: string, of: (repository: RepositorySummary) => number | undefined): Family => ({
    name: `codebase_repository_${unit}`,
    help,
    values: repositories.flatMap((repository) => {
      const value = of(repository)
      return value === undefined ? [] : [{ labels: { repository: repository.name }, value }]
    }),
  })
  return [
    ...SIZES.map(({ unit, what, of }) => family(unit, `${what} of a repository.`, of)),
    family('indexed_timestamp_seconds', 'When a repository was last indexed.', indexedSeconds),
  ]
}

const indexedSeconds = ({ indexedAt }: RepositorySummary) =>
  indexedAt === undefined ? undefined : indexedAt.getTime() / SECOND

function exposition(families: readonly Family[]): Promise<string> {
  const registry = new Registry()
  for (const { name, help, values } of families) {
    const labelNames = Object.keys(values[0]?.labels ?? {})
    const made = new Gauge({ name, help, labelNames, registers: [registry] })
    for (const { labels = {}, value } of values) made.set(labels, value)
  }
  return registry.metrics()
}
