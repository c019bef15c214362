import { ingressProblems, networkPolicyProblems, serviceProblems } from './kubernetes-networking.ts'
import { podProblems } from './kubernetes-pods.ts'
import { type Problem, versionsOf } from './kubernetes-schemas.ts'
import { claimProblems } from './kubernetes-volumes.ts'
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

/** A count of pods, or a part of them in percent. */
const isShare = (value: unknown) => typeof value !== 'string' || /^\d+%$/.test(value) || isUnknown(value)

const isUnknown = (value: unknown) => String(value).startsWith('[')

function sharesOf(path: readonly string[], group: Properties, keys: readonly string[]): Problem[] {
  return keys.flatMap((key) => {
    const value = group[key]
    const says = `must be a number, or percent such as 25%, got ${JSON.stringify(value)}`
    return isShare(value) && !(Number(value) < 0) ? [] : [{ path: [...path, key], says }]
  })
}

function ofBudget(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const both =
    'maxUnavailable' in spec && 'minAvailable' in spec
      ? [{ path: ['spec'], says: 'has minAvailable and maxUnavailable; remove one of them' }]
      : []
  return [...both, ...sharesOf(['spec'], spec, ['minAvailable', 'maxUnavailable'])]
}

const COUNTED = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit']

function ofCronJob(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const { schedule, timeZone } = spec
  const isRight = typeof schedule !== 'string' || longestInterval(schedule) !== undefined
  return [
    ...(isRight
      ? []
      : [{ path: ['spec', 'schedule'], says: `must be a cron schedule, got ${JSON.stringify(schedule)}` }]),
    ...(typeof timeZone !== 'string' || isTimeZone(timeZone)
      ? []
      : [
          {
            path: ['spec', 'timeZone'],
            says: `must be a time zone such as Europe/Berlin, got ${JSON.stringify(timeZone)}`,
          },
        ]),
    ...negativeOf(['spec'], spec, COUNTED),
    ...negativeOf(['spec', 'jobTemplate', 'spec'], under(spec, 'jobTemplate', 'spec'), OF_JOB),
  ]
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return !/^(local)?$/i.test(name)
  } catch {
    return false
  }
}

const OF_JOB = ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished']

const ofJob = (object: Properties): Problem[] => negativeOf(['spec'], under(object, 'spec'), OF_JOB)

const negativeOf = (path: readonly string[], group: Properties, keys: readonly string[]): Problem[] =>
  keys
    .filter((key) => Number(group[key]) < 0)
    .map((key) => ({ path: [...path, key], says: `must be 0 or more, got ${String(group[key])}` }))

const METRICS: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
}

function ofScaler(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const { minReplicas, maxReplicas } = spec
  const metrics = listedObjects(spec, 'metrics').flatMap((metric, at): Problem[] => {
    const path = ['spec', 'metrics', String(at)]
    const source = METRICS[String(metric.type)]
    if (source === undefined) {
      const says = `must be one of ${Object.keys(METRICS).join(', ')}, got ${JSON.stringify(metric.type)}`
      return [{ path: [...path, 'type'], says }]
    }
    return source in metric
      ? []
      : [{ path: [...path, source], says: `is missing, which type ${String(metric.type)} has` }]
  })
  return Number(minReplicas) > Number(maxReplicas)
    ? [
        {
          path: ['spec', 'minReplicas'],
          says: `is ${Number(minReplicas)}, which is more than maxReplicas, ${Number(maxReplicas)}`,
        },
        ...metrics,
      ]
    : metrics
}

const ofClaim = (object: Properties): Problem[] =>
  claimProblems(under(object, 'spec')).map(({ path, says }) => ({ path: ['spec', ...path], says }))

/** A workload selects its pods by labels, which the pods must have. */
function ofWorkload(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const labels = under(spec, 'template', 'metadata', 'labels')
  const strangers = Object.entries(under(spec, 'selector', 'matchLabels')).filter(([key, value]) =>
    typeof labels[key] === 'string' && typeof value === 'string' ? labels[key] !== value : !(key in labels),
  )
  const isRecreated = under(spec, 'strategy').type === 'Recreate' && 'rollingUpdate' in under(spec, 'strategy')
  const rolled = under(spec, 'strategy', 'rollingUpdate')
  const isStill = [rolled.maxSurge, rolled.maxUnavailable].every((share) => /^0%?$/.test(String(share)))
  const claims = listedObjects(spec, 'volumeClaimTemplates').flatMap((claim, at) =>
    claimProblems(under(claim, 'spec')).map(({ path, says }) => ({
      path: ['spec', 'volumeClaimTemplates', String(at), 'spec', ...path],
      says,
    })),
  )
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
    ...sharesOf(['spec', 'strategy', 'rollingUpdate'], rolled, ['maxSurge', 'maxUnavailable']),
    ...(isStill
      ? [{ path: ['spec', 'strategy', 'rollingUpdate'], says: 'has maxSurge and maxUnavailable 0; raise one of them' }]
      : []),
    ...negativeOf(['spec'], spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit']),
    ...claims,
  ]
}

const RULES: Readonly<Record<string, Rule>> = {
  ConfigMap: ofConfigMap,
  Secret: ofSecret,
  Service: serviceProblems,
  Ingress: ingressProblems,
  NetworkPolicy: networkPolicyProblems,
  PodDisruptionBudget: ofBudget,
  CronJob: ofCronJob,
  Job: ofJob,
  HorizontalPodAutoscaler: ofScaler,
  PersistentVolumeClaim: ofClaim,
  Deployment: ofWorkload,
  StatefulSet: ofWorkload,
  DaemonSet: ofWorkload,
}
