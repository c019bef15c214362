import type { ResourceTransformation } from '@pulumi/pulumi'
import { objectProblems } from '../kubernetes-api/rules.ts'
import type { Properties } from '../policy/policy.ts'
import { isObject, listedObjects, under } from '../policy/properties.ts'
import { unusable } from '../settings/faults.ts'
import { nearest } from '../settings/nearest.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { known } from './known.ts'
import { directiveProblems, patched, vainRemovals } from './strategic-merge.ts'

type Patch = KubernetesSettings['cluster']['patches'][number]

interface Named {
  readonly kind: string
  readonly name: string
}

/** Applies `kubernetes.patches` to objects after all other changes. */
export class Patches {
  readonly #patches: readonly Patch[]
  readonly #prefix: string
  /** Objects that `kubernetes.extraObjects` adds. */
  readonly #added: readonly Named[]
  readonly #faults: string[] = []
  readonly #used = new Set<Patch>()
  readonly #seen: Named[] = []

  constructor({ cluster: { patches, prefix, namespace, extraObjects } }: KubernetesSettings) {
    this.#patches = patches
    this.#prefix = prefix
    this.#added = extraObjects.flatMap(({ kind, metadata }) =>
      [undefined, namespace].includes(metadata.namespace) ? [{ kind, name: metadata.name }] : [],
    )
  }

  /** Transformation of the stack. Its children inherit it. */
  readonly transformation: ResourceTransformation = ({ type, name: inProgram, props, opts }) => {
    const { kind, metadata } = props as { readonly kind?: unknown; readonly metadata?: { readonly name?: unknown } }
    if (!type.startsWith('kubernetes:') || typeof kind !== 'string') return undefined
    // An object with a generated name is matched by its name in the program.
    const name = typeof metadata?.name === 'string' ? metadata.name : inProgram
    this.#refuseTwice({ kind, name })
    this.#seen.push({ kind, name })
    const own = this.#patches.filter(({ target }) => this.#isMeant(target, { kind, name }))
    for (const each of own) this.#used.add(each)
    if (own.length === 0) return undefined
    return { props: own.reduce((object, patch) => this.#checked(object, patch, { kind, name }), props), opts }
  }

  /**
   * Must be called after all objects have been registered.
   * @throws SettingsFault if a patch matches no object, or makes one invalid
   */
  refuseWrong(): void {
    const unused = this.#patches.flatMap((patch, at) => (this.#used.has(patch) ? [] : [this.#fault(patch, at)]))
    const faults = [...new Set([...unused, ...this.#faults])]
    if (faults.length > 0) throw unusable(faults)
  }

  #refuseTwice({ kind, name }: Named): void {
    const isIt = (each: Named) => each.kind === kind && each.name === name
    if (!this.#seen.some(isIt) || !this.#added.some(isIt)) return
    this.#faults.push(
      `kubernetes.extraObjects has ${kind} ${name}, which the stack creates itself; choose another name, or change that object by kubernetes.patches`,
    )
  }

  /** Applies a patch and records the problems that it causes, but not those that the object had before. */
  #checked(object: Properties, { target, patch }: Patch, { kind, name }: Named): Properties {
    const at = `kubernetes.patches.${this.#patches.findIndex((each) => each.patch === patch)}.patch`
    const strange = directiveProblems(patch)
    if (strange.length > 0) {
      this.#faults.push(...strange.map(({ path, says }) => `${[at, ...path].join('.')} ${says}`))
      return object
    }
    const changed = patched(object, patch)
    const before = new Set(problemsOf(object).map(({ path }) => path.join('.')))
    const problems = problemsOf(changed).filter(({ path }) => !before.has(path.join('.')))
    const own = identityOf(kind).filter((path) => !isSame(valueAt(object, path), valueAt(changed, path)))
    const vain = target.name === undefined ? [] : vainRemovals(known(object), patch)
    this.#faults.push(
      ...own.map(
        (path) => `${at}.${path.join('.')} identifies ${kind} ${name} and cannot be changed; remove it from the patch`,
      ),
      ...vain.map(
        (path) => `${at} removes ${path.join('.')}, which ${kind} ${name} does not have; correct or remove it`,
      ),
      ...[...severalOn(kind, changed), ...this.#scaled({ kind, name }, object, changed)].map(
        (says) => `${at} makes ${kind} ${name} invalid: ${says}`,
      ),
      ...problems.map(({ path, says }) => `${at} makes ${kind} ${name} invalid: ${path.join('.')} ${says}`),
    )
    return changed
  }

  /** A number of pods beside an autoscaler would undo its work with every `up`. */
  #scaled({ kind, name }: Named, object: Properties, changed: Properties): string[] {
    const [before, after] = [object, changed].map((each) => under(each, 'spec').replicas)
    const isOurs = kind === 'Deployment' && !this.#added.some((each) => each.kind === kind && each.name === name)
    const part = name.slice(this.#prefix.length)
    return isOurs && before === undefined && after !== undefined
      ? [`spec.replicas is set by its autoscaler; set ${part}.replicas and ${part}.maxReplicas instead`]
      : []
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
    return `kubernetes.patches.${at} is for ${what}, which the stack does not have; ${those}`
  }
}

/** Fields that identify an object or its pods. Changing one would create another object or be refused. */
const IDENTITY: readonly (readonly string[])[] = [
  ['apiVersion'],
  ['kind'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['spec', 'selector', 'matchLabels'],
]

/** A Service finds its pods by its selector. */
const identityOf = (kind: string) => (kind === 'Service' ? [...IDENTITY, ['spec', 'selector']] : IDENTITY)

/** Several pods of a StatefulSet that name the same volume would write the same files. */
function severalOn(kind: string, object: Properties): string[] {
  const claims = listedObjects(under(object, 'spec', 'template', 'spec'), 'volumes').filter(
    ({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined,
  )
  const { replicas } = under(object, 'spec')
  return kind === 'StatefulSet' && Number(replicas) > 1 && claims.length > 0
    ? [`spec.replicas is ${Number(replicas)}, but all pods would use the same volume; use database.cnpg for several`]
    : []
}

const valueAt = (object: Properties, path: readonly string[]) =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), object)

const isSame = (one: unknown, other: unknown) => JSON.stringify(known(one)) === JSON.stringify(known(other))

const problemsOf = (object: Properties) => objectProblems(known(object) as Properties)
