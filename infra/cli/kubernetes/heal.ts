import { obstructed } from '../../faults.ts'
import type { Subject } from '../../policy/policy.ts'
import { hasDatabase } from '../../settings/derived.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { StackState, StateResource } from '../pulumi/state.ts'
import type { Terminal } from '../terminal.ts'
import type { Kubectl } from './kubectl.ts'
import { type KubeObject, selectorOf, stackOf } from './objects.ts'
import { installedKinds } from './preflight/kinds.ts'

interface Needed {
  readonly print: Terminal['print']
  readonly kubectl: Pick<Kubectl, 'isOnPath' | 'read' | 'list' | 'remove'>
  /** What the stack is made of. */
  readonly planned: () => Promise<readonly Subject[]>
}

/**
 * Clears away what an `up` that was killed left behind: operations that nobody ends, and what
 * these had made under names that the next one does not know. None of it holds data.
 * @returns whether there are objects of the stack that its state does not have, and that the next one has to take over
 * @throws Refused where what is in the namespace belongs to another state
 */
export async function clearClusterLeftovers(
  settings: KubernetesSettings,
  state: StackState,
  tools: Needed,
): Promise<boolean> {
  const { kubectl } = tools
  const unrecorded = kubectl.isOnPath ? await unrecordedOf(settings, state, tools) : []
  refuseStranger(settings, state, unrecorded)
  if (state.pending.length > 0) await removeUnnamed(state, unrecorded, tools)
  return kubectl.isOnPath ? unrecorded.some(isNamed) : state.pending.length > 0
}

/** The kinds of which each object gets the same name each time. */
const NAMED = [
  'persistentvolumeclaims',
  'services',
  'resourcequotas',
  'deployments.apps',
  'statefulsets.apps',
  'cronjobs.batch',
  'poddisruptionbudgets.policy',
  'horizontalpodautoscalers.autoscaling',
  'networkpolicies.networking.k8s.io',
  'ingresses.networking.k8s.io',
]

/** Those that mostly get a name that there was not before. */
const UNNAMED = ['jobs.batch', 'secrets', 'configmaps']

const isNamed = ({ metadata }: KubeObject) => !/-[0-9a-f]{8}$/.test(metadata.name)

/** What the stack's labels say is its own, and its state does not have. */
async function unrecordedOf(
  settings: KubernetesSettings,
  { resources }: StackState,
  { kubectl, planned }: Omit<Needed, 'print'>,
): Promise<readonly KubeObject[]> {
  const { name, cluster } = settings
  const { namespace } = cluster
  const kinds = installedKinds(await planned()).map(({ group, resource }) => `${resource}.${group}`)
  const known = new Set(resources.map(keyOf))
  const [place, objects] = await Promise.all([
    kubectl.read<KubeObject>(`/api/v1/namespaces/${namespace}`),
    kubectl.list<KubeObject>([...NAMED, ...kinds, ...UNNAMED], selectorOf(name)),
  ])
  const own = place.state === 'found' && stackOf(place.value) === name ? [{ ...place.value, kind: 'Namespace' }] : []
  const made = objects.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0)
  return [
    ...own.filter(({ metadata }) => !known.has(`Namespace ${metadata.name}`)),
    ...made.filter(({ kind, metadata }) => !known.has(`${kind} ${namespace}/${metadata.name}`)),
  ]
}

/** @param resource whose type is such as kubernetes:apps/v1:Deployment */
const keyOf = ({ type, id }: StateResource) => `${type.split(':').at(-1)} ${id}`

const DATABASE = 'postgres'

/** Another state has other passwords, which would not open the database that is there. */
function refuseStranger(
  settings: KubernetesSettings,
  { resources, pending }: StackState,
  unrecorded: readonly KubeObject[],
): void {
  const { name, cluster } = settings
  const { context, namespace, prefix } = cluster
  const knows = (end: string) => [...resources.map(({ urn }) => urn), ...pending].some((urn) => urn.endsWith(end))
  const claim = unrecorded.find(({ kind, metadata }) => kind === CLAIM && metadata.name === `${prefix}${DATABASE}`)
  const isAnothers =
    (hasDatabase(settings) && claim !== undefined && !knows('::superuser-password') && !knows(`::${DATABASE}-claim`)) ||
    (resources.length === 0 && pending.length === 0 && unrecorded.length > 0)
  if (!isAnothers) return
  const what = claim === undefined ? 'holds' : `holds, in the volume claim ${prefix}${DATABASE}, the database of`
  throw obstructed([
    `The namespace ${namespace} ${what} another stack with the name ${name}, whose state and passwords are not in this backend: choose another codebase-mcp:kubernetes.namespace, or the backend that it was made with (PULUMI_BACKEND_URL), or, to lose that index, remove what is left of it with: kubectl${context === undefined ? '' : ` --context ${context}`} delete namespace ${namespace}`,
  ])
}

const CLAIM = 'PersistentVolumeClaim'

/** Removes what operations that nobody ended have made, and nobody would find again. */
async function removeUnnamed(
  { pending }: StackState,
  unrecorded: readonly KubeObject[],
  { kubectl, print }: Needed,
): Promise<void> {
  const begun = pending.map(begunBy)
  const left = unrecorded
    .filter((object) => !isNamed(object))
    .filter(({ kind, metadata }) => begun.some((each) => kind === each.kind && isNamedAfter(metadata.name, each.base)))
    .map(({ kind = '', metadata }) => `${kind.toLowerCase()}/${metadata.name}`)
  for (const object of left) print(`Removing ${object}, which an earlier run had begun and not recorded.`)
  await kubectl.remove(left)
}

/** @param urn such as urn:pulumi:prod::codebase-mcp::codebase:…$kubernetes:batch/v1:Job::migration-job */
function begunBy(urn: string): { readonly kind: string; readonly base: string } {
  const [, kind = '', base = ''] = /:([^:]+)::([^:]+)$/.exec(urn) ?? []
  return { kind, base }
}

const isNamedAfter = (name: string, base: string) =>
  name.startsWith(`${base}-`) && /^[0-9a-f]{8}$/.test(name.slice(base.length + 1))
