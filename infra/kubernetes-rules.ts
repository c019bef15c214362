import { podProblems } from './kubernetes-pods.ts'
import { type Problem, versionsOf } from './kubernetes-schemas.ts'
import type { Properties } from './policy/policy.ts'
import { listedObjects, under } from './policy/properties.ts'
import { longestInterval } from './settings/schedule.ts'

type Rule = (object: Properties) => readonly Problem[]

/** What an API server would refuse of an object beyond its schema; nothing of kinds that operators add. */
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

/** What an API server gives out, and an object that is to be made cannot have. */
const GIVEN_OUT = ['resourceVersion', 'uid', 'managedFields', 'generateName']

const LABEL = { pattern: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, of: /^(Service|Namespace)$/ }
const SEGMENT = { pattern: /^[^/%]+$/, of: /^(Cluster)?Role(Binding)?$/ }
const SUBDOMAIN = { pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, of: /./ }
/** The name of a CronJob's Job has eleven characters more. */
const LONGEST_CRON_JOB = 52

function ofMetadata({ kind, metadata }: Properties): Problem[] {
  const told = under({ metadata }, 'metadata')
  const given = GIVEN_OUT.filter((key) => key in told).map((key) => ({
    path: ['metadata', key],
    says: 'is given out by the cluster; remove it',
  }))
  const { name } = told
  if (typeof name !== 'string') return given
  const form = [LABEL, SEGMENT, SUBDOMAIN].find(({ of }) => of.test(String(kind)))
  const isLong = kind === 'CronJob' && name.length > LONGEST_CRON_JOB
  if (form?.pattern.test(name) !== false && !isLong) return given
  const what = isLong ? `${LONGEST_CRON_JOB} characters or fewer` : `a name that ${String(kind)} objects may have`
  return [...given, { path: ['metadata', 'name'], says: `must be ${what}, got ${JSON.stringify(name)}` }]
}

const MOST_BYTES = 1024 * 1024
const KEY = /^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** @param encoded the group whose values are base64, beside the one of texts */
function ofContents(object: Properties, texts: string, encoded: string): Problem[] {
  const groups = [texts, encoded].map((key) => [key, under(object, key)] as const)
  const all = groups.flatMap(([group, entries]) =>
    Object.entries(entries).map(([key, value]) => ({ group, key, value })),
  )
  const bytes = all.reduce((sum, { key, value }) => sum + key.length + Buffer.byteLength(String(value)), 0)
  return [
    ...all.flatMap(({ group, key, value }) => {
      const path = [group, key]
      if (!KEY.test(key)) return [{ path, says: 'must have a key of letters, digits, "-", "_" and "."' }]
      const isWrong = group === encoded && typeof value === 'string' && !BASE64.test(value.replaceAll(/\s/g, ''))
      return isWrong ? [{ path, says: `must be base64; write texts into ${texts}` }] : []
    }),
    ...(bytes > MOST_BYTES ? [{ path: [texts], says: `has ${bytes} bytes, and ${MOST_BYTES} fit into it` }] : []),
  ]
}

function ofConfigMap(object: Properties): Problem[] {
  const twice = Object.keys(under(object, 'data')).filter((key) => key in under(object, 'binaryData'))
  return [
    ...ofContents(object, 'data', 'binaryData'),
    ...twice.map((key) => ({ path: ['binaryData', key], says: 'is in data too; remove one of them' })),
  ]
}

/** What a Secret of a type has to have. */
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
      says: `is missing, which a Secret of type ${String(object.type)} has`,
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
      ? [{ path: ['spec', 'ports', String(at), 'name'], says: 'must be there once, since there are several ports' }]
      : []),
  ])
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== 'None'
  const noPorts = needsPorts && ports.length === 0 ? [{ path: ['spec', 'ports'], says: 'must have a port' }] : []
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
    : [{ path: ['spec', 'schedule'], says: `must be a schedule as cron writes it, got ${JSON.stringify(schedule)}` }]
}

function ofScaler(object: Properties): Problem[] {
  const { minReplicas, maxReplicas } = under(object, 'spec')
  return Number(minReplicas) > Number(maxReplicas)
    ? [
        {
          path: ['spec', 'minReplicas'],
          says: `is ${Number(minReplicas)}, more than maxReplicas, ${Number(maxReplicas)}`,
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

/** Those that make pods choose them by labels that the pods have. */
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
      says: 'is no label of the pods in template',
    })),
    ...(isRecreated
      ? [{ path: ['spec', 'strategy'], says: 'has type Recreate and rollingUpdate; remove rollingUpdate with null' }]
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
