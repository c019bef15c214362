import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import { claimsOf } from '../demand.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Claim, Items, KubeObject } from '../objects.ts'

const { ok, failing } = findings('stack')

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

/** Whether somebody makes the volumes that are claimed. @param claims those that are there */
export async function checkStorage(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const bound = new Set(claims.filter(({ status }) => status.phase === 'Bound').map(({ metadata }) => metadata.name))
  const open = Object.keys(claimsOf(settings)).filter((name) => !bound.has(name))
  if (open.length === 0 && settings.database.cnpg === undefined) return []
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
