import { type Finding, findings } from '../../../finding.ts'
import type { Subject } from '../../../policy/policy.ts'
import { under } from '../../../policy/properties.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Access, Kubectl } from '../kubectl.ts'
import { kindIn } from './kinds.ts'

const { ok, failing } = findings('stack')

const VERBS = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const

/** Permissions that waiting for pods requires. */
const WATCHED = [
  { resource: 'pods', verb: 'list' },
  { resource: 'pods', verb: 'watch' },
  { resource: 'events', verb: 'list' },
] as const

/** Checks that the user may manage every planned object. */
export async function checkPermissions(
  { cluster: { context, namespace } }: KubernetesSettings,
  resources: readonly Subject[],
  kubectl: Pick<Kubectl, 'may'>,
  namespaceIsThere: boolean,
): Promise<Finding[]> {
  const wanted = [
    ...resources.flatMap((each) => accessesOf(each, namespaceIsThere)),
    ...WATCHED.map((each) => ({ ...each, group: '', namespace })),
  ]
  const distinct = [...new Map(wanted.map((each) => [Object.values(each).join(' '), each])).values()]
  const allowed = await kubectl.may(distinct)
  const missing = distinct.filter((_, index) => allowed[index] !== true)
  if (missing.length === 0) return [ok('permissions', `all that the stack needs in ${namespace}`)]
  return [
    failing('permissions', `With the context ${context ?? 'in use'} you may not ${shown(missing)}`, remedyOf(missing)),
  ]
}

function accessesOf(object: Subject, namespaceIsThere: boolean): Access[] {
  const found = kindIn(object)
  if (found === undefined) return []
  const { group, resource } = found
  if (resource === 'namespaces') return namespaceIsThere ? [] : [{ verb: 'create', group, resource }]
  const { namespace } = under(object.inputs, 'metadata')
  const place = typeof namespace === 'string' ? { namespace } : {}
  return VERBS.map((verb) => ({ verb, group, resource, ...place }))
}

/** Formats missing permissions. Groups resources with the same missing verbs. */
function shown(missing: readonly Access[]): string {
  const alike = Map.groupBy([...Map.groupBy(missing, nameOf)], ([, accesses]) => wordsOf(accesses).join(' … '))
  return [...alike.values()]
    .map((entries) => {
      const [verbs, where] = wordsOf(entries[0]?.[1] ?? [])
      return `${verbs} ${entries.map(([name]) => name).join(', ')}${where}`
    })
    .join('; ')
}

/** Returns the missing verbs and the namespaces in which they are missing. */
function wordsOf(accesses: readonly Access[]): readonly [verbs: string, where: string] {
  const places = [...new Set(accesses.flatMap(({ namespace }) => namespace ?? []))]
  const verbs = [...new Set(accesses.map(({ verb }) => verb))].join(', ')
  return [verbs, places.length === 0 ? '' : ` in ${places.join(', ')}`]
}

const nameOf = ({ group, resource }: Access) => (group === '' ? resource : `${resource}.${group}`)

function remedyOf(missing: readonly Access[]): string {
  const resources = new Set(missing.map(({ resource }) => resource))
  const others = [
    ['namespaces', 'with codebase-mcp:kubernetes.createNamespace=false in a namespace that somebody creates for you'],
    ['networkpolicies', 'without network policies: codebase-mcp:network.policies=false'],
    ['resourcequotas', 'without codebase-mcp:kubernetes.quotaCpus and quotaMemory'],
  ].flatMap(([resource = '', without = '']) => (resources.has(resource) ? [without] : []))
  const ask =
    'Ask an administrator of the cluster for these permissions, such as by a RoleBinding to the ClusterRole admin'
  return [ask, ...others].join(', or continue ')
}
