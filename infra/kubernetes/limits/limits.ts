import type { ResourceTransformation } from '@pulumi/pulumi'
import { allClaimsOf } from '../../plan/demand.ts'
import { kindOf } from '../../policy/pods.ts'
import { type Properties, type Subject, UNKNOWN } from '../../policy/policy.ts'
import { under } from '../../policy/properties.ts'
import { unusable } from '../../settings/faults.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { known } from '../known.ts'
import { faultsOfQuota } from './quotas.ts'
import { faultsOfRanges, rangesOf, withDefaults } from './ranges.ts'
import { workloadsOf } from './workloads.ts'

/** Checks the stack's own pods and volumes against the ResourceQuotas and LimitRanges that the stack creates. */
export class Limits {
  readonly #settings: KubernetesSettings
  readonly #seen: Subject[] = []

  constructor(settings: KubernetesSettings) {
    this.#settings = settings
  }

  /** Transformation of the stack, which must come after those that change objects. */
  readonly transformation: ResourceTransformation = ({ type, name, props }) => {
    if (type.startsWith('kubernetes:')) this.#seen.push({ type, name, inputs: props })
    return undefined
  }

  /**
   * Must be called after all objects have been registered.
   * @throws SettingsFault if a pod would be refused, or the pods together exceed a quota
   */
  refuseExceeded(): void {
    const isLimit = (object: Subject) => ['ResourceQuota', 'LimitRange'].includes(kindOf(object) ?? '')
    if (!this.#seen.some(isLimit)) return
    const objects = this.#seen
      .map((each) => ({ ...each, inputs: known(each.inputs) as Properties }))
      .filter(this.#isHere)
    const of = (kind: string) => objects.filter((object) => kindOf(object) === kind)
    const ranges = of('LimitRange').flatMap((object) => rangesOf(object.inputs, this.#pathOf(object)))
    const given = workloadsOf(objects)
    const claims = allClaimsOf(objects)
    const workloads = given.map((each) => ({
      ...each,
      containers: each.containers.map((container) => withDefaults(container, ranges)),
    }))
    const faults = [
      ...faultsOfRanges(ranges, given, claims),
      ...of('ResourceQuota').flatMap((quota) =>
        faultsOfQuota(quota.inputs, this.#pathOf(quota), { workloads, claims, objects }),
      ),
    ]
    if (faults.length > 0) throw unusable(faults)
  }

  readonly #isHere = ({ inputs }: Subject): boolean => {
    const { namespace = UNKNOWN } = under(inputs, 'metadata')
    return namespace === UNKNOWN || namespace === this.#settings.cluster.namespace
  }

  #pathOf(object: Subject): string {
    const { name } = under(object.inputs, 'metadata')
    const at = this.#settings.cluster.extraObjects.findIndex(
      (each) => each.kind === kindOf(object) && each.metadata.name === name,
    )
    return at === -1
      ? `kubernetes.quotaCpus or quotaMemory (${kindOf(object)} ${String(name)})`
      : `kubernetes.extraObjects.${at}`
  }
}
