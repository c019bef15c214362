import { hasFailed, newestJobs } from '../jobs.ts'
import {
  type Claim,
  type ContainerStatus,
  componentOf,
  type Job,
  type KubeEvent,
  lastSeen,
  type Pod,
} from '../objects.ts'
import type { Snapshot } from './snapshot.ts'

/** Something that does not get better by waiting alone. */
export interface Trouble {
  /** The same for the same trouble of the same part. */
  readonly key: string
  readonly part: string
  readonly detail: string
  readonly remedy: string
  /** Whose last lines say more: a pod and its container. */
  readonly log?: string
}

/** @param since what happened before it is over */
export function troublesOf(snapshot: Snapshot, since: Date): Trouble[] {
  const all = [
    ...snapshot.pods.filter((pod) => isCurrent(pod, snapshot.jobs)).flatMap((pod) => troublesOfPod(pod, snapshot)),
    ...snapshot.claims.flatMap((claim) => troublesOfClaim(claim, snapshot.events)),
    ...refusals(snapshot, since),
  ]
  return [...new Map(all.map((trouble) => [trouble.key, trouble])).values()]
}

/** Whether it counts: not one that is going, nor a try of a Job that has succeeded or was made again since. */
function isCurrent(pod: Pod, jobs: readonly Job[]): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  const job = jobOf(pod, jobs)
  if (job === undefined) return true
  return (job.status.succeeded ?? 0) === 0 && newestJobs(jobs).get(componentOf(job)) === job
}

function jobOf({ metadata }: Pod, jobs: readonly Job[]): Job | undefined {
  const name = metadata.labels?.['batch.kubernetes.io/job-name']
  return jobs.find((job) => job.metadata.name === name)
}

function troublesOfPod(pod: Pod, { events, jobs }: Snapshot): Trouble[] {
  const part = componentOf(pod)
  const { name } = pod.metadata
  const place = pod.status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (place?.status === 'False') {
    const words = place.message ?? 'the scheduler says nothing'
    // Numbers of nodes change while one waits.
    const key = `${part} has no node: ${words.replaceAll(/\d+/g, '')}`
    return [{ key, part, detail: `${name} finds no node: ${words}`, remedy: remedyForPlace(part, words) }]
  }
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  return [
    ...statuses.flatMap((status) => troubleOfContainer({ pod, job: jobOf(pod, jobs) }, status, eventsOf(name, events))),
    ...mountTroubles(pod, eventsOf(name, events)),
  ]
}

const eventsOf = (name: string, events: readonly KubeEvent[]) =>
  events.filter(({ involvedObject }) => involvedObject.name === name)

function remedyForPlace(part: string, words: string): string {
  const lower = ['cpu', 'memory'].filter((resource) => words.includes(`Insufficient ${resource}`))
  if (lower.length > 0 && !SIZED.has(part)) return 'Add a node, or lower codebase-mcp:size: the others leave it no room'
  const lowered = lower.map((resource) => `codebase-mcp:${part}.${resource === 'cpu' ? 'cpus' : resource}`)
  if (lowered.length > 0) return `Lower ${lowered.join(' and ')}, or add a larger node`
  if (words.includes('ephemeral-storage')) return 'Lower codebase-mcp:worker.clones, or add a node with a larger disk'
  if (words.includes('untolerated taint'))
    return 'Add a node for it, or, for ollama, set codebase-mcp:ollama.tolerateTaints'
  if (words.includes('node affinity/selector')) return 'Correct codebase-mcp:ollama.nodeSelector, or label a node so'
  if (words.includes('PersistentVolumeClaim') || words.includes('volume')) return 'See what is said of its volume'
  return 'Add a node that it fits on'
}

/** Whose size a setting says; the others are of a fixed size, which any node has. */
const SIZED: ReadonlySet<string> = new Set(['server', 'worker', 'postgres', 'ollama'])

const PULL = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError'])

interface Run {
  readonly pod: Pod
  /** Absent for what keeps running. */
  readonly job: Job | undefined
}

function troubleOfContainer(run: Run, status: ContainerStatus, events: readonly KubeEvent[]): Trouble[] {
  const { pod } = run
  const part = componentOf(pod)
  const { reason = '', message = '' } = status.state?.waiting ?? {}
  if (PULL.has(reason)) return [pullTrouble(part, imageOf(pod, status), message, events)]
  if (CONFIG.has(reason)) {
    const detail = `${pod.metadata.name} cannot be started: ${message}`
    return [
      { key: `${part} is not started: ${message}`, part, detail, remedy: 'Make or correct what the message names' },
    ]
  }
  return crashOf(run, status)
}

const imageOf = ({ spec }: Pod, { name, image }: ContainerStatus) =>
  [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name)?.image ?? image

/** What the registry answered is in the event of the attempt; later states only tell of the waiting. */
function pullTrouble(part: string, image: string, message: string, events: readonly KubeEvent[]): Trouble {
  const attempt = events.find(
    ({ reason, message }) => reason === 'Failed' && message.startsWith('Failed to pull image'),
  )
  const words = (message.startsWith('Back-off') ? (attempt?.message ?? message) : message).replaceAll(/\s+/g, ' ')
  const registry = words.replace(/^.*"[^"]*": /, '')
  return {
    key: `no image ${image}`,
    part,
    detail: `The image ${image} of ${part} cannot be pulled: ${registry === '' ? 'the node does not say why' : registry}`,
    remedy: `Correct codebase-mcp:${IMAGES[part] ?? 'image.reference'}, push the image, or, where the registry asks who pulls, set codebase-mcp:kubernetes.pullSecret`,
  }
}

const IMAGES: Readonly<Record<string, string>> = {
  postgres: 'postgres.image',
  roles: 'postgres.image',
  ollama: 'ollama.image',
}

function crashOf({ pod, job }: Run, { name, state, lastState, restartCount }: ContainerStatus): Trouble[] {
  const part = componentOf(pod)
  const ended = state?.terminated ?? lastState?.terminated
  if (ended === undefined || ended.exitCode === 0) return []
  const waits = state?.waiting?.reason === 'CrashLoopBackOff'
  const isOver = state?.terminated !== undefined && pod.status.phase === 'Failed'
  if (!waits && !isOver) return []
  const why = ended.reason === 'OOMKilled' ? 'out of memory' : `exit code ${ended.exitCode}`
  const often = restartCount > 0 ? `, restarts: ${restartCount}` : ''
  const remedy =
    ended.reason === 'OOMKilled' && SIZED.has(part) ? `Raise codebase-mcp:${part}.memory` : remedyForCrash(job)
  const detail = `${pod.metadata.name} has failed (${why}${often})`
  return [{ key: `${part} fails: ${why}`, part, detail, remedy, log: `${pod.metadata.name}/${name}` }]
}

function remedyForCrash(job: Job | undefined): string {
  if (job === undefined) return 'Correct what its log names'
  return hasFailed(job)
    ? 'Correct what its log names; the next `npm run up` runs it again'
    : 'It is tried again; where that does not help, correct what its log names'
}

/** What a volume is made of and is not there. */
function mountTroubles(pod: Pod, events: readonly KubeEvent[]): Trouble[] {
  if (pod.status.phase !== 'Pending') return []
  const part = componentOf(pod)
  const failed = events.filter(({ reason, message }) => reason === 'FailedMount' && message.includes('not found'))
  return failed.map(({ message }) => {
    const words = message.replace(/^MountVolume\.SetUp failed for volume "[^"]*" : /, '')
    const detail = `${pod.metadata.name} waits for a volume: ${words}`
    return { key: `${part} waits: ${words}`, part, detail, remedy: 'Make what the message names' }
  })
}

const REFUSED_CLAIM = new Set(['ProvisioningFailed', 'FailedBinding'])

function troublesOfClaim(claim: Claim, events: readonly KubeEvent[]): Trouble[] {
  if (claim.status.phase !== 'Pending') return []
  const { name } = claim.metadata
  const own = eventsOf(name, events).filter(({ reason }) => REFUSED_CLAIM.has(reason))
  const event = own.toSorted((a, b) => lastSeen(a).getTime() - lastSeen(b).getTime()).at(-1)
  if (event === undefined) return []
  const detail = `There is no volume for the claim ${name}: ${event.message}`
  const remedy = 'Correct codebase-mcp:kubernetes.storageClass and the sizes, or what makes volumes in the cluster'
  return [{ key: `${name}: ${event.reason}`, part: componentOf(claim), detail, remedy }]
}

/** Pods that are not even made: a quota, Pod Security, a webhook. */
function refusals({ workloads, jobs, events }: Snapshot, since: Date): Trouble[] {
  const owners = [...workloads, ...jobs]
  const failed = events.filter((event) => event.reason === 'FailedCreate' && lastSeen(event) >= since)
  return failed.flatMap(({ involvedObject, message }): Trouble[] => {
    const owner = owners.find(({ metadata }) => isOf(involvedObject.name, metadata.name))
    if (owner === undefined) return []
    const part = componentOf(owner)
    // The name of a pod that is never made is another one each time.
    const words = message
      .replace(/^(\(combined from similar events\): )?Error creating: /, '')
      .replace(/^pods "[^"]*" is forbidden: /, '')
    const detail = `The pods of ${part} are refused: ${words}`
    return [
      { key: `${part} is refused: ${words.replaceAll(/\d+/g, '')}`, part, detail, remedy: remedyForRefusal(words) },
    ]
  })
}

/** A ReplicaSet has its Deployment's name and a suffix. */
const isOf = (name: string, owner: string) => name === owner || name.startsWith(`${owner}-`)

function remedyForRefusal(words: string): string {
  if (words.includes('exceeded quota'))
    return 'Raise the quota of the namespace, or lower codebase-mcp:size, replicas, cpus or memory'
  if (words.includes('PodSecurity'))
    return "Relax the namespace's Pod Security to restricted; the stack needs no more than that"
  return 'Correct what the message names'
}
