import { z } from 'zod'
import { listOf as list, must, scalar, whole } from './kinds.ts'
import {
  annotations,
  hostName,
  imageReference,
  ipAddress,
  isQualifiedName,
  labelName,
  labels,
  moreLabels,
  objectName,
} from './kubernetes-kinds.ts'

const record = (what: string) => z.record(z.string(), z.unknown(), { error: must(what) })

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
    const fault = (message: string) => context.addIssue({ code: 'custom', message })
    if (given.key === undefined && given.operator !== 'Exists')
      fault('has no key, which only operator Exists may leave out')
    if (given.operator === 'Exists' && given.value !== undefined) fault('has operator Exists and a value; remove one')
    if (given.tolerationSeconds !== undefined && given.effect !== 'NoExecute') {
      fault('has tolerationSeconds, which go with effect NoExecute alone')
    }
  })

const COMPARED = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] as const

const expression = z
  .strictObject({
    key,
    operator: z.enum(COMPARED, { error: must(`one of ${COMPARED.join(', ')}`) }),
    values: list(scalar, 'texts').optional(),
  })
  .refine(
    ({ operator, values = [] }) =>
      operator.endsWith('Exist') || operator === 'Exists' ? values.length === 0 : values.length > 0,
    {
      error: 'must have values with In, NotIn, Gt and Lt, and none with Exists and DoesNotExist',
    },
  )

const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: list(expression, 'expressions').optional(),
})

const nodeTerm = z.strictObject({
  matchExpressions: list(expression, 'expressions').optional(),
  matchFields: list(z.looseObject({}), 'expressions').optional(),
})

const podTerm = z.strictObject({
  labelSelector: selector.optional(),
  topologyKey: key,
  namespaces: list(z.string(), 'namespaces').optional(),
  namespaceSelector: selector.optional(),
  matchLabelKeys: list(z.string(), 'keys').optional(),
  mismatchLabelKeys: list(z.string(), 'keys').optional(),
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

const hostAlias = z.strictObject({
  ip: ipAddress,
  hostnames: list(hostName, 'names of hosts').min(1, { error: 'must name a host' }),
})

const dnsConfig = z.strictObject(
  {
    nameservers: list(ipAddress, 'addresses').max(3, { error: 'must be 3 or fewer' }).optional(),
    searches: list(z.string(), 'domains').max(32, { error: 'must be 32 or fewer' }).optional(),
    options: list(z.strictObject({ name: z.string(), value: scalar.optional() }), 'options').optional(),
  },
  { error: must('a group with nameservers, searches and options') },
)

const spreadConstraint = z.strictObject({
  maxSkew: whole(1, 1000),
  topologyKey: key,
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway'], { error: must('DoNotSchedule or ScheduleAnyway') }),
  labelSelector: selector.optional(),
  minDomains: whole(1, 1000).optional(),
  matchLabelKeys: list(z.string(), 'keys').optional(),
  nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).optional(),
  nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).optional(),
})

export const serviceAccount = z.strictObject(
  {
    name: objectName('a ServiceAccount'),
    create: z.boolean({ error: must('true or false') }).default(true),
    annotations: annotations.default({}),
  },
  { error: must('a group with name, create and annotations') },
)

/** A variable's value, or where it is taken from, as `valueFrom` of a container has it. */
const source = z
  .strictObject({
    secretKeyRef: z
      .strictObject({ name: objectName('a Secret'), key: z.string(), optional: z.boolean().optional() })
      .optional(),
    configMapKeyRef: z
      .strictObject({ name: objectName('a ConfigMap'), key: z.string(), optional: z.boolean().optional() })
      .optional(),
    fieldRef: z.strictObject({ fieldPath: z.string(), apiVersion: z.string().optional() }).optional(),
    resourceFieldRef: record('a resource').optional(),
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

/** Environment variables by name, each with its value or where it is. */
export const sourcedVariables = named(
  z.union([scalar, source], { error: must('a text, or a source such as secretKeyRef') }),
)

const SOURCES =
  'configMap csi downwardAPI emptyDir ephemeral hostPath image iscsi nfs persistentVolumeClaim projected secret fc azureFile cephfs rbd'.split(
    ' ',
  )

const volume = z.looseObject({ name: labelName('a volume') }).superRefine((given, context) => {
  const { name, ...rest } = given
  const keys = Object.keys(rest)
  if (keys.length !== 1 || !SOURCES.includes(keys[0] ?? '')) {
    const what = keys.length === 0 ? 'none' : keys.join(' and ')
    context.addIssue({
      code: 'custom',
      message: `must have one source, such as configMap, secret or emptyDir, beside its name ${name}; it has ${what}`,
    })
  }
})

const mount = z.strictObject({
  name: labelName('a volume'),
  mountPath: z.string({ error: must('a path') }).regex(/^\/[^:]*$/, { error: must('an absolute path without ":"') }),
  subPath: z.string().optional(),
  subPathExpr: z.string().optional(),
  readOnly: z.boolean({ error: must('true or false') }).optional(),
  recursiveReadOnly: z.string().optional(),
  mountPropagation: z.string().optional(),
})

const CONTAINER =
  'name image command args env envFrom ports resources volumeMounts volumeDevices workingDir imagePullPolicy lifecycle livenessProbe readinessProbe startupProbe resizePolicy restartPolicy restartPolicyRules securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty'.split(
    ' ',
  )

const container = z
  .looseObject({ name: labelName('a container'), image: imageReference })
  .superRefine((given, context) => {
    const keys = Object.keys(given).filter((each) => !CONTAINER.includes(each))
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: given, message: '' })
  })

/** Entries that a pod tells apart by a name, each of which may be there once. */
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
  spread: list(spreadConstraint, 'constraints'),
  hostAliases: list(hostAlias, 'host aliases'),
  dnsConfig,
  supplementalGroups: list(whole(1, 2_147_483_647), 'numbers of groups'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], { error: must('one of Always, IfNotPresent, Never') }),
  volumes: unique(list(volume, 'volumes'), 'name'),
  volumeMounts: unique(list(mount, 'mounts'), 'mountPath'),
  containers: unique(list(container, 'containers'), 'name'),
}
