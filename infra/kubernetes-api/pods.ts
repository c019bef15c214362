import { TEMPLATES } from '../policy/pods.ts'
import type { Properties } from '../policy/policy.ts'
import { isObject, listed, listedObjects, under } from '../policy/properties.ts'
import { annotations, isDnsLabel, isQualifiedName, labels } from '../settings/kubernetes-kinds.ts'
import { podKinds } from '../settings/pod-kinds.ts'
import {
  asSetting,
  checked,
  dnsLabel,
  duplicates,
  from,
  isGiven,
  LARGEST,
  matching,
  oneOf,
  type Problem,
  subdomain,
  userId,
  when,
  within,
} from './checks.ts'
import { containerProblems, initContainerProblems, resourceProblems } from './containers.ts'
import { profileProblems } from './security.ts'
import { volumeProblems } from './volumes.ts'

/** Returns what an API server would reject in the pods of an object, beyond the schema. */
export function podProblems(object: Properties): Problem[] {
  const kind = String(object.kind)
  const path = TEMPLATES[kind]
  if (path === undefined) return []
  const template = under(object, ...path)
  const spec = under(template, 'spec')
  const claims = listedObjects(under(object, 'spec'), 'volumeClaimTemplates')
  const volumes = [...listedObjects(spec, 'volumes'), ...claims.map((each) => under(each, 'metadata'))]
  const metadata =
    kind === 'Pod'
      ? []
      : [
          ...asSetting(labels, under(template, 'metadata').labels, ['metadata', 'labels']),
          ...asSetting(annotations, under(template, 'metadata').annotations, ['metadata', 'annotations']),
        ]
  const own = [...ofFields(spec), ...ofContainers(spec, volumes), ...ofVolumes(spec), ...ofEnd(kind, spec)]
  const named = ['initContainers', 'containers'].flatMap((list) => listedObjects(spec, list).map(({ name }) => name))
  const profiles = profileAnnotationProblems(under(template, 'metadata', 'annotations'), named)
  return within(path, [...metadata, ...within(['metadata', 'annotations'], profiles), ...within(['spec'], own)])
}

const OF_APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'

/** Checks the annotations by which older clusters choose AppArmor profiles of containers. */
export const profileAnnotationProblems = (given: Properties, containers: readonly unknown[]): Problem[] =>
  Object.entries(given).flatMap(([key, value]) => {
    if (!key.startsWith(OF_APPARMOR)) return []
    const name = key.slice(OF_APPARMOR.length)
    return [
      ...when(
        typeof value === 'string' && !/^(runtime\/default|unconfined|localhost\/.+|)$/.test(value),
        [key],
        `must be runtime/default, unconfined or localhost/PROFILE, got ${JSON.stringify(value)}`,
      ),
      ...when(
        !containers.includes(name),
        [key],
        `is for the container ${name}, but the pod has ${containers.map(String).join(', ')}; set securityContext.appArmorProfile by kubernetes.patches instead`,
      ),
    ]
  })

const hostName = matching(isDnsLabel, 'a host name of up to 63 lower-case letters, digits and inner "-"')
const sysctl = matching(
  (value) => value.length <= 253 && /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/.test(value),
  'the name of a sysctl such as net.core.somaxconn',
)
const condition = matching(isQualifiedName, 'a name such as example.com/ready')

/** Fields that are settings of pods too. */
const AS_SETTINGS = {
  nodeSelector: podKinds.nodeSelector,
  tolerations: podKinds.tolerations,
  affinity: podKinds.affinity,
  topologySpreadConstraints: podKinds.spread,
  hostAliases: podKinds.hostAliases,
  dnsConfig: podKinds.dnsConfig,
} as const

function ofFields(spec: Properties): Problem[] {
  const { dnsPolicy, dnsConfig } = spec
  const servers = isObject(dnsConfig) ? listed(dnsConfig, 'nameservers') : []
  return [
    ...Object.entries(AS_SETTINGS).flatMap(([key, kind]) => asSetting(kind, spec[key], [key])),
    ...checked(spec, {
      serviceAccountName: subdomain,
      nodeName: subdomain,
      hostname: hostName,
      subdomain: dnsLabel,
      runtimeClassName: subdomain,
      priorityClassName: subdomain,
      schedulerName: subdomain,
      dnsPolicy: oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
      restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
      preemptionPolicy: oneOf('PreemptLowerPriority', 'Never'),
      'os.name': oneOf('linux'),
      'securityContext.runAsUser': userId,
      'securityContext.runAsGroup': userId,
      'securityContext.fsGroup': userId,
    }),
    ...when(
      dnsPolicy === 'None' && servers.length === 0,
      ['dnsConfig', 'nameservers'],
      'is missing, which dnsPolicy None requires',
    ),
    ...within(['securityContext'], profileProblems(under(spec, 'securityContext'))),
    ...within(['resources'], resourceProblems(under(spec, 'resources'))),
    ...ofLists(spec),
    ...ofHost(spec),
    ...when(isGiven(spec.priority), ['priority'], 'is set by the cluster; set priorityClassName instead'),
  ]
}

const OF_HOST = ['hostNetwork', 'hostPID', 'hostIPC']

/** What a pod shares with its node. */
function ofHost(spec: Properties): Problem[] {
  const shared = OF_HOST.filter((key) => spec[key] === true)
  const ports = ['initContainers', 'containers'].flatMap((list) =>
    listedObjects(spec, list).flatMap((container, at) =>
      listedObjects(container, 'ports').map((each, number) => ({
        ...each,
        path: [list, at, 'ports', number, 'hostPort'],
      })),
    ),
  )
  return [
    ...when(
      spec.hostPID === true && spec.shareProcessNamespace === true,
      ['shareProcessNamespace'],
      'cannot be combined with hostPID',
    ),
    ...when(
      spec.hostUsers === false && shared.length > 0,
      ['hostUsers'],
      `is false, which cannot be combined with ${shared.join(' and ')}; remove one of them`,
    ),
    ...ports.flatMap(({ path, ...each }: Properties & { readonly path: readonly (string | number)[] }) =>
      when(
        spec.hostNetwork === true && isGiven(each.hostPort) && each.hostPort !== each.containerPort,
        path,
        `must be containerPort, ${String(each.containerPort)}, with hostNetwork`,
      ),
    ),
  ]
}

function ofLists(spec: Properties): Problem[] {
  const sysctls = listedObjects(under(spec, 'securityContext'), 'sysctls')
  return [
    ...within(
      ['securityContext'],
      [
        ...sysctls.flatMap((each, at) => within(['sysctls', at], checked(each, { name: sysctl }))),
        ...duplicates('sysctls', sysctls, 'name'),
      ],
    ),
    ...duplicates('imagePullSecrets', listedObjects(spec, 'imagePullSecrets'), 'name'),
    ...listedObjects(spec, 'schedulingGates').flatMap((each, at) =>
      within(['schedulingGates', at], checked(each, { name: condition })),
    ),
    ...listedObjects(spec, 'readinessGates').flatMap((each, at) =>
      within(['readinessGates', at], checked(each, { conditionType: condition })),
    ),
  ]
}

function ofContainers(spec: Properties, volumes: readonly Properties[]): Problem[] {
  const names = new Set(volumes.map(({ name }) => name))
  const [first, others] = [listedObjects(spec, 'initContainers'), listedObjects(spec, 'containers')]
  const all = [
    ...first.map((container, at) => ({ container, path: ['initContainers', String(at)], isFirst: true })),
    ...others.map((container, at) => ({ container, path: ['containers', String(at)], isFirst: false })),
  ]
  const called = all.map(({ container }) => container.name)
  const claims = listedObjects(spec, 'resourceClaims').map(({ name }) => name)
  return [
    ...when(Array.isArray(spec.containers) && others.length === 0, ['containers'], 'must have at least one container'),
    ...all.flatMap(({ container, path, isFirst }, at) => {
      const { name } = container
      const isTwice = isGiven(name) && called.indexOf(name) < at
      return within(path, [
        ...ofImage(container),
        ...when(isTwice, ['name'], `is a duplicate of ${String(name)}; choose another name`),
        ...containerProblems(container),
        ...(isFirst ? initContainerProblems(container) : []),
        ...ofVolumesIn(container, names),
        ...sleepProblems(container, spec),
        ...ofClaims(container, claims),
      ])
    }),
  ]
}

const ofImage = ({ name, image }: Properties): Problem[] =>
  when(
    !isGiven(image) || image === '',
    ['image'],
    `is missing; the pod has no container ${String(name)} that the patch could change`,
  )

const ofVolumesIn = (container: Properties, names: ReadonlySet<unknown>): Problem[] =>
  ['volumeMounts', 'volumeDevices'].flatMap((list) =>
    listedObjects(container, list).flatMap(({ name }, at) =>
      when(!names.has(name), [list, at, 'name'], `is ${String(name)}, but the pod has no such volume`),
    ),
  )

/** Seconds that a pod has to stop unless it says otherwise. */
const GRACE = 30

/** Returns the hooks of a container that sleep longer than its pod may take to stop. */
export function sleepProblems(
  container: Properties,
  { terminationGracePeriodSeconds: grace = GRACE }: Properties,
): Problem[] {
  return ['postStart', 'preStop'].flatMap((hook) => {
    const { seconds } = under(container, 'lifecycle', hook, 'sleep')
    const says = `is ${String(seconds)}, which is longer than terminationGracePeriodSeconds, ${String(grace)}`
    return when(Number(seconds) > Number(grace), ['lifecycle', hook, 'sleep', 'seconds'], says)
  })
}

const ofClaims = (container: Properties, claims: readonly unknown[]): Problem[] =>
  listedObjects(under(container, 'resources'), 'claims').flatMap(({ name }, at) =>
    when(
      !claims.includes(name),
      ['resources', 'claims', at, 'name'],
      `is ${String(name)}, but the pod has no such entry in resourceClaims`,
    ),
  )

function ofVolumes(spec: Properties): Problem[] {
  const volumes = listedObjects(spec, 'volumes')
  return [
    ...volumes.flatMap((each, at) => within(['volumes', at], volumeProblems(each))),
    ...duplicates('volumes', volumes, 'name'),
  ]
}

/** When a pod ends, and whether it starts again. */
function ofEnd(kind: string, spec: Properties): Problem[] {
  const { restartPolicy } = spec
  const isJob = kind.endsWith('Job')
  const allowed = isJob ? ['OnFailure', 'Never'] : ['Always']
  const isWrong = kind !== 'Pod' && typeof restartPolicy === 'string' && !allowed.includes(restartPolicy)
  return [
    ...when(
      isWrong,
      ['restartPolicy'],
      `must be ${allowed.join(' or ')} in a ${kind}, got ${JSON.stringify(restartPolicy)}`,
    ),
    ...when(
      isJob && !isGiven(restartPolicy),
      ['restartPolicy'],
      `is missing; in a ${kind} it must be ${allowed.join(' or ')}`,
    ),
    ...when(
      !isJob && kind !== 'Pod' && isGiven(spec.activeDeadlineSeconds),
      ['activeDeadlineSeconds'],
      `is not for the pods of a ${kind}, which do not end; remove it`,
    ),
    ...checked(spec, { terminationGracePeriodSeconds: from(0), activeDeadlineSeconds: from(1, LARGEST) }),
  ]
}
