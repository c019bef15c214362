/** What every text with a match contains. */
export type Requirement =
  | { readonly text: string }
  | { readonly all: readonly Requirement[] }
  | { readonly any: readonly Requirement[] }

/** What is certain of a part of a pattern. */
export interface Part {
  /** With which texts what it matches begins and ends, one of each. */
  readonly first: readonly string[]
  readonly last: readonly string[]
  /** Whether `first`, which then is `last`, is all that it matches. */
  readonly exact: boolean
  /** What is in it besides. */
  readonly inside: readonly Requirement[]
}

const MOST_TEXTS = 32
const LONGEST_TEXT = 64

export const UNKNOWN: Part = { first: [''], last: [''], exact: false, inside: [] }
export const EMPTY: Part = exactly([''])

/** A part that matches these texts and nothing else. */
export function exactly(texts: readonly string[]): Part {
  const different = [...new Set(texts)]
  return different.length > MOST_TEXTS ? UNKNOWN : { first: different, last: different, exact: true, inside: [] }
}

/** One part and then the other. */
export function inTurn(one: Part, other: Part): Part {
  if (one.exact && other.exact) {
    const both = product(one.first, other.first)
    return both === undefined ? { ...other, first: one.first, exact: false } : exactly(both)
  }
  const seam = product(one.last, other.first)
  const inside = (requirements: readonly Requirement[]) => [...one.inside, ...requirements, ...other.inside]
  if (seam === undefined) {
    return { first: one.first, last: other.last, exact: false, inside: inside([anyOf(one.last), anyOf(other.first)]) }
  }
  if (one.exact) return { ...other, first: seam }
  if (other.exact) return { ...one, last: seam }
  return { first: one.first, last: other.last, exact: false, inside: inside([anyOf(seam)]) }
}

/** Any one of the parts. */
export function eitherOf(parts: readonly Part[]): Part {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const first = [...new Set(parts.flatMap((part) => part.first))]
  if (parts.every(({ exact }) => exact) && first.length <= MOST_TEXTS) return exactly(first)
  const last = [...new Set(parts.flatMap((part) => part.last))]
  return {
    first: first.length > MOST_TEXTS ? [''] : first,
    last: last.length > MOST_TEXTS ? [''] : last,
    exact: false,
    inside: [{ any: parts.map((part) => ({ all: requirementsOf(part) })) }],
  }
}

/** A part once or more often. */
export function repeated(part: Part): Part {
  return { ...part, exact: false }
}

/** All that is certain of a part. */
export function requirementsOf({ first, last, inside }: Part): Requirement[] {
  return [anyOf(first), ...inside, ...(first === last ? [] : [anyOf(last)])]
}

const anyOf = (texts: readonly string[]): Requirement => ({ any: texts.map((text) => ({ text })) })

/** Every one of the first before every one of the others; undefined where that is too much. */
function product(firsts: readonly string[], lasts: readonly string[]): string[] | undefined {
  if (firsts.length * lasts.length > MOST_TEXTS) return undefined
  const texts = firsts.flatMap((first) => lasts.map((last) => first + last))
  return texts.some(({ length }) => length > LONGEST_TEXT) ? undefined : texts
}
