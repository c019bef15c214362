import { z } from 'zod'
import { affinityTermProblems, labelKeyProblems } from '../kubernetes-api/placement.ts'
import {
  DATA_KEY,
  FIELD_PATHS,
  isDataKey,
  isFieldPath,
  RESOURCE,
  RESOURCES,
  resourceFieldProblems,
} from '../kubernetes-api/references.ts'
import { container, fault, initContainer, mount, volume } from './container-kinds.ts'
import { checkedText, listOf as list, must, scalar, text, whole } from './kinds.ts'
import {
  annotations,
  isLabelValue,
  isQualifiedName,
  labels,
  moreLabels,
  namespaceName,
  OWN_LABELS,
  objectName,
} from './kubernetes-kinds.ts'
import { dnsConfig, hostAlias } from './network-kinds.ts'

const key = z
  .string({ error: must('text') })
  .refine(isQualifiedName, { error: must('a name such as example.com/team') })

const OPERATORS = ['Equal', 'Exists', 'Lt', 'Gt'] as const
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const

const toleration = z
  .strictObject(
    {
      key: key.optional(),
      operator: z.enum(OPERATORS, { error: must(`one of ${OPERATORS.join(', ')}`) }).optional(),
      value: scalar.optional(),
      effect: z.enum(EFFECTS, { error: must(`one of ${EFFECTS.join(', ')}`) }).optional(),
      tolerationSeconds: whole(0, 2_147_483_647).optional(),
    },
    { error: must('a toleration with key, operator, value and effect') },
  )
  .superRefine((given, context) => {
    const { operator = 'Equal', value } = given
    const say = (message: string) => fault(context, [], message)
    if (given.key === undefined && operator !== 'Exists') say('has no key, which is allowed only with operator Exists')
    if (operator === 'Exists' && value !== undefined) say('has operator Exists and a value; remove one of them')
    if (given.tolerationSeconds !== undefined && given.effect !== 'NoExecute') {
      say('has tolerationSeconds, which are allowed only with effect NoExecute')
    }
    if (operator === 'Equal' && value !== undefined && !isLabelValue(value)) {
      say(`has the value ${JSON.stringify(value)}, which no taint can have`)
    }
    if (['Lt', 'Gt'].includes(operator) && !/^-?\d+$/.test(value ?? '')) {
      say(
        `has operator ${operator}, which requires a whole number, but the value is ${JSON.stringify(value) ?? 'nothing'}`,
      )
    }
  })

const COMPARED = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] as const
const OF_PODS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

/** @param operators those that are allowed; only labels of nodes can be compared as numbers */
const expressionOf = (operators: readonly [string, ...string[]]) =>
  z
    .strictObject({
      key,
      operator: z.enum(operators, { error: must(`one of ${operators.join(', ')}`) }),
      values: list(scalar, 'texts').optional(),
    })
    .superRefine(({ operator, values = [] }, context) => {
      const isOfKey = ['Exists', 'DoesNotExist'].includes(operator)
      if (isOfKey === values.length > 0) {
        fault(context, [], 'must have values with In, NotIn, Gt and Lt, and none with Exists and DoesNotExist')
      }
      const isNumber = ['Gt', 'Lt'].includes(operator)
      if (isNumber && values.length > 0 && (values.length > 1 || !/^-?\d+$/.test(values[0] ?? ''))) {
        fault(context, ['values'], `must be one whole number with ${operator}, got ${JSON.stringify(values)}`)
      }
      for (const [at, value] of values.entries()) {
        if (!isNumber && !isLabelValue(value)) {
          fault(context, ['values', at], `must be a valid label value, got ${JSON.stringify(value)}`)
        }
      }
    })

/** Selector of labels, as in an object. */
export const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: list(expressionOf(OF_PODS), 'expressions').optional(),
})

const field = z.strictObject({
  key: z.literal('metadata.name', { error: must('metadata.name, the only supported field of nodes') }),
  operator: z.enum(['In', 'NotIn'], { error: must('In or NotIn') }),
  values: list(objectName('a node'), 'names of nodes').length(1, { error: 'must be the name of one node' }),
})

const nodeTerm = z
  .strictObject({
    matchExpressions: list(expressionOf(COMPARED), 'expressions').optional(),
    matchFields: list(field, 'expressions').optional(),
  })
  .refine(({ matchExpressions = [], matchFields = [] }) => matchExpressions.length + matchFields.length > 0, {
    error: 'is a term without matchExpressions and matchFields, which matches no node',
  })

const podTerm = z
  .strictObject({
    labelSelector: selector.optional(),
    topologyKey: key,
    namespaces: list(namespaceName, 'namespaces').optional(),
    namespaceSelector: selector.optional(),
    matchLabelKeys: list(key, 'keys').optional(),
    mismatchLabelKeys: list(key, 'keys').optional(),
  })
  .refine(
    ({ matchLabelKeys = [], mismatchLabelKeys = [] }) =>
      !matchLabelKeys.some((each) => mismatchLabelKeys.includes(each)),
    {
      error: 'has a key in both matchLabelKeys and mismatchLabelKeys; remove it from one of them',
    },
  )
  .superRefine((term, context) => {
    for (const { path, says } of affinityTermProblems(term)) fault(context, path, says)
  })

const weight = whole(1, 100)

const podAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: list(podTerm, 'terms').optional(),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    z.strictObject({ weight, podAffinityTerm: podTerm }),
    'terms',
  ).optional(),
})

const affinity = z.strictObject(
  {
    nodeAffinity: z
      .strictObject({
        requiredDuringSchedulingIgnoredDuringExecution: z
          .strictObject({ nodeSelectorTerms: list(nodeTerm, 'terms').min(1, { error: 'must have a term' }) })
          .optional(),
        preferredDuringSchedulingIgnoredDuringExecution: list(
          z.strictObject({ weight, preference: nodeTerm }),
          'terms',
        ).optional(),
      })
      .optional(),
    podAffinity: podAffinity.optional(),
    podAntiAffinity: podAffinity.optional(),
  },
  { error: must('an affinity with nodeAffinity, podAffinity or podAntiAffinity') },
)

/** Labels that select the pods of a spread constraint by default: those of the part. */
const OWN = Object.fromEntries(OWN_LABELS.map((label) => [label, '']))

const spreadConstraint = z
  .strictObject({
    maxSkew: whole(1, 1000),
    topologyKey: key,
    whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway'], { error: must('DoNotSchedule or ScheduleAnyway') }),
    labelSelector: selector.optional(),
    minDomains: whole(1, 1000).optional(),
    matchLabelKeys: list(key, 'keys').optional(),
    nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).optional(),
    nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).optional(),
  })
  .superRefine((constraint, context) => {
    const { minDomains, whenUnsatisfiable, labelSelector = { matchLabels: OWN } } = constraint
    for (const { path, says } of labelKeyProblems({ ...constraint, labelSelector }, ['matchLabelKeys'])) {
      fault(context, path, says)
    }
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      fault(context, ['minDomains'], 'requires whenUnsatisfiable: DoNotSchedule; change that or remove it')
    }
  })

export const serviceAccount = z
  .strictObject(
    {
      name: objectName('a ServiceAccount'),
      create: z.boolean({ error: must('true or false') }).default(true),
      annotations: annotations.default({}),
    },
    { error: must('a group with name, create and annotations') },
  )
  .refine(({ name, create }) => name !== 'default' || !create, {
    error: 'has the name default, which exists in every namespace; choose another one, or set create to false',
  })

/** Key of a Secret or ConfigMap. */
const dataKey = checkedText(isDataKey, DATA_KEY)

/** Source of a variable's value, as in `valueFrom` of a container. */
const source = z
  .strictObject({
    secretKeyRef: z
      .strictObject({ name: objectName('a Secret'), key: dataKey, optional: z.boolean().optional() })
      .optional(),
    configMapKeyRef: z
      .strictObject({ name: objectName('a ConfigMap'), key: dataKey, optional: z.boolean().optional() })
      .optional(),
    fieldRef: z
      .strictObject({ fieldPath: checkedText(isFieldPath, FIELD_PATHS), apiVersion: z.string().optional() })
      .optional(),
    resourceFieldRef: z
      .strictObject({
        resource: text(RESOURCE, RESOURCES),
        containerName: z.string().optional(),
        divisor: scalar.optional(),
      })
      .superRefine((given, context) => {
        for (const { path, says } of resourceFieldProblems(given)) fault(context, path, says)
      })
      .optional(),
  })
  .refine((given) => Object.keys(given).length === 1, {
    error: 'must be a text, or one of secretKeyRef, configMapKeyRef, fieldRef and resourceFieldRef',
  })

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const named = <Value extends z.ZodType>(value: Value) =>
  z
    .record(z.string(), value, { error: must('variables by name') })
    .superRefine((given, context) => {
      for (const name of Object.keys(given).filter((each) => !VARIABLE.test(each))) {
        context.addIssue({ code: 'custom', path: [name], message: 'is not the name of a variable' })
      }
    })
    .meta({ keyed: true })

/** Environment variables by name. */
export const variables = named(scalar)

/** Environment variables by name, each with a value or a source. */
export const sourcedVariables = named(
  z.union([scalar, source], { error: must('a text, or a source such as secretKeyRef') }),
)

/** A list without duplicates of the key `by`. */
const unique = <Kind extends z.ZodType<readonly { readonly [name: string]: unknown }[]>>(entries: Kind, by: string) =>
  entries.refine((all) => new Set(all.map((each) => each[by])).size === all.length, {
    error: `has two entries with the same ${by}`,
  })

export const podKinds = {
  labels: moreLabels,
  annotations,
  nodeSelector: labels,
  tolerations: list(toleration, 'tolerations'),
  affinity,
  spread: list(spreadConstraint, 'constraints').refine(
    (all) => new Set(all.map((each) => `${each.topologyKey} ${each.whenUnsatisfiable}`)).size === all.length,
    { error: 'has two entries with the same topologyKey and whenUnsatisfiable' },
  ),
  hostAliases: unique(list(hostAlias, 'host aliases'), 'ip'),
  dnsConfig,
  supplementalGroups: list(whole(1, 2_147_483_647), 'numbers of groups'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], { error: must('one of Always, IfNotPresent, Never') }),
  volumes: unique(list(volume, 'volumes'), 'name'),
  volumeMounts: unique(list(mount, 'mounts'), 'mountPath'),
  containers: unique(list(container, 'containers'), 'name'),
  initContainers: unique(list(initContainer, 'containers'), 'name'),
}
