import { isStarted } from './docker.ts'
import { kindOf, podOf } from './pods.ts'
import type { Policy, Problem, Subject } from './policy.ts'
import { inWords, isMissing, isOtherThan, listedObjects, under } from './properties.ts'

// CPU is requested but not limited, because a limit would only throttle CPU time that is idle otherwise.
const RESOURCES = [
  ['requests', 'cpu'],
  ['requests', 'memory'],
  ['requests', 'ephemeral-storage'],
  ['limits', 'memory'],
  ['limits', 'ephemeral-storage'],
] as const

export const limits: Policy = {
  name: 'limits',
  level: 'mandatory',
  description: 'Every container requests resources, and its memory and disk are limited.',
  remedy:
    'Request cpu, memory and ephemeral-storage, limit memory and ephemeral-storage, and set the sizeLimit of each emptyDir; on Docker set memory, and memorySwap to the same value',
  check: (subject) => [
    ...unlimitedContainers(subject),
    ...unlimitedVolumes(subject),
    ...unlimitedClaim(subject),
    ...unlimitedOnDocker(subject),
  ],
}

function unlimitedContainers(subject: Subject): Problem[] {
  return (podOf(subject)?.containers ?? []).flatMap(({ at, spec }) =>
    RESOURCES.filter(([group, resource]) => isMissing(under(spec, 'resources', group)[resource])).map(
      ([group, resource]) => ({ at: `${at}.resources.${group}.${resource}`, says: 'is missing' }),
    ),
  )
}

function unlimitedVolumes(subject: Subject): Problem[] {
  const pod = podOf(subject)
  if (pod === undefined) return []
  return listedObjects(pod.spec, 'volumes')
    .filter(({ emptyDir }) => emptyDir !== undefined)
    .filter((volume) => isMissing(under(volume, 'emptyDir').sizeLimit))
    .map(({ name }) => ({ at: `${pod.at}.volumes[${inWords(name)}].emptyDir.sizeLimit`, says: 'is missing' }))
}

function unlimitedClaim(subject: Subject): Problem[] {
  if (kindOf(subject) !== 'PersistentVolumeClaim') return []
  return isMissing(under(subject.inputs, 'spec', 'resources', 'requests').storage)
    ? [{ at: 'spec.resources.requests.storage', says: 'is missing' }]
    : []
}

function unlimitedOnDocker(subject: Subject): Problem[] {
  if (!isStarted(subject)) return []
  const { memory, memorySwap } = subject.inputs
  if (isMissing(memory)) return [{ at: 'memory', says: 'is missing' }]
  return isOtherThan(memorySwap, memory)
    ? [{ at: 'memorySwap', says: `does not equal memory, ${inWords(memory)}` }]
    : []
}
