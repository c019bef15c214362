import type { Properties } from '../policy/policy.ts'
import { isObject, listed, listedObjects, under } from '../policy/properties.ts'
import { amountOf } from '../settings/kinds.ts'
import { imageReference, isQualifiedName, isSubdomain } from '../settings/kubernetes-kinds.ts'
import { nearest } from '../settings/nearest.ts'
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
  userId,
  when,
  within,
} from './checks.ts'

/** Returns what an API server or a kubelet would reject in a container, beyond the schema. */
export function containerProblems(container: Properties): Problem[] {
  return [
    ...checked(container, { name: dnsLabel, image: reference, workingDir: absolute }),
    ...ofPorts(listedObjects(container, 'ports')),
    ...within(['resources'], ofResources(under(container, 'resources'))),
    ...ofVariables(listedObjects(container, 'env')),
    ...listedObjects(container, 'envFrom').flatMap((each, at) => within(['envFrom', at], ofSource(each))),
    ...within(['securityContext'], ofSecurity(under(container, 'securityContext'))),
    ...ofMounts(container),
    ...listedObjects(container, 'resizePolicy').flatMap((each, at) =>
      within(['resizePolicy', at], checked(each, resized)),
    ),
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

function ofResources(resources: Properties): Problem[] {
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
      isGiven(divisor) && pattern?.test(String(divisor)) === false,
      ['divisor'],
      `must be ${what}, got ${JSON.stringify(divisor)}`,
    ),
  ]
}

/** Whether it is a key of a Secret or a ConfigMap. */
export const isDataKey = (value: string) => /^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/.test(value)

export const DATA_KEY = 'a key of letters, digits, "-", "_" and "."'

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

const CAPABILITIES =
  'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'.split(
    ' ',
  )

const capability: Check = (value) => {
  if (CAPABILITIES.includes(String(value).replace(/^CAP_/, ''))) return undefined
  const near = nearest(String(value), CAPABILITIES)
  const those = near === undefined ? 'such as NET_BIND_SERVICE' : `did you mean ${near}?`
  return `must be a capability, got ${JSON.stringify(value)}; ${those}`
}

function ofSecurity(context: Properties): Problem[] {
  const { privileged, allowPrivilegeEscalation, runAsNonRoot, runAsUser } = context
  const capabilities = under(context, 'capabilities')
  const added = listed(capabilities, 'add')
  const isAdmin = added.some((each) => /^(CAP_)?SYS_ADMIN$/.test(String(each)))
  const more = privileged === true ? 'privileged: true' : isAdmin ? 'SYS_ADMIN in capabilities.add' : undefined
  return [
    ...checked(context, { runAsUser: userId, runAsGroup: userId, procMount: oneOf('Default', 'Unmasked') }),
    ...when(
      runAsNonRoot === true && runAsUser === 0,
      ['runAsUser'],
      'is 0, but runAsNonRoot is true; choose another user or remove runAsNonRoot',
    ),
    ...when(
      more !== undefined && allowPrivilegeEscalation === false,
      ['allowPrivilegeEscalation'],
      `is false, which cannot be combined with ${more}; remove one of them`,
    ),
    ...['add', 'drop'].flatMap((way) =>
      listed(capabilities, way).flatMap((each, at) =>
        within(['capabilities', way], checked({ [at]: each }, { [at]: capability })),
      ),
    ),
    ...profileProblems(context),
  ]
}

/** Checks the profiles of seccomp and AppArmor in the security context of a pod or a container. */
export function profileProblems(context: Properties): Problem[] {
  return ['seccompProfile', 'appArmorProfile'].flatMap((key) => {
    const { type, localhostProfile } = under(context, key)
    const isLocal = type === 'Localhost'
    const path = [key, 'localhostProfile']
    return [
      ...when(isLocal && !isGiven(localhostProfile), path, 'is missing, which type Localhost requires'),
      ...when(!isLocal && isGiven(localhostProfile), path, 'requires type Localhost; change that or remove it'),
    ]
  })
}

/** Name of an object, or nothing, where a default class is meant. */
export const isClassName = (value: string) => value === '' || isSubdomain(value)
