import { obstructed } from '../../faults.ts'
import { hasDatabase } from '../../settings/derived.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { FormerState, StateResource } from '../../state.ts'
import { called } from '../metadata.ts'
import type { Kubectl } from './kubectl.ts'
import { type KubeObject, selectorOf, stackOf } from './objects.ts'

interface Needed {
  readonly settings: KubernetesSettings
  readonly state: FormerState
  /** What the cluster has of the stack and the state does not. */
  readonly unrecorded: readonly KubeObject[]
  readonly kubectl: Pick<Kubectl, 'remove'>
  readonly print: (text: string) => Promise<void>
}

/**
 * Clears away what a run that was killed had made under names that the next one does not know. None of it holds data.
 * @returns whether there are objects of the stack that its state does not have, and that the next run has to take over
 * @throws Refused where what is in the namespace belongs to another state
 */
export async function clearLeftovers({ settings, state, unrecorded, kubectl, print }: Needed): Promise<boolean> {
  refuseStranger(settings, state, unrecorded)
  const left = unrecorded.filter((object) => !isNamed(object) && isNewest(object, state))
  const names = left.map(({ kind = '', metadata }) => `${kind.toLowerCase()}/${metadata.name}`)
  for (const name of names) await print(`Removing ${name}, which an earlier run had begun and not recorded.`)
  await kubectl.remove(names)
  return unrecorded.some(isNamed)
}

/** The kinds of which each object gets the same name each time. */
const NAMED = [
  'persistentvolumeclaims',
  'services',
  'serviceaccounts',
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

const MONITORING = ['servicemonitors', 'podmonitors', 'prometheusrules'].map((kind) => `${kind}.monitoring.coreos.com`)

/** The kinds of operators that the settings make objects of. */
function kindsOfOperators({ secrets, profiles, worker, database, edge, cluster }: KubernetesSettings): string[] {
  const defined = cluster.extraObjects.flatMap(({ spec }) => (spec as { group?: unknown } | undefined)?.group ?? [])
  const given = cluster.extraObjects.flatMap(({ apiVersion, kind }) => {
    const [group, version] = apiVersion.split('/')
    return version === undefined || defined.includes(group ?? '') ? [] : [`${kind}.${version}.${group}`]
  })
  return [
    ...(secrets.store === undefined ? [] : ['externalsecrets.external-secrets.io']),
    ...(profiles.has('monitoring') ? MONITORING : []),
    ...(worker.prometheus === undefined ? [] : ['scaledobjects.keda.sh']),
    ...(database.cnpg === undefined ? [] : ['clusters.postgresql.cnpg.io']),
    ...(edge.kind === 'gateway' ? ['httproutes.gateway.networking.k8s.io'] : []),
    ...given,
  ]
}

const isNamed = ({ metadata }: KubeObject) => !GENERATED.test(metadata.name)

/** The end that the provider gives a name. */
const GENERATED = /-[0-9a-f]{8}$/

/** What the stack's labels say is its own, and its state does not have. @throws Refused where it cannot be seen */
export async function unrecordedOf(
  settings: KubernetesSettings,
  state: FormerState,
  kubectl: Pick<Kubectl, 'read' | 'list'>,
): Promise<readonly KubeObject[]> {
  const { name, cluster } = settings
  const kinds = [...NAMED, ...kindsOfOperators(settings), ...UNNAMED]
  const known = new Set(state.map(recordedAs))
  const [place, objects] = await Promise.all([
    kubectl.read<KubeObject>(`/api/v1/namespaces/${cluster.namespace}`),
    kubectl.list<KubeObject>(kinds, selectorOf(name)),
  ])
  const own = place.state === 'found' && stackOf(place.value) === name ? [{ ...place.value, kind: 'Namespace' }] : []
  const made = objects.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0)
  return [...own, ...made].filter(({ kind, metadata }) => !known.has(`${kind} ${metadata.name}`))
}

const metadataOf = ({ outputs }: StateResource) => (outputs.metadata ?? {}) as Partial<KubeObject['metadata']>

/** @param resource whose type is such as kubernetes:apps/v1:Deployment */
const recordedAs = (resource: StateResource) => `${kindOf(resource)} ${metadataOf(resource).name}`

const kindOf = ({ type }: StateResource) => type.slice(type.lastIndexOf(':') + 1)

/** Another state has other passwords, which would not open the database that is there. */
function refuseStranger(settings: KubernetesSettings, state: FormerState, unrecorded: readonly KubeObject[]): void {
  const { name, cluster } = settings
  const { context, namespace } = cluster
  const hasBegun = (component: string) => state.some(({ type }) => type === `codebase:kubernetes:${component}`)
  const database = called(settings, 'postgres')
  const claim = unrecorded.find(({ kind, metadata }) => kind === CLAIM && metadata.name === database)
  const isAnothers =
    (hasDatabase(settings) && claim !== undefined && !hasBegun('Postgres')) ||
    (!hasBegun('Stack') && unrecorded.length > 0)
  if (!isAnothers) return
  const what = claim === undefined ? 'holds' : `holds, in the volume claim ${database}, the database of`
  throw obstructed([
    `The namespace ${namespace} ${what} another stack with the name ${name}, whose state and passwords are not in this backend: choose another codebase-mcp:kubernetes.namespace, or the backend that it was made with (PULUMI_BACKEND_URL), or, to lose that index, remove what is left of it with: kubectl${context === undefined ? '' : ` --context ${context}`} delete namespace ${namespace}`,
  ])
}

const CLAIM = 'PersistentVolumeClaim'

/**
 * Whether nothing that the state has was made after it in its place. What is older is what a replacement has left, which
 * may be in use: Pulumi removes that itself, and does not tell the program of it.
 */
function isNewest({ kind, metadata }: KubeObject, state: FormerState): boolean {
  const baseOf = (name = '') => name.replace(GENERATED, '')
  const successors = state.filter(
    (resource) => kindOf(resource) === kind && baseOf(metadataOf(resource).name) === baseOf(metadata.name),
  )
  const madeAt = (time = '') => Date.parse(time)
  return successors.every(
    (resource) => madeAt(metadataOf(resource).creationTimestamp) <= madeAt(metadata.creationTimestamp),
  )
}
