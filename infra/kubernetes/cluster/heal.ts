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
  /** Objects of the stack in the cluster that are missing from the state. */
  readonly unrecorded: readonly KubeObject[]
  readonly kubectl: Pick<Kubectl, 'remove'>
  readonly print: (text: string) => Promise<void>
}

/**
 * Deletes objects with generated names that a killed run created, because the next run chooses new names. None of them
 * holds data.
 * @returns whether unrecorded objects of the stack remain that the next run must import
 * @throws Refused if the objects in the namespace belong to another state
 */
export async function clearLeftovers({ settings, state, unrecorded, kubectl, print }: Needed): Promise<boolean> {
  refuseStranger(settings, state, unrecorded)
  const left = unrecorded.filter((object) => !isNamed(object) && isNewest(object, state))
  const names = left.map(({ kind = '', metadata }) => `${kind.toLowerCase()}/${metadata.name}`)
  for (const name of names) await print(`Removing ${name}, which an earlier run created but did not record.`)
  await kubectl.remove(names)
  return unrecorded.some(isNamed)
}

/** Kinds whose objects always get the same names. */
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

/** Kinds whose objects mostly get a new generated name. */
const UNNAMED = ['jobs.batch', 'secrets', 'configmaps']

const MONITORING = ['servicemonitors', 'podmonitors', 'prometheusrules'].map((kind) => `${kind}.monitoring.coreos.com`)

/** Returns the custom resource kinds of which the settings create objects. */
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

/** Suffix of the names that the Pulumi provider generates. */
const GENERATED = /-[0-9a-f]{8}$/

/**
 * Returns the objects with the stack's labels that are missing from its state.
 * @throws Refused if they cannot be listed
 */
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

/** @param resource with a type such as kubernetes:apps/v1:Deployment */
const recordedAs = (resource: StateResource) => `${kindOf(resource)} ${metadataOf(resource).name}`

const kindOf = ({ type }: StateResource) => type.slice(type.lastIndexOf(':') + 1)

/** Refuses to touch a stack of another state, whose passwords are needed to open the existing database. */
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
    `The namespace ${namespace} ${what} another stack with the name ${name}, whose state and passwords are not in this backend: choose another codebase-mcp:kubernetes.namespace, or use the backend that it was created with (PULUMI_BACKEND_URL), or, to delete that index, run: kubectl${context === undefined ? '' : ` --context ${context}`} delete namespace ${namespace}`,
  ])
}

const CLAIM = 'PersistentVolumeClaim'

/**
 * Whether no recorded object with the same base name is newer. Older objects are left over from a replacement and may
 * still be in use. Pulumi deletes them itself without telling the program.
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
