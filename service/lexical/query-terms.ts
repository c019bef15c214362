import { definitionTerm, exactDefinitionTerm, partsOf, termsOf, tokensOf, wholeTerm } from './terms.ts'

const MAX_TOKENS = 48
/** As many words as there are bits to note which of them a document holds. */
const MAX_WORDS = 31

/** A term to look up, and what its score counts. */
interface QueryTerm {
  readonly term: string
  readonly weight: number
}

export interface ParsedQuery {
  readonly terms: readonly QueryTerm[]
  /** Stems of the words that count, without repetition. */
  readonly words: readonly string[]
  /** What is named as a thing in code is, in one convention of writing. */
  readonly names: readonly string[]
  /** Whether it names things in code and asks nothing in words: `ReadFile`, `open_file HTTPServer`. */
  readonly isName: boolean
}

/** What a term counts, by its relation to the query's text. */
export interface QueryWeights {
  readonly word: number
  readonly wholeName: number
  readonly partOfName: number
  /** Two neighbouring words written as one. */
  readonly joined: number
  /** The definition of what looks like a name, of any word, of two neighbouring words written as one. */
  readonly definedName: number
  readonly definedWord: number
  readonly definedJoined: number
  /** The definition of what looks like a name, as written. */
  readonly definedExactly: number
}

export const QUERY_WEIGHTS: QueryWeights = {
  word: 0.5,
  wholeName: 2.5,
  partOfName: 0.4,
  joined: 0.4,
  definedName: 1,
  definedWord: 0.35,
  definedJoined: 1,
  definedExactly: 0.5,
}

// Words that a question is asked with, and that say nothing about the code asked for.
const STOP_WORDS = new Set(
  `a about all also an and any are as at be been being between both but by can could did do does doing done each either for from
  had has have how i if in into is it its me my of on once or our shall should so some such than that the their them then
  there these they this those through to up us use used uses using was we were what when where which while who why will with within
  would you your find show implementation implemented implements code function functions method methods class classes handled works work`.split(
    /\s+/,
  ),
)

/** What a question in words or a name in code asks the index for. */
export function parseQuery(text: string, weights: QueryWeights = QUERY_WEIGHTS): ParsedQuery {
  const all = tokensOf(text).slice(0, MAX_TOKENS)
  const telling = all.filter(tells)
  const tokens = telling.length > 0 ? telling : all
  const names = tokens.filter(looksLikeName)
  const isName = tokens.length === 1 || (tokens.length === all.length && tokens.every(looksLikeName))
  const terms = new Map<string, number>()
  const words = new Set<string>()
  for (const token of tokens) {
    addText(token, terms, words, weights)
    addDefinition(token, isName || names.includes(token), terms, weights)
  }
  all.forEach((token, at) => {
    const next = all[at + 1]
    if (next !== undefined && tells(token) && tells(next)) addJoined(token + next, terms, weights)
  })
  return {
    terms: Array.from(terms, ([term, weight]) => ({ term, weight })),
    words: [...words].slice(0, MAX_WORDS),
    names: (isName ? tokens : names).map(wholeTerm),
    isName,
  }
}

function addText(token: string, terms: Map<string, number>, words: Set<string>, weights: QueryWeights): void {
  const [first, ...parts] = termsOf(token)
  if (first === undefined) return
  raise(terms, first, parts.length === 0 ? weights.word : weights.wholeName)
  for (const part of parts) raise(terms, part, weights.partOfName)
  for (const word of parts.length === 0 ? [first] : parts) words.add(word)
}

function addDefinition(token: string, isName: boolean, terms: Map<string, number>, weights: QueryWeights): void {
  raise(terms, definitionTerm(token), isName ? weights.definedName : weights.definedWord)
  if (isName) raise(terms, exactDefinitionTerm(token), weights.definedExactly)
}

/** Neighbouring words may be one name in the code: "json response" asks for `JSONResponse` too. */
function addJoined(name: string, terms: Map<string, number>, weights: QueryWeights): void {
  raise(terms, wholeTerm(name), weights.joined)
  raise(terms, definitionTerm(name), weights.definedJoined)
}

function raise(terms: Map<string, number>, term: string, weight: number): void {
  terms.set(term, Math.max(weight, terms.get(term) ?? 0))
}

function tells(token: string): boolean {
  return looksLikeName(token) || !STOP_WORDS.has(token.toLowerCase())
}

function looksLikeName(token: string): boolean {
  return partsOf(token).length > 1
}
