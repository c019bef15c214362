import type { z } from 'zod'
import { schema } from './schema.ts'

/** Description of a setting or a group, from the schema. */
export interface Described {
  /** Key, such as `server.port`. */
  readonly key: string
  readonly about: string
  readonly target?: 'docker' | 'kubernetes'
  readonly unit?: string
  readonly default?: unknown
  /** Text for the default, if the schema has none. */
  readonly otherwise?: string
  /** Set if the value is a secret. */
  readonly secret?: true
  /** Valid placeholder for a secret that cannot be read. */
  readonly standIn?: string
  /** Schema of the value, without wrappers. */
  readonly kind: z.ZodType
  /** Settings inside a group. Undefined for a single setting. */
  readonly inside?: readonly Described[]
}

/** Top-level settings and groups, in the order of the schema. */
export const DESCRIBED: readonly Described[] = insideOf(schema, '') ?? []

/** All settings and groups, including nested ones. */
export const ALL_DESCRIBED: readonly Described[] = flat(DESCRIBED)

function flat(all: readonly Described[]): Described[] {
  return all.flatMap((each) => [each, ...flat(each.inside ?? [])])
}

interface Layers {
  readonly facts: Partial<Described>
  readonly core: z.ZodType
  readonly defaultValue?: unknown
}

/** Collects the metadata of a kind's wrappers. The outermost wins. */
export function unwrapped(kind: z.ZodType): Layers {
  const { innerType, out, defaultValue, type } = kind.def as unknown as {
    readonly innerType?: z.ZodType
    readonly out?: z.ZodType
    readonly defaultValue?: unknown
    readonly type: string
  }
  const own = (kind.meta() ?? {}) as Partial<Described>
  const inner = innerType ?? (type === 'pipe' && out?.def.type !== 'transform' ? out : undefined)
  if (inner === undefined) return { facts: own, core: kind }
  const layers = unwrapped(inner)
  const found = type === 'default' ? { defaultValue } : {}
  return { ...layers, ...found, facts: { ...layers.facts, ...own } }
}

function insideOf(kind: z.ZodType, group: string): Described[] | undefined {
  const { shape } = unwrapped(kind).core as unknown as { readonly shape?: Readonly<Record<string, z.ZodType>> }
  return shape === undefined ? undefined : Object.entries(shape).map(([key, each]) => described(`${group}${key}`, each))
}

function described(key: string, kind: z.ZodType): Described {
  const { facts, core, defaultValue } = unwrapped(kind)
  const { description = '', ...rest } = facts as Partial<Described> & { readonly description?: string }
  // An object whose entries have no descriptions, such as a toleration, is a single setting.
  const inside = core.def.type === 'object' && description !== '' ? insideOf(core, `${key}.`) : undefined
  const isGroup = inside?.every(({ about }) => about !== '') ?? false
  return {
    ...rest,
    key,
    about: description,
    kind: core,
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(isGroup && inside !== undefined ? { inside } : {}),
  }
}
