import { isStarted } from './docker.ts'
import { podOf } from './pods.ts'
import type { Policy, Problem, Subject } from './policy.ts'
import { isMissing } from './properties.ts'

export const probes: Policy = {
  name: 'probes',
  level: 'mandatory',
  description: 'Every long-running pod reports by its first container whether it is alive and ready.',
  remedy: 'Add a readinessProbe and a livenessProbe; on Docker add a healthcheck',
  check: (subject) => [...missingProbes(subject), ...missingHealthcheck(subject)],
}

function missingProbes(subject: Subject): Problem[] {
  const staying = podOf(subject)?.containers.filter(({ stays }) => stays) ?? []
  return staying.flatMap(({ at, spec }) =>
    ['readinessProbe', 'livenessProbe']
      .filter((probe) => isMissing(spec[probe]))
      .map((probe) => ({ at: `${at}.${probe}`, says: 'is missing' })),
  )
}

function missingHealthcheck(subject: Subject): Problem[] {
  const { inputs } = subject
  const stays = isStarted(subject) && inputs.mustRun !== false
  return stays && isMissing(inputs.healthcheck) ? [{ at: 'healthcheck', says: 'is missing' }] : []
}
