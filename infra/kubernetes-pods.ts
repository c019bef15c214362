import type { Problem } from './kubernetes-schemas.ts'
import { isOutside, volumeProblems, within } from './kubernetes-volumes.ts'
import type { Properties } from './policy/policy.ts'
import { isObject, listed, listedObjects, under } from './policy/properties.ts'
import { amountOf } from './settings/kinds.ts'

type Path = readonly string[]

const TEMPLATES: Readonly<Record<string, Path>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/** Returns what an API server would reject in the pods of an object, beyond the schema. */
export function podProblems(object: Properties): Problem[] {
  const path = TEMPLATES[String(object.kind)]
  if (path === undefined) return []
  const spec = under(object, ...path)
  const volumes = listedObjects(spec, 'volumes')
  const claims = listedObjects(under(object, 'spec'), 'volumeClaimTemplates')
  const names = new Set([...volumes, ...claims.map((each) => under(each, 'metadata'))].map(({ name }) => name))
  const ofContainers = ['containers', 'initContainers'].flatMap((list) =>
    listedObjects(spec, list).flatMap((container, at) =>
      within(
        [list, String(at)],
        [...ofImage(container), ...containerProblems(container), ...ofMounts(container, names)],
      ),
    ),
  )
  return within(path, [
    ...ofContainers,
    ...volumes.flatMap((each, at) => within(['volumes', String(at)], volumeProblems(each))),
    ...listedObjects(spec, 'topologySpreadConstraints').flatMap((each, at) =>
      within(['topologySpreadConstraints', String(at)], labelKeyProblems(each, ['matchLabelKeys'])),
    ),
    ...ofAffinity(under(spec, 'affinity')),
    ...ofEnd(String(object.kind), spec),
  ])
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

function ofAffinity(affinity: Properties): Problem[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const all = [
      ...listedObjects(under(affinity, kind), REQUIRED).map((term, at) => [[REQUIRED, String(at)], term] as const),
      ...listedObjects(under(affinity, kind), PREFERRED).map(
        (each, at) => [[PREFERRED, String(at), 'podAffinityTerm'], under(each, 'podAffinityTerm')] as const,
      ),
    ]
    return all.flatMap(([path, term]) => within(['affinity', kind, ...path], affinityTermProblems(term)))
  })
}

/** What an API server would refuse of a term of pod affinity beyond its schema. */
export function affinityTermProblems(term: Properties): Problem[] {
  const keys = ['matchLabelKeys', 'mismatchLabelKeys']
  const alone = keys.filter((key) => listed(term, key).length > 0 && term.labelSelector === undefined)
  return [
    ...alone.map((key) => ({
      path: [key],
      says: 'goes with a labelSelector, which is missing; add that, or remove it',
    })),
    ...labelKeyProblems(term, keys),
  ]
}

/** Of labels that are asked for by their key alone, those for which a value is asked for too. */
export function labelKeyProblems(of: Properties, keys: readonly string[]): Problem[] {
  const selector = under(of, 'labelSelector')
  const asked = [
    ...Object.keys(under(selector, 'matchLabels')),
    ...listedObjects(selector, 'matchExpressions').map(({ key }) => key),
  ]
  return keys.flatMap((key) =>
    listed(of, key)
      .filter((label) => asked.includes(label))
      .map((label) => ({
        path: [key],
        says: `has ${String(label)}, which labelSelector has too; remove it there or here`,
      })),
  )
}

/** When a pod ends, and whether it starts again. */
function ofEnd(
  kind: string,
  { restartPolicy, terminationGracePeriodSeconds, activeDeadlineSeconds }: Properties,
): Problem[] {
  const allowed = kind.endsWith('Job') ? ['OnFailure', 'Never'] : ['Always']
  const isWrong = kind !== 'Pod' && typeof restartPolicy === 'string' && !allowed.includes(restartPolicy)
  const counts = { terminationGracePeriodSeconds, activeDeadlineSeconds }
  return [
    ...(isWrong
      ? [
          {
            path: ['restartPolicy'],
            says: `must be ${allowed.join(' or ')} in a ${kind}, got ${JSON.stringify(restartPolicy)}`,
          },
        ]
      : []),
    ...Object.entries(counts).flatMap(([key, value]) =>
      isOutside(value, 0, Number.POSITIVE_INFINITY)
        ? [{ path: [key], says: `must be 0 or more, got ${String(value)}` }]
        : [],
    ),
  ]
}

const ofImage = ({ name, image }: Properties): Problem[] =>
  image === undefined || image === ''
    ? [{ path: ['image'], says: `is missing; the pod has no container ${String(name)} that the patch could change` }]
    : []

function ofMounts(container: Properties, names: ReadonlySet<unknown>): Problem[] {
  return listedObjects(container, 'volumeMounts').flatMap(({ name }, at) =>
    names.has(name)
      ? []
      : [{ path: ['volumeMounts', String(at), 'name'], says: `is ${String(name)}, but the pod has no such volume` }],
  )
}

/** Returns what an API server would reject in a container, beyond the schema. */
export function containerProblems(container: Properties): Problem[] {
  const { ports, resources, env, envFrom, securityContext, lifecycle } = container
  return [
    ...(Array.isArray(ports) ? ofPorts(ports) : []),
    ...(isObject(resources) ? within(['resources'], ofResources(resources)) : []),
    ...(Array.isArray(env) ? ofVariables(env.filter(isObject)) : []),
    ...(Array.isArray(envFrom) ? ofSources(envFrom.filter(isObject)) : []),
    ...(isObject(securityContext) ? ofUser(securityContext) : []),
    ...PROBES.flatMap((key) =>
      isObject(container[key]) ? within([key], ofProbe(key, container[key], container)) : [],
    ),
    ...['postStart', 'preStop'].flatMap((key) => {
      const handler = isObject(lifecycle) ? lifecycle[key] : undefined
      return isObject(handler) ? within(['lifecycle', key], oneOf(handler, HANDLERS)) : []
    }),
  ]
}

export const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe']
const ACTIONS = ['exec', 'httpGet', 'tcpSocket', 'grpc']
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep']

function oneOf(given: Properties, actions: readonly string[]): Problem[] {
  const own = Object.keys(given).filter((each) => actions.includes(each))
  const says = `must have exactly one of ${actions.join(', ')}, but has ${own.join(' and ') || 'none'}`
  return own.length === 1 ? [] : [{ path: [], says }]
}

const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/

function ofProbe(kind: string, probe: Properties, container: Properties): Problem[] {
  const counts = ['periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold']
  const ports = ['httpGet', 'tcpSocket', 'grpc'].flatMap((action) => {
    const { port } = under(probe, action)
    const isThere = typeof port !== 'string' || listedObjects(container, 'ports').some(({ name }) => name === port)
    if (port === undefined || (isThere && !isOutside(port, 1, 65535))) return []
    const what = typeof port === 'string' ? 'the name of one of its ports' : 'from 1 to 65535'
    return [{ path: [action, 'port'], says: `must be ${what}, got ${JSON.stringify(port)}` }]
  })
  const isOften = kind !== 'readinessProbe' && isOutside(probe.successThreshold, 0, 1)
  return [
    ...oneOf(probe, ACTIONS),
    ...ports,
    ...(isOften ? [{ path: ['successThreshold'], says: `must be 1 in a ${kind}` }] : []),
    ...counts.flatMap((key) =>
      isOutside(probe[key], 1, Number.POSITIVE_INFINITY)
        ? [{ path: [key], says: `must be 1 or more, got ${String(probe[key])}` }]
        : [],
    ),
  ]
}

function ofPorts(ports: readonly unknown[]): Problem[] {
  const names = ports.map((port) => (isObject(port) ? port.name : undefined))
  return ports.flatMap((port, at) => {
    if (!isObject(port)) return []
    const { name, protocol = 'TCP' } = port
    const path = ['ports', String(at)]
    const numbers = ['containerPort', 'hostPort'].filter((key) => isOutside(port[key], 1, 65535))
    return [
      ...numbers.map((key) => ({ path: [...path, key], says: `must be from 1 to 65535, got ${String(port[key])}` })),
      ...(typeof name === 'string' && !PORT_NAME.test(name)
        ? [
            {
              path: [...path, 'name'],
              says: `must be up to 15 lower-case letters, digits and inner hyphens, got ${JSON.stringify(name)}`,
            },
          ]
        : []),
      ...(name !== undefined && names.indexOf(name) < at
        ? [{ path: [...path, 'name'], says: `is a duplicate of ${JSON.stringify(name)}; choose another name` }]
        : []),
      ...(['TCP', 'UDP', 'SCTP'].includes(String(protocol))
        ? []
        : [{ path: [...path, 'protocol'], says: `must be TCP, UDP or SCTP, got ${JSON.stringify(protocol)}` }]),
    ]
  })
}

const OWN_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-\d+[KMG]i)$/

function ofResources({ requests, limits }: Properties): Problem[] {
  const groups = Object.entries({ requests, limits }).flatMap(([key, each]) =>
    isObject(each) ? [[key, each] as const] : [],
  )
  const each = groups.flatMap(([group, amounts]) =>
    Object.entries(amounts).flatMap(([name, amount]) => within([group, name], ofAmount(name, amount))),
  )
  const most = isObject(limits) ? limits : {}
  const over = Object.entries(isObject(requests) ? requests : {}).flatMap(([name, asked]) => {
    const path = ['requests', name]
    if (name.includes('/') && amountOf(asked) !== amountOf(most[name])) {
      return [{ path, says: `must equal the limit, because ${name} cannot be overcommitted` }]
    }
    return amountOf(asked) > amountOf(most[name])
      ? [
          {
            path,
            says: `is ${String(asked)}, which is more than the limit of ${String(most[name])}; lower it or raise the limit`,
          },
        ]
      : []
  })
  return [...each, ...over]
}

function ofAmount(name: string, amount: unknown): Problem[] {
  const shown = JSON.stringify(amount)
  if (!name.includes('/') && !OWN_RESOURCES.test(name)) {
    return [
      {
        path: [],
        says: 'is not a resource; use cpu, memory, ephemeral-storage or an extended resource such as nvidia.com/gpu',
      },
    ]
  }
  if (String(amount).startsWith('-')) return [{ path: [], says: `must be 0 or more, got ${shown}` }]
  const isBytes = name !== 'cpu' && !name.includes('/')
  return isBytes && String(amount).endsWith('m')
    ? [{ path: [], says: `is ${shown}, which is in thousandths of a byte; use Mi for mebibytes` }]
    : []
}

function ofVariables(entries: readonly Properties[]): Problem[] {
  const names = entries.map(({ name }) => name)
  return entries.flatMap(({ name, value, valueFrom }, at) => {
    const path = ['env', String(at)]
    return [
      ...(typeof name === 'string' && !/^[^=\s]+$/.test(name)
        ? [{ path: [...path, 'name'], says: `must be a variable name, got ${JSON.stringify(name)}` }]
        : []),
      ...(names.indexOf(name) < at ? [{ path, says: `is a duplicate of ${String(name)}; remove one of them` }] : []),
      ...(value !== undefined && value !== '' && valueFrom !== undefined
        ? [{ path, says: 'has value and valueFrom; remove one of them' }]
        : []),
    ]
  })
}

const ofSources = (sources: readonly Properties[]): Problem[] =>
  sources.flatMap((each, at) => within(['envFrom', String(at)], oneOf(each, ['configMapRef', 'secretRef'])))

const ofUser = (securityContext: Properties): Problem[] =>
  ['runAsUser', 'runAsGroup'].flatMap((key) =>
    isOutside(securityContext[key], 0, 2_147_483_647)
      ? [{ path: ['securityContext', key], says: `must be from 0 to 2147483647, got ${String(securityContext[key])}` }]
      : [],
  )
