import type { z } from 'zod'
import { schema } from './schema.ts'

/** What the schema says of a setting, or of a group of them. */
export interface Described {
  /** As in `server.port`. */
  readonly key: string
  readonly about: string
  readonly target?: 'docker' | 'kubernetes'
  readonly unit?: string
  readonly default?: unknown
  /** What holds where it is not set and has no default. */
  readonly otherwise?: string
  /** Set where the value is a secret by its meaning. */
  readonly secret?: true
  /** Something of its form, for where a secret cannot be read. */
  readonly standIn?: string
  /** What a value is checked by, without what is wrapped around it. */
  readonly kind: z.ZodType
  /** What is inside of it; undefined where it is no group. */
  readonly inside?: readonly Described[]
}

/** Every setting, in the order of the schema; those of a group inside of it. */
export const DESCRIBED: readonly Described[] = insideOf(schema, '') ?? []

/** The settings inside of all groups, and the groups. */
export const ALL_DESCRIBED: readonly Described[] = flat(DESCRIBED)

function flat(all: readonly Described[]): Described[] {
  return all.flatMap((each) => [each, ...flat(each.inside ?? [])])
}

interface Layers {
  readonly facts: Partial<Described>
  readonly core: z.ZodType
  readonly defaultValue?: unknown
}

/** What is said of a kind by all that is wrapped around it; the outermost wins. */
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
  // What is made of texts by other rules than those of groups, such as a toleration, is one setting.
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
