import type { KubernetesSettings } from '../../../settings/settings.ts'
import { shownAge } from '../../day-two/quantities.ts'
import {
  defined,
  degraded,
  failing,
  type Overall,
  type Problem,
  problemsToldBy,
  worstFirst,
} from '../../day-two/status/report.ts'
import { hasFailed, newestJobs } from '../jobs.ts'
import type { ContainerStatus, Pod } from '../objects.ts'
import type { Snapshot } from '../watch/snapshot.ts'
import { troublesOf } from '../watch/troubles.ts'
import { type ClusterPart, isReady, partsOf } from './parts.ts'
import type { ClusterServer } from './server.ts'

/** The status of a stack on Kubernetes. */
export interface ClusterReport extends Overall {
  readonly parts: readonly ClusterPartReport[]
}

interface ClusterPartReport {
  readonly part: string
  readonly ready: number
  /** Absent where somebody else decides how many there are. */
  readonly wanted?: number
  readonly restarts: number
  /** When the youngest pod was started. */
  readonly since?: string
  /** How a container of it ended last, where one did. */
  readonly ended?: { readonly reason: string; readonly exitCode: number; readonly at?: string }
  readonly image?: string
}

interface Seen {
  readonly settings: KubernetesSettings
  readonly snapshot: Snapshot
  readonly url: string
  /** What the server told, or why it told nothing; absent where none is ready. */
  readonly server?: ClusterServer | { readonly fault: string }
  readonly now: Date
}

const RECENTLY_MS = 10 * 60_000

/** What all that was seen comes to. */
export function reportOf(seen: Seen): ClusterReport {
  const { settings, snapshot, server, now, url } = seen
  const parts = partsOf(snapshot)
  const isDown = parts.every(({ wanted = 0, pods }) => wanted === 0 && pods.length === 0)
  if (isDown || !settings.running) return { state: 'down', problems: [], parts: [], addresses: {} }
  const troubles = troublesOf(snapshot, new Date(now.getTime() - RECENTLY_MS))
  // What goes wrong with the next version is no more than that while this one answers.
  const isAnswered = (name: string) =>
    !isVital(name) || parts.some((part) => part.name === name && part.pods.some(isReady))
  const problems = worstFirst([
    ...missingParts(settings, parts),
    ...parts.flatMap(problemsOfPart),
    ...troubles.map(({ part, detail, remedy }) => (isAnswered(part) ? degraded : failing)(`${detail}. ${remedy}`)),
    ...problemsOfJobs(snapshot),
    ...(server === undefined ? [] : 'fault' in server ? [degraded(server.fault)] : problemsToldBy(server)),
  ])
  return {
    state: problems[0]?.state ?? 'ok',
    problems,
    parts: parts.map(reportOfPart),
    addresses: { server: url },
    ...indexOf(server),
  }
}

function indexOf(server: Seen['server']): Pick<Overall, 'index'> {
  if (server === undefined || 'fault' in server) return {}
  const { repositories, jobs } = server
  return repositories === undefined || jobs === undefined ? {} : { index: { repositories, jobs } }
}

/** Without these nothing is answered; without the others something less is. */
const isVital = (part: string) => part === 'server' || part === 'postgres'

function missingParts(settings: KubernetesSettings, parts: readonly ClusterPart[]): Problem[] {
  const wanted = ['server', 'worker']
  const missing = wanted.filter((name) => !parts.some((part) => part.name === name))
  return missing.map((name) =>
    failing(`${name} is missing: \`npm run up -- --stack STACK\` makes it`.replace('STACK', settings.name)),
  )
}

function problemsOfPart({ name, wanted, pods }: ClusterPart): Problem[] {
  const ready = pods.filter(isReady).length
  const missing = (wanted ?? pods.length) - ready
  const detail = `${ready} of ${wanted ?? pods.length} pods of ${name} are ready`
  const short = missing <= 0 ? [] : [(ready === 0 && isVital(name) ? failing : degraded)(detail)]
  const killed = pods.filter((pod) => endOf(pod)?.reason === 'OOMKilled')
  return [
    ...short,
    ...killed.map(({ metadata }) => degraded(`${metadata.name} was out of memory: raise codebase-mcp:${name}.memory`)),
  ]
}

function problemsOfJobs({ jobs, pods }: Snapshot): Problem[] {
  const hasPods = (name: string) =>
    pods.some(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === name)
  return [...newestJobs(jobs)].flatMap(([component, job]) => {
    // Of a pod that is still there more is told.
    if (!hasFailed(job) || hasPods(job.metadata.name)) return []
    return [degraded(`${component} has failed, and its pods are gone: \`npm run up\` runs it again`)]
  })
}

const statusesOf = ({ status }: Pod): readonly ContainerStatus[] => status.containerStatuses ?? []

function endOf(pod: Pod): ClusterPartReport['ended'] {
  const ends = statusesOf(pod).flatMap(({ lastState }) => lastState?.terminated ?? [])
  const last = ends.at(-1)
  if (last === undefined) return undefined
  const { reason = 'Error', exitCode, finishedAt } = last
  return { reason, exitCode, ...defined({ at: finishedAt }) }
}

function reportOfPart({ name, wanted, pods }: ClusterPart): ClusterPartReport {
  const statuses = pods.flatMap(statusesOf)
  const ended = pods.map(endOf).findLast((end) => end !== undefined)
  const since = pods
    .map(({ status }) => status.startTime)
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1)
  return {
    part: name,
    ready: pods.filter(isReady).length,
    ...defined({ wanted, since, ended, image: pods[0]?.spec.containers[0]?.image }),
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  }
}

const HEAD = ['part', 'ready', 'for', 'restarts', 'last end', 'image']

/** The parts as a table, its head first. */
export function tableOf(parts: readonly ClusterPartReport[], now: Date): string[][] {
  const ago = (time: string) => shownAge((now.getTime() - Date.parse(time)) / 1000)
  return [
    HEAD,
    ...parts.map(({ part, ready, wanted, since, restarts, ended, image }) => [
      part,
      `${ready}/${wanted ?? '?'}`,
      since === undefined ? '-' : ago(since),
      String(restarts),
      ended === undefined
        ? '-'
        : `${ended.reason} (${ended.exitCode})${ended.at === undefined ? '' : `, ${ago(ended.at)} ago`}`,
      image ?? '-',
    ]),
  ]
}
