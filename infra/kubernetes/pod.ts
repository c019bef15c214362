import type { types } from '@pulumi/kubernetes'
import type { Input, Output } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { SCRATCH_DISK } from '../settings/sizes.ts'

type PodSpec = types.input.core.v1.PodSpec
type Volume = types.input.core.v1.Volume
type VolumeMount = types.input.core.v1.VolumeMount

/** A volume of a pod, and its mount in a container. */
export interface Part {
  readonly volume: Volume
  readonly mount: VolumeMount
}

/** How long a terminating pod still answers while it is removed from the Service's endpoints. */
export const LEAVE_SECONDS = 5

/** Returns the pod fields that Pod Security's `restricted` level requires, and disables access to the API server. */
export function restrictedPod({ cluster: { user, pullSecrets } }: KubernetesSettings, supplementalGroups?: number[]) {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      ...(user === null ? {} : { runAsUser: user, runAsGroup: user, fsGroup: user }),
      ...(supplementalGroups === undefined ? {} : { supplementalGroups }),
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
  } satisfies Partial<PodSpec>
}

/**
 * Fields that `restricted` requires of a container. The root file system is read-only, and a failure reports the end of
 * the log.
 */
export const restrictedContainer = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  terminationMessagePolicy: 'FallbackToLogsOnError',
}

interface Needs {
  /** Memory, in mebibytes. */
  readonly memory: number
  readonly cpus: number
  /** Size of logs and emptyDirs, in mebibytes. */
  readonly disk?: number
}

/**
 * Returns requests and limits. Memory is limited to its request. CPU is not limited, because a limit would only
 * throttle CPU time that is idle otherwise.
 */
export function resources({ memory, cpus, disk = SCRATCH_DISK }: Needs) {
  const limits = { memory: `${memory}Mi`, 'ephemeral-storage': `${Math.ceil(disk)}Mi` }
  return { requests: { cpu: `${Math.round(cpus * 1000)}m`, ...limits }, limits }
}

/** A writable volume that is deleted with the pod. */
export function scratch(name: string, mountPath: string, sizeLimit: string, medium?: 'Memory') {
  const emptyDir = { sizeLimit, ...(medium === undefined ? {} : { medium }) }
  return { volume: { name, emptyDir }, mount: { name, mountPath } } satisfies Part
}

/** A writable volume of a claim that is created and deleted with the pod. */
export function claimed(
  name: string,
  mountPath: string,
  volumeClaimTemplate: types.input.core.v1.PersistentVolumeClaimTemplate,
) {
  return { volume: { name, ephemeral: { volumeClaimTemplate } }, mount: { name, mountPath } } satisfies Part
}

/** Mounts a Secret as files. */
export function secretFiles(name: string, secretName: Input<string>, mountPath: string) {
  return {
    volume: { name, secret: { secretName, defaultMode: 0o440 } },
    mount: { name, mountPath, readOnly: true },
  } satisfies Part
}

/** Mounts the volume of a claim. */
export function stored(name: string, claimName: Output<string>, mountPath: string) {
  return {
    volume: { name, persistentVolumeClaim: { claimName } },
    mount: { name, mountPath },
  } satisfies Part
}

/** Mounts a ConfigMap with executable files. */
export function scripts(configMap: Output<string>) {
  return {
    volume: { name: 'scripts', configMap: { name: configMap, defaultMode: 0o555 } },
    mount: { name: 'scripts', mountPath: '/scripts', readOnly: true },
  } satisfies Part
}

/**
 * Mounts a passwd file with the pod's user, because initdb and ssh do not run as a user without a name. If the cluster
 * chooses the user ID, it also names the user.
 */
export function namedUser(configMap: Output<string>) {
  return {
    volume: { name: 'user', configMap: { name: configMap, defaultMode: 0o444 } },
    mount: { name: 'user', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true },
  } satisfies Part
}

/** Returns the passwd file with the pod's user. Empty if the cluster chooses the user ID. */
export const passwdFor = ({ cluster: { user } }: KubernetesSettings, name: string, home: string, shell: string) =>
  user === null ? {} : { passwd: `${name}:x:${user}:${user}::${home}:${shell}\n` }
