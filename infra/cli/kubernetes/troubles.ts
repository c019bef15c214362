import { findings } from '../../finding.ts'
import {
  type Claim,
  type ContainerStatus,
  componentOf,
  type Job,
  type KubeEvent,
  lastSeen,
  type Pod,
} from '../../kubernetes/cluster/objects.ts'
import type { Snapshot } from '../../kubernetes/cluster/snapshot.ts'
import type { Trouble } from '../target.ts'

const { failing } = findings('stack')

/**
 * Returns the current problems of a stack.
 * @param since start of the period whose events count
 * @param up command that brings the stack up
 */
export function troublesOf(snapshot: Snapshot, since: Date, up: string): Trouble[] {
  const all = [
    ...snapshot.pods.filter((pod) => isCurrent(pod, snapshot.jobs)).flatMap((pod) => troublesOfPod(pod, snapshot, up)),
    ...snapshot.claims.flatMap((claim) => troublesOfClaim(claim, snapshot.events)),
    ...refusals(snapshot, since),
    ...failedJobs(snapshot, up),
  ]
  return [...new Map(all.map((trouble) => [trouble.key, trouble])).values()]
}

const trouble = (part: string, key: string, detail: string, remedy: string): Trouble => ({
  ...failing(part, detail, remedy),
  key: `${part} ${key}`,
})

/** Whether problems of a pod count. They do not if it is terminating, or if its Job has succeeded or was replaced. */
function isCurrent(pod: Pod, jobs: readonly Job[]): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  const job = jobOf(pod, jobs)
  return job === undefined || ((job.status.succeeded ?? 0) === 0 && newestJobs(jobs).get(componentOf(job)) === job)
}

function jobOf({ metadata }: Pod, jobs: readonly Job[]): Job | undefined {
  const name = metadata.labels?.['batch.kubernetes.io/job-name']
  return jobs.find((job) => job.metadata.name === name)
}

/** Returns the newest Job of each component. */
function newestJobs(jobs: readonly Job[]): ReadonlyMap<string, Job> {
  const madeAt = ({ metadata }: Job) => metadata.creationTimestamp ?? ''
  const byAge = jobs.toSorted((a, b) => madeAt(a).localeCompare(madeAt(b)))
  return new Map(byAge.map((job) => [componentOf(job), job]))
}

const hasFailed = ({ status }: Job) =>
  status.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True') === true

/** Returns the failed Jobs without pods. If a Job still has pods, their problems are reported instead. */
function failedJobs({ jobs, pods }: Snapshot, up: string): Trouble[] {
  return [...newestJobs(jobs)].flatMap(([component, job]) =>
    hasFailed(job) && !pods.some((pod) => jobOf(pod, jobs) === job)
      ? [
          trouble(
            component,
            'has failed',
            `${component} has failed, and its pods were removed`,
            `\`${up}\` runs it again`,
          ),
        ]
      : [],
  )
}

function troublesOfPod(pod: Pod, { events, jobs, claims }: Snapshot, up: string): Trouble[] {
  const part = componentOf(pod)
  const { name } = pod.metadata
  const own = events.filter(({ involvedObject }) => involvedObject.name === name)
  const place = pod.status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (place?.status === 'False') {
    // The volumes of a new stack may still be provisioned. If that fails, the claim's problem is reported.
    if (claims.some(({ status }) => status.phase === 'Pending')) return []
    const words = place.message ?? 'the scheduler gives no reason'
    return [trouble(part, 'cannot be scheduled', `${name} cannot be scheduled: ${words}`, remedyForPlace(part))]
  }
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  return [
    ...statuses.flatMap((status) => troubleOfContainer(pod, status, own, remedyForCrash(jobOf(pod, jobs), up))),
    ...mountTroubles(pod, own),
  ]
}

/** Components whose requests can be configured. The others have small fixed requests. */
const SIZED: readonly string[] = ['server', 'worker', 'postgres', 'ollama']

const remedyForPlace = (part: string) =>
  SIZED.includes(part)
    ? `Lower codebase-mcp:${part}.cpus or memory, correct codebase-mcp:${part}.nodeSelector, or add a node on which it fits`
    : 'Add a node, or lower codebase-mcp:size: the other pods leave no room for it'

const PULL = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable']
const CONFIG = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError']

function troubleOfContainer(pod: Pod, status: ContainerStatus, events: readonly KubeEvent[], retry: string): Trouble[] {
  const part = componentOf(pod)
  const { reason = '', message = '' } = status.state?.waiting ?? {}
  if (PULL.includes(reason)) return [pullTrouble(part, imageOf(pod, status), message, events)]
  if (CONFIG.includes(reason)) {
    const detail = `${pod.metadata.name} cannot be started: ${message}`
    return [trouble(part, `is not started: ${message}`, detail, 'Create or correct what the message names')]
  }
  return crashOf(pod, status, retry)
}

const imageOf = ({ spec }: Pod, { name, image }: ContainerStatus) =>
  [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name)?.image ?? image

/** Takes the registry's answer from the event of the failed attempt. Later messages only mention the back-off. */
function pullTrouble(part: string, image: string, message: string, events: readonly KubeEvent[]): Trouble {
  const attempt = events.find(({ reason }) => reason === 'Failed')
  const words = (attempt?.message ?? message).replaceAll(/\s+/g, ' ') || 'the node gives no reason'
  const detail = `The image ${image} of ${part} cannot be pulled: ${words}`
  const remedy = `Correct codebase-mcp:${IMAGES[part] ?? 'image.reference'}, push the image, or, if the registry requires a login, set codebase-mcp:kubernetes.pullSecret`
  return trouble(part, `has no image ${image}`, detail, remedy)
}

const IMAGES: Readonly<Record<string, string>> = {
  postgres: 'postgres.image',
  roles: 'postgres.image',
  ollama: 'ollama.image',
}

function crashOf(pod: Pod, { name, state, lastState, restartCount }: ContainerStatus, retry: string): Trouble[] {
  const part = componentOf(pod)
  const ended = state?.terminated ?? lastState?.terminated
  if (ended === undefined || ended.exitCode === 0) return []
  const isOver = state?.terminated !== undefined && pod.status.phase === 'Failed'
  if (state?.waiting?.reason !== 'CrashLoopBackOff' && !isOver) return []
  const isOutOfMemory = ended.reason === 'OOMKilled'
  const why = isOutOfMemory ? 'out of memory' : `exit code ${ended.exitCode}`
  const often = restartCount > 0 ? `, restarts: ${restartCount}` : ''
  const remedy = isOutOfMemory && SIZED.includes(part) ? `Raise codebase-mcp:${part}.memory` : retry
  const detail = `${pod.metadata.name} has failed (${why}${often})`
  return [{ ...trouble(part, `fails: ${why}`, detail, remedy), log: `${pod.metadata.name}/${name}` }]
}

function remedyForCrash(job: Job | undefined, up: string): string {
  if (job === undefined) return 'Correct what its log reports'
  return hasFailed(job)
    ? `Correct what its log reports; the next \`${up}\` runs it again`
    : 'Kubernetes retries it; if that does not help, correct what its log reports'
}

/** Returns the volumes that cannot be mounted because a Secret or another source is missing. */
function mountTroubles(pod: Pod, events: readonly KubeEvent[]): Trouble[] {
  if (pod.status.phase !== 'Pending') return []
  const failed = events.filter(({ reason, count = 1 }) => reason === 'FailedMount' && count > 1)
  const { name } = pod.metadata
  return failed.map(({ message }) =>
    trouble(
      componentOf(pod),
      `waits: ${message}`,
      `${name} waits for a volume: ${message}`,
      'Create what the message names',
    ),
  )
}

const REFUSED_CLAIM = ['ProvisioningFailed', 'FailedBinding']

function troublesOfClaim(claim: Claim, events: readonly KubeEvent[]): Trouble[] {
  if (claim.status.phase !== 'Pending') return []
  const { name } = claim.metadata
  const event = events
    .filter(({ involvedObject, reason }) => involvedObject.name === name && REFUSED_CLAIM.includes(reason))
    .toSorted((a, b) => lastSeen(a).getTime() - lastSeen(b).getTime())
    .at(-1)
  if (event === undefined) return []
  const detail = `The claim ${name} has no volume: ${event.message}`
  const remedy = 'Correct codebase-mcp:kubernetes.storageClass and the sizes, or the provisioner of the cluster'
  return [trouble(componentOf(claim), `${name}: ${event.reason}`, detail, remedy)]
}

/** Returns the workloads whose pods the API server rejects, because of a quota, Pod Security or a webhook. */
function refusals({ workloads, jobs, events }: Snapshot, since: Date): Trouble[] {
  const failed = events.filter((event) => event.reason === 'FailedCreate' && lastSeen(event) >= since)
  return failed.flatMap(({ involvedObject, message }): Trouble[] => {
    const owner = [...workloads, ...jobs].find(({ metadata }) => isOf(involvedObject.name, metadata.name))
    if (owner === undefined) return []
    const part = componentOf(owner)
    const remedy =
      'Correct what the message names: raise a quota of the namespace, or lower codebase-mcp:size, replicas, cpus or memory; the stack supports the Pod Security level restricted, but nothing stricter'
    return [trouble(part, 'is refused', `The pods of ${part} are rejected: ${message}`, remedy)]
  })
}

/** The name of a ReplicaSet is its Deployment's name plus a suffix. */
const isOf = (name: string, owner: string) => name === owner || name.startsWith(`${owner}-`)
