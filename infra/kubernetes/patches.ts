import type { ResourceTransformation } from '@pulumi/pulumi'
import { unusable } from '../settings/faults.ts'
import { nearest } from '../settings/nearest.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { patched } from './strategic-merge.ts'

type Patch = KubernetesSettings['cluster']['patches'][number]

interface Named {
  readonly kind: string
  readonly name: string
}

/** The patches of the settings, which change objects after all else has been said of them. */
export class Patches {
  readonly #patches: readonly Patch[]
  readonly #prefix: string
  readonly #used = new Set<Patch>()
  readonly #seen: Named[] = []

  constructor({ cluster: { patches, prefix } }: KubernetesSettings) {
    this.#patches = patches
    this.#prefix = prefix
  }

  /** Of the stack, whose parts have it too. */
  readonly transformation: ResourceTransformation = ({ type, name: inProgram, props, opts }) => {
    const { kind, metadata } = props as { readonly kind?: unknown; readonly metadata?: { readonly name?: unknown } }
    if (!type.startsWith('kubernetes:') || typeof kind !== 'string') return undefined
    // One whose name is drawn is called as it is in the program.
    const name = typeof metadata?.name === 'string' ? metadata.name : inProgram
    this.#seen.push({ kind, name })
    const own = this.#patches.filter(({ target }) => this.#isMeant(target, { kind, name }))
    for (const each of own) this.#used.add(each)
    if (own.length === 0) return undefined
    return { props: own.reduce((object, { patch }) => patched(object, patch), props), opts }
  }

  /** Once all objects are there. @throws SettingsFault where a patch is of none of them */
  refuseUnused(): void {
    const faults = this.#patches.flatMap((patch, at) => (this.#used.has(patch) ? [] : [this.#fault(patch, at)]))
    if (faults.length > 0) throw unusable(faults)
  }

  #isMeant({ kind, name }: Patch['target'], object: Named): boolean {
    return kind === object.kind && [undefined, object.name, object.name.slice(this.#prefix.length)].includes(name)
  }

  #fault({ target: { kind, name } }: Patch, at: number): string {
    const kinds = new Set(this.#seen.map((each) => each.kind))
    const names = this.#seen.filter((each) => each.kind === kind).map((each) => each.name)
    const [what, among] = kinds.has(kind) ? [`${kind} ${name}`, names] : [kind, [...kinds]]
    const near = nearest(kinds.has(kind) ? (name ?? '') : kind, among)
    const those = near === undefined ? `there are ${among.toSorted().join(', ')}` : `did you mean ${near}?`
    return `kubernetes.patches.${at} is for ${what}, of which the stack has none; ${those}`
  }
}
