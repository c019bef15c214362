import type { types } from '@pulumi/kubernetes'
import { type Input, type Output, secret } from '@pulumi/pulumi'
import { defined } from '../fields.ts'
import { sleepProblems } from '../kubernetes-api/pods.ts'
import type { Variables } from '../settings/encrypted-values.ts'
import { unusable } from '../settings/faults.ts'
import { Hidden } from '../settings/hidden.ts'
import { type PartName, partOf } from '../settings/parts.ts'
import { SERVICE_VARIABLES } from '../settings/service-variables.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { egressOf } from './egress.ts'
import { restrictedPod, secretFiles } from './pod.ts'
import { type Placed, secretFor } from './workload.ts'

type PodSpec = types.input.core.v1.PodSpec
type Container = types.input.core.v1.Container
type EnvVar = types.input.core.v1.EnvVar
type Volume = types.input.core.v1.Volume
type VolumeMount = types.input.core.v1.VolumeMount

/** A container of this program, with plain lists. */
export type OwnContainer = Omit<Container, 'name' | 'env' | 'volumeMounts'> & {
  readonly name: string
  readonly env?: readonly EnvVar[]
  readonly volumeMounts?: readonly VolumeMount[]
}

/** Fields that a workload sets for its pods. `podTemplate` adds those that all pods have. */
export interface PodOf {
  readonly containers: readonly OwnContainer[]
  /** Init containers, in their order. */
  readonly initContainers?: readonly OwnContainer[]
  readonly volumes: readonly Volume[]
  readonly annotations?: Readonly<Record<string, Input<string>>>
  /** Environment variables that override those of the containers. Those of the part override both. */
  readonly variables?: Variables
  readonly spec?: Partial<PodSpec>
  /** Whether the pod runs to completion, so that sidecars must end with it. */
  readonly ends?: boolean
}

const OF_SERVICE: readonly PartName[] = ['server', 'worker', 'backup', 'jobs']

/**
 * Returns the pod template of a workload, from its own fields, the settings for all pods, and those of its part.
 * @param workload name of the workload, if its component has several
 */
export function podTemplate(
  pod: PodOf,
  place: Placed,
  workload = place.component,
): types.input.core.v1.PodTemplateSpec {
  const { settings, component } = place
  const name = partOf(component)
  const part = settings[name]
  const variables = { ...egressOf(settings, component), ...pod.variables, ...part.env }
  const given = givenVariables(variables, OF_SERVICE.includes(name), place, workload)
  const own = (container: OwnContainer): Container => ({
    ...container,
    env: [
      ...(container.env ?? []).filter(
        ({ name: variable }) => typeof variable !== 'string' || !given.names.has(variable),
      ),
      ...given.env,
    ],
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      ...place.certificates.map(({ mount }) => mount),
      ...given.mounts,
      ...listed<VolumeMount>(part.volumeMounts),
    ],
  })
  const beside = listed<Container>(part.containers)
  // A sidecar that keeps running would prevent a Job from completing. As a restartable init container it is stopped
  // with the pod.
  const first = pod.ends ? beside.map((container) => ({ ...container, restartPolicy: 'Always' })) : []
  const initContainers = [...listed<Container>(part.initContainers), ...first, ...(pod.initContainers ?? []).map(own)]
  const pulled = pulledAs(settings, name)
  const annotations = { ...settings.cluster.podAnnotations, ...part.podAnnotations, ...pod.annotations }
  const certificates = place.certificates.map(({ volume }) => volume)
  const volumes = [...pod.volumes, ...certificates, ...given.volumes, ...listed<Volume>(part.volumes)]
  const containers = [...pod.containers.map(own), ...(pod.ends ? [] : beside)].map(pulled)
  refuseClashes(name, [...initContainers, ...containers], volumes)
  refuseStrangers(name, part.env ?? {}, [...initContainers, ...containers])
  refuseLongSleeps(name, part, pod.spec ?? {})
  return {
    metadata: {
      labels: { ...place.labels, ...settings.cluster.podLabels, ...part.podLabels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      ...restrictedPod(settings, supplementalGroupsOf(settings, name)),
      ...pod.spec,
      ...placementOf(settings, name, pod.spec, place.selector),
      ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map(pulled) }),
      containers,
      volumes,
    },
  }
}

/** @throws SettingsFault if the additions of the settings conflict with the pod */
function refuseClashes(part: PartName, containers: readonly Container[], volumes: readonly Volume[]): void {
  const names = new Set(volumes.map(({ name }) => name))
  const mounts = containers.flatMap(({ volumeMounts }) => (volumeMounts ?? []) as readonly VolumeMount[])
  const devices = containers.flatMap(
    ({ volumeDevices }) => (volumeDevices ?? []) as readonly types.input.core.v1.VolumeDevice[],
  )
  const missing = [...mounts, ...devices].flatMap(({ name }) =>
    typeof name === 'string' && !names.has(name) ? [name] : [],
  )
  const ports = containers.flatMap((each) => (each.ports ?? []) as readonly types.input.core.v1.ContainerPort[])
  const faults = [
    ...twice(volumes.map(({ name }) => name)).map(
      (name) => `${part}.volumes has ${name}, which already exists in the pod; choose another name`,
    ),
    ...twice(containers.map(({ name }) => name)).map(
      (name) =>
        `${part}.containers or initContainers has ${name}, which already exists in the pod; choose another name`,
    ),
    ...containers.flatMap(({ volumeMounts }) =>
      twice(((volumeMounts ?? []) as readonly VolumeMount[]).map(({ mountPath }) => pathOf(mountPath))).map(
        (path) => `${part}.volumeMounts has ${path}, where a container already has a mount; choose another path`,
      ),
    ),
    ...twice(
      ports.map(
        ({ containerPort, protocol = 'TCP' }) => `${JSON.stringify(containerPort)} (${JSON.stringify(protocol)})`,
      ),
    ).map(
      (port) =>
        `${part}.containers has port ${port.replaceAll('"', '')}, which is already in use in the pod; choose another port`,
    ),
    ...[...new Set(missing)].map(
      (name) => `${part}.volumeMounts names ${name}, but the pod has no such volume; add it to ${part}.volumes`,
    ),
  ]
  if (faults.length > 0) throw unusable([...new Set(faults)])
}

/** @throws SettingsFault if a variable is of the resources of a container that the pod does not have */
function refuseStrangers(part: PartName, env: Variables, containers: readonly Container[]): void {
  const names = containers.map(({ name }) => name)
  const faults = Object.entries(env).flatMap(([variable, value]) => {
    const { containerName } =
      typeof value === 'object' && 'resourceFieldRef' in value ? (value.resourceFieldRef ?? {}) : {}
    return containerName === undefined || names.includes(containerName)
      ? []
      : [
          `${part}.env.${variable}.resourceFieldRef.containerName is ${containerName}, but the pod has ${names.map(String).join(', ')}; correct or remove it`,
        ]
  })
  if (faults.length > 0) throw unusable(faults)
}

/** @throws SettingsFault if a container would sleep longer than its pod may take to stop */
function refuseLongSleeps(name: PartName, part: KubernetesSettings[PartName], spec: Partial<PodSpec>): void {
  const faults = (['containers', 'initContainers'] as const).flatMap((list) =>
    (part[list] ?? []).flatMap((container, at) =>
      sleepProblems(container, spec).map(({ path, says }) => `${name}.${list}.${at}.${path.join('.')} ${says}`),
    ),
  )
  if (faults.length > 0) throw unusable(faults)
}

/** As a container sees it, for which /a and /a/ are one. */
const pathOf = (path: Input<string>) =>
  typeof path === 'string' ? path.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1') : path

const twice = (names: readonly Input<string>[]): string[] =>
  names.filter((name, at): name is string => typeof name === 'string' && names.indexOf(name) < at)

const listed = <Entry>(entries: readonly object[] | undefined) => (entries ?? []) as readonly Entry[]

interface Given {
  readonly names: ReadonlySet<string>
  readonly env: readonly EnvVar[]
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
}

const FOLDER = '/run/secrets/variables'

/** Variables that the service can read from a file, but Node and git only from the environment. */
const OF_NODE: readonly string[] = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']

/**
 * Returns the environment variables of the settings. Hidden ones come from a Secret: as files if the program can read
 * them, else as variables.
 */
export function givenVariables(variables: Variables, isService: boolean, place: Placed, workload: string): Given {
  // One that names others comes after them, or it would have their names in it.
  const entries = Object.entries(variables).toSorted(
    ([, one], [, other]) => Number(isMade(one)) - Number(isMade(other)),
  )
  const hidden = entries.flatMap(([name, value]) =>
    value instanceof Hidden ? [[name, secret(value.reveal())] as const] : [],
  )
  const name = hidden.length === 0 ? undefined : secretFor(`${workload}-variables`, Object.fromEntries(hidden), place)
  const isFile = (variable: string) => isService && SERVICE_VARIABLES.includes(variable) && !OF_NODE.includes(variable)
  const env = entries.map(([variable, value]) => envOf(variable, value, isFile(variable) ? undefined : name))
  const files = name !== undefined && hidden.some(([variable]) => isFile(variable))
  const part = secretFiles('variables', name ?? '', FOLDER)
  return {
    names: new Set(entries.flatMap(([variable]) => [variable, `${variable}_FILE`])),
    env,
    volumes: files ? [part.volume] : [],
    mounts: files ? [part.mount] : [],
  }
}

/** Whether it is made of other variables, `$(NAME)`. */
const isMade = (value: Variables[string]) => typeof value === 'string' && value.includes('$(')

function envOf(name: string, value: Variables[string], secretName: Output<string> | undefined): EnvVar {
  if (typeof value === 'string') return { name, value }
  if (!(value instanceof Hidden)) return { name, valueFrom: value as types.input.core.v1.EnvVarSource }
  return secretName === undefined
    ? { name: `${name}_FILE`, value: `${FOLDER}/${name}` }
    : { name, valueFrom: { secretKeyRef: { name: secretName, key: name } } }
}

function pulledAs(settings: KubernetesSettings, part: PartName) {
  const imagePullPolicy = settings[part].imagePullPolicy ?? settings.cluster.imagePullPolicy
  return (container: Container): Container =>
    imagePullPolicy === undefined ? container : { imagePullPolicy, ...container }
}

const supplementalGroupsOf = (settings: KubernetesSettings, part: PartName) =>
  settings[part].supplementalGroups ?? settings.cluster.supplementalGroups

/**
 * Returns the placement, DNS settings and ServiceAccount of a part's pods.
 * @param labelSelector selector for spread constraints that have none
 */
export function placementOf(
  settings: KubernetesSettings,
  part: PartName,
  own: Partial<PodSpec> = {},
  labelSelector?: Placed['selector'],
): Partial<PodSpec> {
  const { cluster } = settings
  const of = settings[part]
  const nodeSelector = { ...cluster.nodeSelector, ...of.nodeSelector }
  const tolerations = [...listed(of.tolerations ?? cluster.tolerations), ...((own.tolerations ?? []) as object[])]
  const account = of.serviceAccount ?? cluster.serviceAccount
  return defined({
    nodeSelector: Object.keys(nodeSelector).length === 0 ? undefined : nodeSelector,
    tolerations: tolerations.length === 0 ? undefined : tolerations,
    affinity: of.affinity ?? cluster.affinity,
    topologySpreadConstraints: (of.topologySpreadConstraints ?? cluster.topologySpreadConstraints)?.map((each) => ({
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...each,
    })),
    hostAliases: of.hostAliases ?? cluster.hostAliases,
    dnsConfig: of.dnsConfig ?? cluster.dnsConfig,
    schedulerName: of.schedulerName ?? cluster.schedulerName,
    priorityClassName: of.priorityClass ?? cluster.priorityClass,
    serviceAccountName: account?.name,
  }) as Partial<PodSpec>
}
