import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import { claimsOf } from '../demand.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Claim, Items, KubeObject } from '../objects.ts'
import { amountOf } from '../quantity.ts'

const { ok, failing } = findings('stack')

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

/** Whether somebody makes the volumes that are claimed. @param claims those that are there */
export async function checkStorage(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const sizes = await checkSizes(settings, kubectl, claims)
  const bound = new Set(claims.filter(({ status }) => status.phase === 'Bound').map(({ metadata }) => metadata.name))
  const open = Object.keys(claimsOf(settings)).filter((name) => !bound.has(name))
  if (open.length === 0 && settings.database.cnpg === undefined) return sizes
  return [...sizes, ...(await checkClass(settings, kubectl))]
}

async function checkClass(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<Finding[]> {
  const read = await kubectl.read<Items<KubeObject>>('/apis/storage.k8s.io/v1/storageclasses')
  if (read.state !== 'found') return []
  const { items } = read.value
  const names = items.map(({ metadata }) => metadata.name)
  const there = names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`
  const { storageClass } = settings.cluster
  if (storageClass !== undefined) {
    if (names.includes(storageClass)) return [ok('storage', `the class ${storageClass}`)]
    const remedy = 'Correct codebase-mcp:kubernetes.storageClass'
    return [failing('storage', `The cluster has no StorageClass ${JSON.stringify(storageClass)}; ${there}`, remedy)]
  }
  const usual = items.find(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true')
  if (usual !== undefined) return [ok('storage', `the default class ${usual.metadata.name}`)]
  const remedy = 'Set codebase-mcp:kubernetes.storageClass, or make one the default'
  return [failing('storage', `The cluster has no default StorageClass; ${there}`, remedy)]
}

/** Volumes grow where their class lets them, and none gets smaller. */
async function checkSizes(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const wanted = claimsOf(settings)
  const changed = claims.flatMap(({ metadata: { name }, spec }) => {
    const size = spec.resources?.requests?.storage
    const [there, bytes] = [amountOf(size), wanted[name]]
    if (there === undefined || bytes === undefined || bytes === there) return []
    return [{ name, size, gibibytes: bytes / GIB, isSmaller: bytes < there, of: spec.storageClassName }]
  })
  const smaller = changed.filter(({ isSmaller }) => isSmaller)
  const larger = changed.filter(({ isSmaller }) => !isSmaller)
  const fixed = larger.length === 0 ? [] : await classesThatDoNotGrow(kubectl)
  return [
    ...smaller.map(({ name, size, gibibytes }) =>
      failing(
        'storage',
        `The volume ${name} has ${size} and is to have ${gibibytes}Gi; none gets smaller`,
        remedyFor(size),
      ),
    ),
    ...larger
      .filter(({ of = '' }) => fixed.includes(of))
      .map(({ name, size, gibibytes, of }) =>
        failing(
          'storage',
          `The volume ${name} has ${size} and is to have ${gibibytes}Gi, and its class ${of} lets none grow`,
          `${remedyFor(size)}, or set allowVolumeExpansion of the class`,
        ),
      ),
  ]
}

const GIB = 1024 ** 3
const remedyFor = (size = '') => `Set its storage to ${size}`

async function classesThatDoNotGrow({ read }: Pick<Kubectl, 'read'>): Promise<readonly string[]> {
  const found = await read<Items<StorageClass>>('/apis/storage.k8s.io/v1/storageclasses')
  if (found.state !== 'found') return []
  return found.value.items.filter((each) => each.allowVolumeExpansion !== true).map(({ metadata }) => metadata.name)
}

interface StorageClass extends KubeObject {
  readonly allowVolumeExpansion?: boolean
}
