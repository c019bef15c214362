import type { Properties } from '../policy/policy.ts'
import { isObject, listedObjects, under } from '../policy/properties.ts'
import { amountOf } from '../settings/kinds.ts'
import { imageReference, isQualifiedName } from '../settings/kubernetes-kinds.ts'
import {
  type Check,
  checked,
  dnsLabel,
  duplicates,
  exactlyOne,
  filled,
  from,
  isGiven,
  matching,
  oneOf,
  type Problem,
  pathInside,
  port,
  portName,
  problemAt,
  protocol,
  subdomain,
  when,
  within,
} from './checks.ts'
import { DATA_KEY, FIELD_PATHS, isDataKey, isFieldPath, resourceFieldProblems } from './references.ts'
import { securityProblems } from './security.ts'

/** Returns what an API server or a kubelet would reject in a container, beyond the schema. */
export function containerProblems(container: Properties): Problem[] {
  return [
    ...checked(container, { name: dnsLabel, image: reference, workingDir: absolute }),
    ...ofPorts(listedObjects(container, 'ports')),
    ...within(['resources'], resourceProblems(under(container, 'resources'))),
    ...ofVariables(listedObjects(container, 'env')),
    ...listedObjects(container, 'envFrom').flatMap((each, at) => within(['envFrom', at], ofSource(each))),
    ...within(['securityContext'], securityProblems(under(container, 'securityContext'))),
    ...ofMounts(container),
    ...listedObjects(container, 'resizePolicy').flatMap((each, at) =>
      within(['resizePolicy', at], checked(each, resized)),
    ),
    ...duplicates('resizePolicy', listedObjects(container, 'resizePolicy'), 'resourceName'),
    ...PROBES.flatMap((key) =>
      isObject(container[key]) ? within([key], ofProbe(key, container[key], container)) : [],
    ),
    ...['postStart', 'preStop'].flatMap((key) => {
      const handler = under(container, 'lifecycle')[key]
      return isObject(handler) ? within(['lifecycle', key], ofHandler(handler, HANDLERS, container)) : []
    }),
  ]
}

const reference: Check = (value) => imageReference.safeParse(value, { reportInput: true }).error?.issues[0]?.message
const absolute = matching((value) => value.startsWith('/'), 'an absolute path')

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe']

const resized = { restartPolicy: oneOf('NotRequired', 'RestartContainer'), resourceName: oneOf('cpu', 'memory') }

/** Fields of a container that runs beside others, which one that ends before them must not have. */
const OF_RUNNING = [...PROBES, 'lifecycle', 'resizePolicy']

/** Returns what an API server would reject in an init container only. */
export function initContainerProblems({ restartPolicy, ...given }: Properties): Problem[] {
  if (restartPolicy === 'Always') return []
  return [
    ...when(
      restartPolicy !== undefined,
      ['restartPolicy'],
      `must be Always or unset, got ${JSON.stringify(restartPolicy)}`,
    ),
    ...OF_RUNNING.filter((key) => isGiven(given[key])).map((key) =>
      problemAt([key], 'requires restartPolicy: Always; add that or remove it'),
    ),
  ]
}

const ACTIONS = ['exec', 'httpGet', 'tcpSocket', 'grpc']
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep']

const header = matching((value) => /^[-A-Za-z0-9!#$%&'*+.^_`|~]+$/.test(value), 'the name of an HTTP header')

function ofHandler(handler: Properties, actions: readonly string[], container: Properties): Problem[] {
  const ports = ['httpGet', 'tcpSocket', 'grpc'].flatMap((action) => {
    const { port: value } = under(handler, action)
    const isThere = listedObjects(container, 'ports').some(({ name }) => name === value)
    if (typeof value !== 'string') return checked(handler, { [`${action}.port`]: port })
    if (action === 'grpc') return []
    return when(!isThere, [action, 'port'], `must be the name of one of its ports, got ${JSON.stringify(value)}`)
  })
  return [
    ...exactlyOne(handler, actions),
    ...ports,
    ...checked(handler, { 'exec.command': filled, 'sleep.seconds': from(0) }),
    ...when('exec' in handler && !isGiven(under(handler, 'exec').command), ['exec', 'command'], 'is missing'),
    ...listedObjects(under(handler, 'httpGet'), 'httpHeaders').flatMap((each, at) =>
      within(['httpGet', 'httpHeaders', at], checked(each, { name: header })),
    ),
  ]
}

/** An API server replaces 0 by its default. */
const COUNTS = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold']

function ofProbe(kind: string, probe: Properties, container: Properties): Problem[] {
  const { successThreshold, terminationGracePeriodSeconds } = probe
  const isReadiness = kind === 'readinessProbe'
  return [
    ...ofHandler(probe, ACTIONS, container),
    ...when(!isReadiness && Number(successThreshold) > 1, ['successThreshold'], `must be 1 in a ${kind}`),
    ...checked(probe, Object.fromEntries(COUNTS.map((key) => [key, from(0)]))),
    ...(isReadiness
      ? when(isGiven(terminationGracePeriodSeconds), ['terminationGracePeriodSeconds'], 'is not for a readinessProbe')
      : checked(probe, { terminationGracePeriodSeconds: from(1) })),
  ]
}

function ofPorts(ports: readonly Properties[]): Problem[] {
  return [
    ...ports.flatMap((each, at) =>
      within(['ports', at], checked(each, { containerPort: port, hostPort: port, name: portName, protocol })),
    ),
    ...duplicates('ports', ports, 'name').map(({ path, says }) => ({
      path,
      says: says.replace('remove one of them', 'choose another name'),
    })),
  ]
}

const OWN_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-\d+[KMG]i)$/

/** Amounts of these are handed out, and nobody may request less than the limit. */
const isHandedOut = (name: string) => name.includes('/') || name.startsWith('hugepages-')

/** Checks the resources of a container or a pod. */
export function resourceProblems(resources: Properties): Problem[] {
  const [requests, limits] = [under(resources, 'requests'), under(resources, 'limits')]
  const each = Object.entries({ requests, limits }).flatMap(([group, amounts]) =>
    Object.entries(amounts).flatMap(([name, amount]) => within([group, name], ofAmount(name, amount))),
  )
  const over = Object.entries(requests).flatMap(([name, asked]) => {
    const path = ['requests', name]
    if (isHandedOut(name) && amountOf(asked) !== amountOf(limits[name])) {
      return [problemAt(path, `must equal the limit, because ${name} cannot be overcommitted`)]
    }
    const says = `is ${String(asked)}, which is more than the limit of ${String(limits[name])}; lower it or raise the limit`
    return when(amountOf(asked) > amountOf(limits[name]), path, says)
  })
  const names = Object.keys({ ...requests, ...limits })
  const alone = names.find((name) => name.startsWith('hugepages-'))
  return [
    ...each,
    ...over,
    ...when(
      alone !== undefined && !names.includes('cpu') && !names.includes('memory'),
      [],
      `has ${alone} without cpu or memory; add one of them`,
    ),
  ]
}

const isExtended = (name: string) =>
  isQualifiedName(name) && name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')

function ofAmount(name: string, amount: unknown): Problem[] {
  const shown = JSON.stringify(amount)
  if (!isExtended(name) && !OWN_RESOURCES.test(name)) {
    const says = 'is not a resource; use cpu, memory, ephemeral-storage or an extended resource such as nvidia.com/gpu'
    return [problemAt([], says)]
  }
  if (String(amount).startsWith('-')) return [problemAt([], `must be 0 or more, got ${shown}`)]
  if (isExtended(name)) return when(!Number.isInteger(amountOf(amount)), [], `must be a whole number, got ${shown}`)
  const isSmall = name !== 'cpu' && String(amount).endsWith('m')
  return when(isSmall, [], `is ${shown}, which is in thousandths of a byte; use Mi for mebibytes`)
}

const SOURCES = ['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef']

function ofVariables(entries: readonly Properties[]): Problem[] {
  const names = entries.map(({ name }) => name)
  return entries.flatMap((entry, at) => {
    const { name, value, valueFrom } = entry
    return within(
      ['env', at],
      [
        ...checked(entry, { name: matching((each) => /^[^=\s]+$/.test(each), 'a variable name') }),
        ...when(names.indexOf(name) < at, [], `is a duplicate of ${String(name)}; remove one of them`),
        ...when(
          isGiven(value) && value !== '' && isGiven(valueFrom),
          [],
          'has value and valueFrom; remove one of them',
        ),
        ...(isObject(valueFrom) ? within(['valueFrom'], ofValue(valueFrom)) : []),
      ],
    )
  })
}

const ofValue = (source: Properties): Problem[] => [
  ...exactlyOne(source, SOURCES),
  ...checked(source, {
    'fieldRef.fieldPath': matching(isFieldPath, FIELD_PATHS),
    'secretKeyRef.key': matching(isDataKey, DATA_KEY),
    'configMapKeyRef.key': matching(isDataKey, DATA_KEY),
  }),
  ...['secretKeyRef', 'configMapKeyRef'].flatMap((key) => within([key], nameless(source[key]))),
  ...within(['resourceFieldRef'], resourceFieldProblems(under(source, 'resourceFieldRef'))),
]

function nameless(named: unknown): Problem[] {
  if (!isObject(named)) return []
  return isGiven(named.name) ? checked(named, { name: subdomain }) : [problemAt(['name'], 'is missing')]
}

const ofSource = (source: Properties): Problem[] => [
  ...exactlyOne(source, ['configMapRef', 'secretRef']),
  ...['configMapRef', 'secretRef'].flatMap((key) => within([key], nameless(source[key]))),
  ...checked(source, { prefix: matching((value) => /^[^=\s]*$/.test(value), 'the beginning of a variable name') }),
]

function ofMounts(container: Properties): Problem[] {
  const mounts = listedObjects(container, 'volumeMounts')
  const isPrivileged = under(container, 'securityContext').privileged === true
  return [
    ...mounts.flatMap((each, at) => within(['volumeMounts', at], mountProblems(each, isPrivileged))),
    ...duplicates('volumeMounts', mounts, 'mountPath'),
    ...duplicates('volumeDevices', listedObjects(container, 'volumeDevices'), 'devicePath'),
  ]
}

/** Returns what an API server or a kubelet would reject in a mount, beyond the schema. */
export function mountProblems(mount: Properties, isPrivileged = false): Problem[] {
  const { subPath, subPathExpr, mountPropagation = 'None', readOnly, recursiveReadOnly = 'Disabled' } = mount
  return [
    ...checked(mount, {
      mountPath: matching((value) => /^\/[^:]*$/.test(value), 'an absolute path without ":"'),
      subPath: pathInside,
      subPathExpr: pathInside,
      recursiveReadOnly: oneOf('Disabled', 'IfPossible', 'Enabled'),
    }),
    ...when(isGiven(subPath) && isGiven(subPathExpr), [], 'has both subPath and subPathExpr; remove one of them'),
    ...when(
      mountPropagation === 'Bidirectional' && !isPrivileged,
      ['mountPropagation'],
      'is Bidirectional, which only a privileged container may have',
    ),
    ...when(
      recursiveReadOnly !== 'Disabled' && readOnly !== true,
      ['recursiveReadOnly'],
      'requires readOnly: true; add that or remove it',
    ),
    ...when(
      recursiveReadOnly !== 'Disabled' && mountPropagation !== 'None',
      ['recursiveReadOnly'],
      'requires mountPropagation: None; remove one of them',
    ),
  ]
}
