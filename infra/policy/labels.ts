import { STACK_LABEL } from '../docker/hardening.ts'
import { isKubernetes, podOf } from './pods.ts'
import { type Policy, type Problem, type Properties, type Subject, UNKNOWN } from './policy.ts'
import { isMissing, listedObjects, under } from './properties.ts'

const LABELS = ['name', 'instance', 'component', 'part-of'].map((label) => `app.kubernetes.io/${label}`)

const ON_DOCKER = new Set(
  ['container:Container', 'network:Network', 'volume:Volume'].map((type) => `docker:index/${type}`),
)

export const labels: Policy = {
  name: 'labels',
  level: 'mandatory',
  description: 'Every resource has labels that identify its component and its stack.',
  remedy: `Label the object and its pods with ${LABELS.join(', ')}; on Docker with ${STACK_LABEL}`,
  check: (subject) => [...missingOnKubernetes(subject), ...missingOnDocker(subject)],
}

function missingOnKubernetes(subject: Subject): Problem[] {
  if (!isKubernetes(subject)) return []
  const pod = podOf(subject)
  return [
    ...missing('metadata.labels', under(subject.inputs, 'metadata', 'labels')),
    ...(pod?.template === undefined ? [] : missing(`${pod.template}.metadata.labels`, pod.labels)),
  ]
}

const missing = (at: string, given: Properties): Problem[] =>
  LABELS.filter((label) => isMissing(given[label])).map((label) => ({ at, says: `has no ${label}` }))

function missingOnDocker({ type, inputs }: Subject): Problem[] {
  if (!ON_DOCKER.has(type) || inputs.labels === UNKNOWN) return []
  const isThere = listedObjects(inputs, 'labels').some(({ label }) => label === STACK_LABEL)
  return isThere ? [] : [{ at: 'labels', says: `has no ${STACK_LABEL}` }]
}
