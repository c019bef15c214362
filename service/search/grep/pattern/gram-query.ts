import { gramsOfLiteral } from '../../../lexical/grams/literal-grams.ts'
import { IGNORES_CASE, PatternReader } from './pattern-reader.ts'
import { type Requirement, requirementsOf } from './required-texts.ts'

/** The grams that a text with a match must have: all of these, or as all or any of some queries require. */
export type GramQuery =
  | { readonly grams: readonly number[] }
  | { readonly all: readonly GramQuery[] }
  | { readonly any: readonly GramQuery[] }

/** What the index can tell about a pattern. */
export interface PatternGrams {
  /** Undefined if any text may match. */
  readonly query?: GramQuery
  /** Whether every match is within one line. */
  readonly withinLine: boolean
}

/** More literals are not worth looking up. */
const MOST_LITERALS = 64

/** Returns what a text must contain for the pattern to match. */
export function gramsOfPattern(pattern: string, ignoreCase: boolean): PatternGrams {
  const reader = new PatternReader(pattern.normalize())
  const query = new Converter(ignoreCase || IGNORES_CASE.test(pattern)).convert({ all: requirementsOf(reader.read()) })
  return { ...(query && { query }), withinLine: !reader.takesBreaks }
}

class Converter {
  readonly #ignoreCase: boolean
  readonly #known = new Map<string, readonly number[]>()
  #literals = 0

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase
  }

  /** Returns undefined if there is no requirement. */
  convert(requirement: Requirement): GramQuery | undefined {
    if ('text' in requirement) return this.#text(requirement.text)
    if ('all' in requirement) {
      const all = requirement.all.flatMap((each) => this.convert(each) ?? [])
      return all.length > 1 ? { all } : all[0]
    }
    const any: GramQuery[] = []
    for (const each of requirement.any) {
      const query = this.convert(each)
      if (query === undefined) return undefined
      any.push(query)
    }
    return any.length > 1 ? { any } : any[0]
  }

  #text(text: string): GramQuery | undefined {
    const grams = this.#known.get(text) ?? gramsOfLiteral(text, this.#ignoreCase)
    this.#known.set(text, grams)
    if (grams.length === 0 || this.#literals === MOST_LITERALS) return undefined
    this.#literals++
    return { grams }
  }
}
