import { accountsOf, hasDatabase, isScaled } from '../../../settings/derived.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import type { Access, Kubectl } from '../kubectl.ts'
import { wantedKinds } from './kinds.ts'

const { ok, failing } = findings('stack')

type Resource = Pick<Access, 'group' | 'resource'>

const VERBS = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const

/** What is looked at while one waits. */
const WATCHED = [
  { resource: 'pods', verb: 'list' },
  { resource: 'pods', verb: 'watch' },
  { resource: 'events', verb: 'list' },
] as const

/** Whether who asks may make everything that the stack consists of. */
export async function checkPermissions(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'may'>,
  namespaceIsThere: boolean,
): Promise<Finding[]> {
  const { context, namespace, createNamespace } = settings.cluster
  const made = resourcesOf(settings).flatMap((each) => VERBS.map((verb) => ({ ...each, verb, namespace })))
  const inside = [...made, ...WATCHED.map((each) => ({ ...each, group: '', namespace }))]
  const around = createNamespace && !namespaceIsThere ? [{ verb: 'create', group: '', resource: 'namespaces' }] : []
  const wanted: readonly Access[] = [...around, ...inside]
  const allowed = await kubectl.may(wanted)
  const missing = wanted.filter((_, index) => allowed[index] !== true)
  if (missing.length === 0) return [ok('permissions', `all that the stack needs in ${namespace}`)]
  return [
    failing(
      'permissions',
      `With the context ${context ?? 'in use'} you may not ${shown(missing, namespace)}`,
      remedyOf(missing),
    ),
  ]
}

/** Resources of which the same is missing are told together. */
function shown(missing: readonly Access[], namespace: string): string {
  const ofResources = Map.groupBy(missing, nameOf)
  const alike = Map.groupBy(ofResources, ([, accesses]) => wordsOf(accesses, namespace).join(' … '))
  return [...alike.values()]
    .map((entries) => {
      const [verbs, where] = wordsOf(entries[0]?.[1] ?? [], namespace)
      return `${verbs} ${entries.map(([name]) => name).join(', ')}${where}`
    })
    .join('; ')
}

/** Verbs, and where they may not be done. */
function wordsOf(accesses: readonly Access[], namespace: string): readonly [verbs: string, where: string] {
  const isInside = accesses.every((access) => access.namespace !== undefined)
  return [accesses.map(({ verb }) => verb).join(', '), isInside ? ` in ${namespace}` : '']
}

const nameOf = ({ group, resource }: Access) => (group === '' ? resource : `${resource}.${group}`)

function remedyOf(missing: readonly Access[]): string {
  const resources = new Set(missing.map(({ resource }) => resource))
  const others = [
    ['namespaces', 'with codebase-mcp:kubernetes.createNamespace=false in a namespace that somebody makes for you'],
    ['networkpolicies', 'without network policies: codebase-mcp:network.policies=false'],
    ['resourcequotas', 'without codebase-mcp:kubernetes.quotaCpus and quotaMemory'],
  ].flatMap(([resource = '', without = '']) => (resources.has(resource) ? [without] : []))
  const ask = 'Ask whoever runs the cluster for them, such as by a RoleBinding to the ClusterRole admin'
  return [ask, ...others].join(', or go on ')
}

/** What is made, by whom these settings make it. */
function resourcesOf(settings: KubernetesSettings): Resource[] {
  const { cluster, network, edge, backup, server, worker } = settings
  const isLimited = cluster.quotaCpus !== undefined || cluster.quotaMemory !== undefined
  const all: readonly (readonly [boolean, string, ...string[]])[] = [
    [true, '', 'secrets', 'configmaps', 'services', 'persistentvolumeclaims'],
    [isLimited, '', 'resourcequotas'],
    [accountsOf(settings).length > 0, '', 'serviceaccounts'],
    [true, 'apps', 'deployments'],
    [hasDatabase(settings), 'apps', 'statefulsets'],
    [true, 'batch', 'jobs'],
    [backup.enabled, 'batch', 'cronjobs'],
    [true, 'policy', 'poddisruptionbudgets'],
    [isScaled(server) || isScaled(worker), 'autoscaling', 'horizontalpodautoscalers'],
    [network.policies, 'networking.k8s.io', 'networkpolicies'],
    [edge.kind === 'ingress', 'networking.k8s.io', 'ingresses'],
    ...wantedKinds(settings).map(({ group, resource }) => [true, group, resource] as const),
  ]
  return all.flatMap(([isMade, group, ...resources]) =>
    isMade ? resources.map((resource) => ({ group, resource })) : [],
  )
}
