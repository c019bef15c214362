import type { Properties } from '../policy/policy.ts'
import { inWords } from '../policy/properties.ts'
import { isQualifiedName } from '../settings/kubernetes-kinds.ts'
import { checked, isGiven, matching, type Problem, when } from './checks.ts'

const FIELDS =
  'metadata.name metadata.namespace metadata.uid spec.nodeName spec.serviceAccountName status.hostIP status.hostIPs status.podIP status.podIPs'.split(
    ' ',
  )

/** Whether a variable can have a field of its pod as its value. */
export const isFieldPath = (value: string) => FIELDS.includes(value) || isFieldOfKey(value)

/** Whether it is a field with one label or annotation. */
export const isFieldOfKey = (value: string) =>
  isQualifiedName(/^metadata\.(?:labels|annotations)\['([^']+)'\]$/.exec(value)?.[1] ?? '')

export const FIELD_PATHS = `one of ${FIELDS.join(', ')}, or metadata.labels['KEY']`

export const RESOURCE = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-\d+[KMG]i)$/
export const RESOURCES = 'limits or requests of cpu, memory or ephemeral-storage, such as limits.memory'

const DIVISORS: readonly (readonly [resource: RegExp, divisor: RegExp, what: string])[] = [
  [/\.cpu$/, /^(1m?|0)$/, '1 or 1m'],
  [/./, /^(0|1([kMGTPE]|[KMGTPE]i)?)$/, '1, or 1 with a unit such as 1Mi'],
]

/** Checks what a variable or a file has of a container's resources. */
export function resourceFieldProblems(source: Properties): Problem[] {
  const { resource, divisor } = source
  const [, pattern, what] = DIVISORS.find(([of]) => of.test(String(resource))) ?? []
  return [
    ...checked(source, { resource: matching((value) => RESOURCE.test(value), RESOURCES) }),
    ...when(
      isGiven(divisor) && pattern?.test(inWords(divisor)) === false,
      ['divisor'],
      `must be ${what}, got ${JSON.stringify(divisor)}`,
    ),
  ]
}

/** Whether it is a key of a Secret or a ConfigMap. */
export const isDataKey = (value: string) => /^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/.test(value)

export const DATA_KEY = 'a key of letters, digits, "-", "_" and "."'
