import type { types } from '@pulumi/kubernetes'
import type { Input, Output } from '@pulumi/pulumi'

type PodSpec = types.input.core.v1.PodSpec
type Volume = types.input.core.v1.Volume
type VolumeMount = types.input.core.v1.VolumeMount

/** Where secrets are mounted. */
export const SECRETS = '/run/secrets/codebase'

/** What Pod Security's `restricted` asks of a pod, and no way to the API server. */
export function restrictedPod(user: number, pullSecret?: string) {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
  } satisfies Partial<PodSpec>
}

/** What `restricted` asks of a container, and a root that nothing is written into. */
export const restrictedContainer = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
}

/** Memory is limited at what is requested, CPU is not: a limit only slows down what would be idle otherwise. */
export const resources = (memory: number, cpu: string) => {
  const limits = { memory: `${memory}Mi`, 'ephemeral-storage': EPHEMERAL }
  return { requests: { cpu, ...limits }, limits }
}

// Logs and what is in a pod's /tmp.
const EPHEMERAL = '512Mi'

/** A place to write into that ends with the pod. */
export function scratch(name: string, mountPath: string, sizeLimit: string, medium?: 'Memory') {
  const emptyDir = { sizeLimit, ...(medium === undefined ? {} : { medium }) }
  return { volume: { name, emptyDir } satisfies Volume, mount: { name, mountPath } satisfies VolumeMount }
}

/** The files of a Secret. */
export function secretFiles(secretName: Input<string>) {
  return {
    volume: { name: 'secrets', secret: { secretName, defaultMode: 0o440 } } satisfies Volume,
    mount: { name: 'secrets', mountPath: SECRETS, readOnly: true } satisfies VolumeMount,
  }
}

/** A claim's volume. */
export function stored(claimName: Output<string>, mountPath: string) {
  return {
    volume: { name: 'data', persistentVolumeClaim: { claimName } } satisfies Volume,
    mount: { name: 'data', mountPath } satisfies VolumeMount,
  }
}

/** The labels by which a workload's pods are found. */
export const selectorOf = (stack: string, component: string) => ({
  'app.kubernetes.io/name': 'codebase-mcp',
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
})

/** The labels that everything carries, so that people find all of a stack. */
export const labelsOf = (stack: string, component: string) => ({
  ...selectorOf(stack, component),
  'app.kubernetes.io/part-of': 'codebase-mcp',
})
