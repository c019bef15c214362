import { type Finding, findings } from '../../../finding.ts'
import { allClaimsOf, type Claimed } from '../../../plan/demand.ts'
import { MOVING } from '../../../plan/volume-step.ts'
import type { Subject } from '../../../policy/policy.ts'
import { amountOf } from '../../../settings/kinds.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Claim, Items, KubeObject } from '../objects.ts'

const { ok, failing } = findings('stack')

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

interface StorageClass extends KubeObject {
  readonly allowVolumeExpansion?: boolean
}

/**
 * Checks that StorageClasses exist for the new volumes and that existing volumes can be resized.
 * @param claims existing ones
 */
export async function checkStorage(
  resources: readonly Subject[],
  { read }: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const wanted = allClaimsOf(resources)
  const bound = new Set(claims.filter(({ status }) => status.phase === 'Bound').map(({ metadata }) => metadata.name))
  const open = wanted.filter(({ name }) => !bound.has(name))
  const found = await read<Items<StorageClass>>('/apis/storage.k8s.io/v1/storageclasses')
  const classes = found.state === 'found' ? found.value.items : undefined
  const named = [...new Set(open.map(({ storageClass }) => storageClass))]
  return [
    ...claims.flatMap((claim) => {
      const asked = wanted.find((each) => isFor(each, claim.metadata.name))
      return asked === undefined ? [] : [...checkSize(claim, asked, classes ?? []), ...checkKept(claim, asked)]
    }),
    ...(classes === undefined ? [] : named.map((name) => checkClass(name, classes))),
  ]
}

/** @param name undefined for the cluster's default */
function checkClass(name: string | undefined, classes: readonly StorageClass[]): Finding {
  const names = classes.map(({ metadata }) => metadata.name)
  const there = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  if (name === undefined) {
    const usual = classes.find(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true')
    if (usual !== undefined) return ok('storage', `the default class ${usual.metadata.name}`)
    const remedy = 'Set codebase-mcp:kubernetes.storageClass, or make one the default'
    return failing('storage', `The cluster has no default StorageClass; ${there}`, remedy)
  }
  if (names.includes(name)) return ok('storage', `the class ${name}`)
  const remedy = 'Correct codebase-mcp:kubernetes.storageClass'
  return failing('storage', `The cluster has no StorageClass ${JSON.stringify(name)}; ${there}`, remedy)
}

/**
 * Whether a claim belongs to a planned volume. CloudNativePG names its claims such as `postgres-1` and
 * `postgres-1-wal`.
 */
function isFor({ name, ofCluster }: Claimed, claim: string): boolean {
  if (ofCluster === undefined) return name === claim
  const [, cluster, isWal] = /^(.+)-\d+(-wal)?$/.exec(claim) ?? []
  return cluster === ofCluster.name && (isWal !== undefined) === (ofCluster.key === 'walStorage')
}

/** Checks that the StorageClass of a bound volume does not change, which is impossible. */
function checkKept({ metadata: { name }, spec, status }: Claim, { storageClass }: Claimed): Finding[] {
  const own = spec.storageClassName
  if (status.phase !== 'Bound' || own === undefined || storageClass === undefined || own === storageClass) return []
  const detail = `The volume ${name} has the StorageClass ${own}, but the settings request ${storageClass}; a volume keeps its StorageClass`
  return [failing('storage', detail, `Set codebase-mcp:kubernetes.storageClass to ${own}; ${MOVING}, to another class`)]
}

/** Checks that a volume only grows, and only if its class supports expansion. */
function checkSize(
  { metadata: { name }, spec }: Claim,
  { size: bytes }: Claimed,
  classes: readonly StorageClass[],
): Finding[] {
  const { storage: size = '' } = spec.resources?.requests ?? {}
  const there = amountOf(size)
  if (Number.isNaN(there) || bytes === there) return []
  const detail = `The volume ${name} has ${size}, but the settings request ${bytes / GIB}Gi`
  const remedy = `Set its storage to ${size}`
  if (bytes < there)
    return [failing('storage', `${detail}; a volume cannot shrink`, `${remedy}; ${MOVING}, to a smaller one`)]
  const own = classes.find(({ metadata }) => metadata.name === spec.storageClassName)
  if (own === undefined || own.allowVolumeExpansion === true) return []
  return [
    failing(
      'storage',
      `${detail}, and its StorageClass ${own.metadata.name} does not allow volume expansion`,
      `${remedy}, or set allowVolumeExpansion of the class`,
    ),
  ]
}

const GIB = 1024 ** 3
