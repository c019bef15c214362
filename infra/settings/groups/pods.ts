import { type Facts, setting } from '../kinds.ts'
import { objectName } from '../kubernetes-kinds.ts'
import { podKinds, serviceAccount, sourcedVariables } from '../pod-kinds.ts'

/** How pods are placed and labelled: of all parts in `kubernetes`, of one in its own group. */
export const podSettings = (facts: Facts) => {
  const of = <Kind extends Parameters<typeof setting>[0]>(kind: Kind, about: string) =>
    setting(kind, about, { target: 'kubernetes', ...facts })
  return {
    podLabels: of(podKinds.labels.optional(), 'Labels of the pods, which no selector asks for; keys of a part win.'),
    podAnnotations: of(podKinds.annotations.optional(), 'Annotations of the pods; keys of a part win.'),
    nodeSelector: of(podKinds.nodeSelector.optional(), 'Labels that a node must have; keys of a part win.'),
    tolerations: of(podKinds.tolerations.optional(), 'Taints that the pods tolerate, as a pod has them.'),
    affinity: of(podKinds.affinity.optional(), 'Node and pod affinity, as a pod has it.'),
    topologySpreadConstraints: of(
      podKinds.spread.optional(),
      'How the pods spread over nodes and zones, as a pod has it; servers and workers spread over both by themselves.',
    ),
    hostAliases: of(podKinds.hostAliases.optional(), 'Addresses of hosts that DNS does not know, as a pod has them.'),
    dnsConfig: of(podKinds.dnsConfig.optional(), 'Name servers, search domains and options of DNS, as a pod has them.'),
    supplementalGroups: of(podKinds.supplementalGroups.optional(), 'Further groups of the user that pods run as.'),
    imagePullPolicy: of(podKinds.pullPolicy.optional(), 'When images are pulled: `Always`, `IfNotPresent` or `Never`.'),
    priorityClass: of(objectName('a PriorityClass').optional(), 'Name of an existing PriorityClass.'),
    schedulerName: of(objectName('a scheduler').optional(), 'Scheduler that places the pods.'),
    serviceAccount: of(
      serviceAccount.optional(),
      'ServiceAccount that the pods run under, `{name, create, annotations}`: made unless `create` is `false`; its token is never mounted.',
    ),
  }
}

/** What holds for pods of a part that says nothing else. */
export const SHARED = 'that of `kubernetes`'

const OF_A_PART: Facts = { target: 'kubernetes', otherwise: SHARED }
const NONE: Facts = { target: 'kubernetes', otherwise: 'none' }

/** What a part has of its own: where its pods run, and what is in them besides the program. */
export const partSettings = {
  ...podSettings(OF_A_PART),
  env: setting(
    sourcedVariables.optional(),
    'Variables by name, each a text or a source such as `{secretKeyRef: {name, key}}`; they win over the stack’s own, and encrypted ones arrive by a Secret.',
    NONE,
  ),
  volumes: setting(podKinds.volumes.optional(), 'Further volumes, as a pod has them.', NONE),
  volumeMounts: setting(podKinds.volumeMounts.optional(), 'Where the part sees them, as a container has it.', NONE),
  containers: setting(podKinds.containers.optional(), 'Containers beside the part’s own, as a pod has them.', NONE),
  initContainers: setting(
    podKinds.initContainers.optional(),
    'Containers that run before the part’s own, as a pod has them; with `restartPolicy: Always` one stays beside it, also in a Job.',
    NONE,
  ),
}
