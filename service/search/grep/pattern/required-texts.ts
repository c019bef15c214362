/** What every text with a match contains. */
export type Requirement =
  | { readonly text: string }
  | { readonly all: readonly Requirement[] }
  | { readonly any: readonly Requirement[] }

/** What is certain about a part of a pattern. */
export interface Part {
  /** Its matches begin with one of these texts, and end with one of `last`. */
  readonly first: readonly string[]
  readonly last: readonly string[]
  /** Whether `first`, which then equals `last`, lists all matches. */
  readonly exact: boolean
  /** Other requirements of its matches. */
  readonly inside: readonly Requirement[]
}

const MOST_TEXTS = 32
const LONGEST_TEXT = 64

export const UNKNOWN: Part = { first: [''], last: [''], exact: false, inside: [] }
export const EMPTY: Part = exactly([''])

/** A part that matches exactly these texts. */
export function exactly(texts: readonly string[]): Part {
  const different = [...new Set(texts)]
  return different.length > MOST_TEXTS ? UNKNOWN : { first: different, last: different, exact: true, inside: [] }
}

/** One part followed by another. */
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

/** One or more repetitions of a part. */
export function repeated(part: Part): Part {
  return { ...part, exact: false }
}

/** Returns everything that is certain about a part. */
export function requirementsOf({ first, last, inside }: Part): Requirement[] {
  return [anyOf(first), ...inside, ...(first === last ? [] : [anyOf(last)])]
}

const anyOf = (texts: readonly string[]): Requirement => ({ any: texts.map((text) => ({ text })) })

/** Joins each of the first texts with each of the last. Returns undefined if there are too many. */
function product(firsts: readonly string[], lasts: readonly string[]): string[] | undefined {
  if (firsts.length * lasts.length > MOST_TEXTS) return undefined
  const texts = firsts.flatMap((first) => lasts.map((last) => first + last))
  return texts.some(({ length }) => length > LONGEST_TEXT) ? undefined : texts
}
