import type { types } from '@pulumi/kubernetes'
import type { Input, Output } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { SCRATCH_DISK } from '../settings/sizes.ts'

type PodSpec = types.input.core.v1.PodSpec
type Volume = types.input.core.v1.Volume
type VolumeMount = types.input.core.v1.VolumeMount

/** A volume of a pod, and where a container sees it. */
export interface Part {
  readonly volume: Volume
  readonly mount: VolumeMount
}

/** What Pod Security's `restricted` asks of a pod, and no way to the API server. */
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

/** What `restricted` asks of a container, a root that nothing is written into, and the end of its log where it fails. */
export const restrictedContainer = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  terminationMessagePolicy: 'FallbackToLogsOnError',
}

interface Needs {
  /** Mebibytes. */
  readonly memory: number
  readonly cpus: number
  /** Mebibytes of logs and of what is written into emptyDirs. */
  readonly disk?: number
}

/** Memory is limited at what is requested, CPU is not: a limit only slows down what would be idle otherwise. */
export function resources({ memory, cpus, disk = SCRATCH_DISK }: Needs) {
  const limits = { memory: `${memory}Mi`, 'ephemeral-storage': `${disk}Mi` }
  return { requests: { cpu: `${Math.round(cpus * 1000)}m`, ...limits }, limits }
}

/** A place to write into that ends with the pod. */
export function scratch(name: string, mountPath: string, sizeLimit: string, medium?: 'Memory') {
  const emptyDir = { sizeLimit, ...(medium === undefined ? {} : { medium }) }
  return { volume: { name, emptyDir }, mount: { name, mountPath } } satisfies Part
}

/** The files of a Secret. */
export function secretFiles(name: string, secretName: Input<string>, mountPath: string) {
  return {
    volume: { name, secret: { secretName, defaultMode: 0o440 } },
    mount: { name, mountPath, readOnly: true },
  } satisfies Part
}

/** A claim's volume. */
export function stored(name: string, claimName: Output<string>, mountPath: string) {
  return {
    volume: { name, persistentVolumeClaim: { claimName } },
    mount: { name, mountPath },
  } satisfies Part
}

/** The files of a ConfigMap that are run. */
export function scripts(configMap: Output<string>) {
  return {
    volume: { name: 'scripts', configMap: { name: configMap, defaultMode: 0o555 } },
    mount: { name: 'scripts', mountPath: '/scripts', readOnly: true },
  } satisfies Part
}

/**
 * Names the user that the pod runs as, for programs that do not run without a name: initdb and ssh. Whose number the
 * cluster chooses, it names as well.
 */
export function namedUser(configMap: Output<string>) {
  return {
    volume: { name: 'user', configMap: { name: configMap, defaultMode: 0o444 } },
    mount: { name: 'user', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true },
  } satisfies Part
}

/** The file that names the user; nothing where the cluster chooses its number. */
export const passwdFor = ({ cluster: { user } }: KubernetesSettings, name: string, home: string, shell: string) =>
  user === null ? {} : { passwd: `${name}:x:${user}:${user}::${home}:${shell}\n` }
