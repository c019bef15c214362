import { podProblems } from './kubernetes-pods.ts'
import { type Problem, versionsOf } from './kubernetes-schemas.ts'
import type { Properties } from './policy/policy.ts'
import { listedObjects, under } from './policy/properties.ts'
import { longestInterval } from './settings/schedule.ts'

type Rule = (object: Properties) => readonly Problem[]

/**
 * Returns what an API server would reject in an object, beyond its schema. Custom resources are checked only for
 * metadata and pods.
 */
export function ruleProblems(object: Properties): Problem[] {
  const rules = RULES[String(object.kind)] ?? (() => [])
  return [...ofVersion(object), ...ofMetadata(object), ...rules(object), ...podProblems(object)]
}

function ofVersion({ apiVersion, kind }: Properties): Problem[] {
  const versions = versionsOf(String(kind))
  const [group = ''] = String(apiVersion).split('/')
  const isOurs = !group.includes('.') || versions.some((each) => each.startsWith(`${group}/`))
  if (versions.length === 0 || versions.includes(String(apiVersion)) || !isOurs) return []
  const says = `must be ${versions.join(' or ')} for ${String(kind)}, got ${JSON.stringify(apiVersion)}`
  return [{ path: ['apiVersion'], says }]
}

/** Fields that the API server sets, so a new object must not have them. */
const GIVEN_OUT = ['resourceVersion', 'uid', 'managedFields', 'generateName']

const LABEL = { pattern: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, of: /^(Service|Namespace)$/ }
const SEGMENT = { pattern: /^[^/%]+$/, of: /^(Cluster)?Role(Binding)?$/ }
const SUBDOMAIN = { pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, of: /./ }
/** The controller appends eleven characters to name the Jobs of a CronJob. */
const LONGEST_CRON_JOB = 52

function ofMetadata({ kind, metadata }: Properties): Problem[] {
  const told = under({ metadata }, 'metadata')
  const given = GIVEN_OUT.filter((key) => key in told).map((key) => ({
    path: ['metadata', key],
    says: 'is set by the cluster; remove it',
  }))
  const { name } = told
  if (typeof name !== 'string') return given
  const form = [LABEL, SEGMENT, SUBDOMAIN].find(({ of }) => of.test(String(kind)))
  const isLong = kind === 'CronJob' && name.length > LONGEST_CRON_JOB
  if (form?.pattern.test(name) !== false && !isLong) return given
  const what = isLong ? `${LONGEST_CRON_JOB} characters or fewer` : `a valid name of a ${String(kind)}`
  return [...given, { path: ['metadata', 'name'], says: `must be ${what}, got ${JSON.stringify(name)}` }]
}

const MOST_BYTES = 1024 * 1024
const KEY = /^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** @param encoded the key whose values are base64; `texts` is the key with plain values */
function ofContents(object: Properties, texts: string, encoded: string): Problem[] {
  const groups = [texts, encoded].map((key) => [key, under(object, key)] as const)
  const all = groups.flatMap(([group, entries]) =>
    Object.entries(entries).map(([key, value]) => ({ group, key, value })),
  )
  const bytes = all.reduce((sum, { key, value }) => sum + key.length + Buffer.byteLength(String(value)), 0)
  return [
    ...all.flatMap(({ group, key, value }) => {
      const path = [group, key]
      if (!KEY.test(key)) return [{ path, says: 'must be a key of letters, digits, "-", "_" and "."' }]
      const isWrong = group === encoded && typeof value === 'string' && !BASE64.test(value.replaceAll(/\s/g, ''))
      return isWrong ? [{ path, says: `must be base64; use ${texts} for plain text` }] : []
    }),
    ...(bytes > MOST_BYTES ? [{ path: [texts], says: `has ${bytes} bytes; the limit is ${MOST_BYTES}` }] : []),
  ]
}

function ofConfigMap(object: Properties): Problem[] {
  const twice = Object.keys(under(object, 'data')).filter((key) => key in under(object, 'binaryData'))
  return [
    ...ofContents(object, 'data', 'binaryData'),
    ...twice.map((key) => ({ path: ['binaryData', key], says: 'is also in data; remove one of them' })),
  ]
}

/** Required keys of each Secret type. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function ofSecret(object: Properties): Problem[] {
  const keys = Object.keys({ ...under(object, 'data'), ...under(object, 'stringData') })
  const missing = (OF_TYPE[String(object.type)] ?? []).filter((key) => !keys.includes(key))
  return [
    ...ofContents(object, 'stringData', 'data'),
    ...missing.map((key) => ({
      path: ['stringData', key],
      says: `is missing; a Secret of type ${String(object.type)} requires it`,
    })),
  ]
}

const isPort = (value: unknown) => typeof value !== 'number' || (value >= 1 && value <= 65535)

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']

function ofService(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const ports = listedObjects(spec, 'ports')
  const names = ports.map(({ name }) => name)
  const problems = ports.flatMap(({ port, name }, at): Problem[] => [
    ...(isPort(port)
      ? []
      : [{ path: ['spec', 'ports', String(at), 'port'], says: `must be from 1 to 65535, got ${String(port)}` }]),
    ...(ports.length > 1 && (name === undefined || names.indexOf(name) < at)
      ? [
          {
            path: ['spec', 'ports', String(at), 'name'],
            says: 'must be set and unique, because there are several ports',
          },
        ]
      : []),
  ])
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== 'None'
  const noPorts =
    needsPorts && ports.length === 0 ? [{ path: ['spec', 'ports'], says: 'must have at least one port' }] : []
  const isType = typeof spec.type !== 'string' || TYPES.includes(spec.type)
  const type = isType
    ? []
    : [{ path: ['spec', 'type'], says: `must be one of ${TYPES.join(', ')}, got ${JSON.stringify(spec.type)}` }]
  return [...problems, ...noPorts, ...type]
}

function ofBudget(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  return 'maxUnavailable' in spec && 'minAvailable' in spec
    ? [{ path: ['spec'], says: 'has minAvailable and maxUnavailable; remove one of them' }]
    : []
}

function ofCronJob(object: Properties): Problem[] {
  const { schedule } = under(object, 'spec')
  const isRight = typeof schedule !== 'string' || longestInterval(schedule) !== undefined
  return isRight
    ? []
    : [{ path: ['spec', 'schedule'], says: `must be a cron schedule, got ${JSON.stringify(schedule)}` }]
}

function ofScaler(object: Properties): Problem[] {
  const { minReplicas, maxReplicas } = under(object, 'spec')
  return Number(minReplicas) > Number(maxReplicas)
    ? [
        {
          path: ['spec', 'minReplicas'],
          says: `is ${Number(minReplicas)}, which is more than maxReplicas, ${Number(maxReplicas)}`,
        },
      ]
    : []
}

function ofClaim(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const missing = [
    ...(listedModes(spec) ? [] : [['spec', 'accessModes']]),
    ...('storage' in under(spec, 'resources', 'requests') ? [] : [['spec', 'resources', 'requests', 'storage']]),
  ]
  return missing.map((path) => ({ path, says: 'is missing' }))
}

const listedModes = ({ accessModes }: Properties) =>
  !Array.isArray(accessModes) || accessModes.length > 0 ? accessModes !== undefined : false

/** A workload selects its pods by labels, which the pods must have. */
function ofWorkload(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const labels = under(spec, 'template', 'metadata', 'labels')
  const strangers = Object.entries(under(spec, 'selector', 'matchLabels')).filter(([key, value]) =>
    typeof labels[key] === 'string' && typeof value === 'string' ? labels[key] !== value : !(key in labels),
  )
  const isRecreated = under(spec, 'strategy').type === 'Recreate' && 'rollingUpdate' in under(spec, 'strategy')
  return [
    ...strangers.map(([key]) => ({
      path: ['spec', 'selector', 'matchLabels', key],
      says: 'is not a label of the pods in template',
    })),
    ...(isRecreated
      ? [
          {
            path: ['spec', 'strategy'],
            says: 'has type Recreate and rollingUpdate; set rollingUpdate to null to remove it',
          },
        ]
      : []),
  ]
}

const RULES: Readonly<Record<string, Rule>> = {
  ConfigMap: ofConfigMap,
  Secret: ofSecret,
  Service: ofService,
  PodDisruptionBudget: ofBudget,
  CronJob: ofCronJob,
  HorizontalPodAutoscaler: ofScaler,
  PersistentVolumeClaim: ofClaim,
  Deployment: ofWorkload,
  StatefulSet: ofWorkload,
  DaemonSet: ofWorkload,
}
