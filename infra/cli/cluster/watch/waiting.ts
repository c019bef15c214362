import { componentOf, type Pod } from '../objects.ts'
import type { Snapshot } from './snapshot.ts'

/** The names under which the CLI waits for a component. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  server: ['server-pods'],
  worker: ['worker-pods'],
  postgres: ['postgres-pods'],
  ollama: ['ollama-pods'],
  migration: ['migration-job'],
  model: ['model-job'],
  roles: ['make-roles-job', 'retire-roles-job'],
}

/** What each resource waits for that the CLI may be waiting for, by its name. */
export function waitingFor({ pods }: Snapshot): ReadonlyMap<string, string> {
  const current = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const told = Object.entries(RESOURCES).flatMap(([component, names]) => {
    const own = current.filter((pod) => componentOf(pod) === component)
    const open = own.map(stageOf).filter((stage) => stage !== undefined)
    const [first] = open
    if (first === undefined) return []
    const count = own.length > 1 ? `${own.length - open.length} of ${own.length} pods are ready, ` : ''
    return names.map((name) => [name, `${count}${first}`] as const)
  })
  return new Map(told)
}

/** What a pod is at; undefined where nobody waits for it any more. */
function stageOf({ status }: Pod): string | undefined {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined
  const place = status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (place?.status === 'False') return `no node: ${place.message}`
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined)
  if (waiting !== undefined) return WORDS[waiting] ?? waiting
  return status.containerStatuses?.every(({ ready }) => ready) ? undefined : 'started, not ready yet'
}

const WORDS: Readonly<Record<string, string>> = {
  ContainerCreating: 'its image and volumes are fetched',
  PodInitializing: 'what comes before it runs',
}
