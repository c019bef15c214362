import { kindOf } from './kinds.ts'
import type { Planned } from './plan.ts'

const NAMES = ['metadata.name', 'metadata.namespace']

// Properties that the Kubernetes provider cannot change in place, from its forceNew lists.
const KUBERNETES: Readonly<Record<string, readonly string[]>> = {
  Secret: ['type', 'data', 'stringData'],
  ConfigMap: ['data', 'binaryData'],
  Deployment: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  StatefulSet: [
    'spec.podManagementPolicy',
    'spec.revisionHistoryLimit',
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
  ],
  Job: ['spec.completions', 'spec.parallelism', 'spec.selector', 'spec.template'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.selector', 'spec.storageClassName', 'spec.volumeName'],
  Service: ['spec.clusterIP'],
  ResourceQuota: ['spec.scopes'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  StorageClass: ['parameters', 'provisioner'],
}

// Types that are replaced on any change.
const FIXED = /^(docker:index\/(container|network|volume|remoteImage):|random:)/

/** Whether a change of the property replaces the resource. */
export function isReplacedBy(path: string, resource: Planned): boolean {
  const { type, options } = resource
  const given = options.replaceOnChanges ?? []
  if (options.ignoreChanges?.some((ignored) => isWithin(path, ignored))) return false
  if (given.some((each) => each === '*' || isWithin(path, each)) || FIXED.test(type)) return true
  if (!type.startsWith('kubernetes:')) return false
  return [...NAMES, ...(KUBERNETES[kindOf(resource)] ?? [])].some((each) => isWithin(path, each))
}

const isWithin = (path: string, whole: string) =>
  path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`)
