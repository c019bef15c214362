import { cpus, type Facts, setting } from '../kinds.ts'
import { objectName } from '../kubernetes-kinds.ts'
import { podKinds, serviceAccount, sourcedVariables } from '../pod-kinds.ts'

/** Settings of pods: of all parts in `kubernetes`, or of one part in its group. */
export const podSettings = (facts: Facts) => {
  const of = <Kind extends Parameters<typeof setting>[0]>(kind: Kind, about: string) =>
    setting(kind, about, { target: 'kubernetes', ...facts })
  return {
    podLabels: of(podKinds.labels.optional(), 'Labels of the pods. Selectors do not use them.'),
    podAnnotations: of(podKinds.annotations.optional(), 'Annotations of the pods.'),
    nodeSelector: of(podKinds.nodeSelector.optional(), 'Labels that a node must have.'),
    tolerations: of(podKinds.tolerations.optional(), 'Tolerations, as in a pod.'),
    affinity: of(podKinds.affinity.optional(), 'Affinity, as in a pod.'),
    topologySpreadConstraints: of(
      podKinds.spread.optional(),
      'Topology spread constraints, as in a pod. By default, servers and workers spread over nodes and zones.',
    ),
    hostAliases: of(podKinds.hostAliases.optional(), 'Host aliases, as in a pod, for hosts that DNS does not resolve.'),
    dnsConfig: of(podKinds.dnsConfig.optional(), 'DNS name servers, search domains and options, as in a pod.'),
    supplementalGroups: of(
      podKinds.supplementalGroups.optional(),
      'Supplemental groups of the user that the pods run as.',
    ),
    imagePullPolicy: of(podKinds.pullPolicy.optional(), 'When to pull images: `Always`, `IfNotPresent` or `Never`.'),
    priorityClass: of(objectName('a PriorityClass').optional(), 'Name of an existing PriorityClass.'),
    runtimeClass: of(
      objectName('a RuntimeClass').optional(),
      'Name of an existing RuntimeClass, such as one of a sandbox or of GPUs.',
    ),
    cpuLimit: of(
      cpus.optional(),
      'CPU limit of each container of the stack, or its request if that is more. Set it where a quota or a policy requires limits.',
    ),
    schedulerName: of(objectName('a scheduler').optional(), 'Name of the scheduler.'),
    serviceAccount: of(
      serviceAccount.optional(),
      'ServiceAccount of the pods, `{name, create, annotations}`. It is created unless `create` is `false`. Its token is never mounted.',
    ),
  }
}

/** Default of a part's pod settings. */
export const SHARED = 'as in `kubernetes`'

const OF_A_PART: Facts = { target: 'kubernetes', otherwise: SHARED }
const NONE: Facts = { target: 'kubernetes', otherwise: 'none' }

/** StorageClass of the volumes of a part. */
export const storageClass = (of: string) =>
  setting(objectName('a StorageClass').optional(), `StorageClass of ${of}.`, {
    target: 'kubernetes',
    otherwise: '`kubernetes.storageClass`',
  })

/** Settings of a part: those of its pods, and additions to them. */
export const partSettings = {
  ...podSettings(OF_A_PART),
  env: setting(
    sourcedVariables.optional(),
    'Environment variables by name: a text, or a source such as `{secretKeyRef: {name, key}}`. They override the stack’s own. Encrypted values are passed in a Secret.',
    NONE,
  ),
  volumes: setting(podKinds.volumes.optional(), 'Additional volumes, as in a pod.', NONE),
  volumeMounts: setting(podKinds.volumeMounts.optional(), 'Where to mount them, as in a container.', NONE),
  containers: setting(podKinds.containers.optional(), 'Additional containers (sidecars), as in a pod.', NONE),
  initContainers: setting(
    podKinds.initContainers.optional(),
    'Additional init containers, as in a pod. With `restartPolicy: Always`, a container keeps running as a sidecar, also in a Job.',
    NONE,
  ),
}
