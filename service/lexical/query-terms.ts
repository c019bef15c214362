import {
  analysed,
  definitionTerm,
  exactDefinitionTerm,
  looksLikeName,
  memberTerm,
  nameWordTerm,
  tokensOf,
  typeName,
  wholeTerm,
  wordsOf,
} from './terms.ts'
import { plainlyWritten } from './written-name.ts'

/** Of a longer text as many from its beginning as from its end count. */
const MAX_TOKENS = 48
const LONGEST_PIECE = 16
/** In UTF-16 units. */
const LONGEST_NAME = 1000
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
  /** What it asks for the definition of, where it names one thing and asks nothing else. */
  readonly wanted?: WantedDefinition
}

/** The terms by which the definition of one name is found. */
export interface WantedDefinition {
  /** As written, and in any convention of writing. */
  readonly exact: string
  readonly normal: string
  /** Where it is named as a member of something: of both names, as written and with the owner as a type, and the owner's. */
  readonly member?: string
  readonly memberOfType?: string
  readonly owner?: { readonly whole: string; readonly words: readonly string[] }
  /** With the sign by which libraries tell an inner name from the one they export. */
  readonly inner?: string
  /** The whole term of the name where it may as well be a plain word. */
  readonly plain?: string
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
  const all = fromBothEnds(tokensOf(text).flatMap(inPieces))
  const named = nameIn(text)
  const telling = named?.flatMap(tokensOf) ?? all.filter(tells)
  const tokens = telling.length > 0 ? telling : all
  const names = tokens.filter(looksLikeName)
  const isName =
    tokens.length === 1 || named !== undefined || (tokens.length === all.length && tokens.every(looksLikeName))
  const terms = new Map<string, number>()
  const words = new Set<string>()
  for (const token of tokens) {
    addText(token, terms, words, weights)
    addDefinition(token, isName || names.includes(token), terms, weights)
  }
  addNeighbours(all, terms, weights)
  const wanted = named && wantedBy(named)
  if (wanted !== undefined) addWanted(wanted, terms, weights)
  return {
    terms: Array.from(terms, ([term, weight]) => ({ term, weight })),
    words: [...words].slice(0, MAX_WORDS),
    names: (isName ? tokens : names).map(wholeTerm),
    isName,
    ...(wanted && { wanted }),
  }
}

/** All terms whose postings answer the query: those that score, and its words in names. */
export function termsToRead({ terms, words }: ParsedQuery): string[] {
  return [...terms.map(({ term }) => term), ...words.map(nameWordTerm)]
}

function addNeighbours(all: readonly string[], terms: Map<string, number>, weights: QueryWeights): void {
  all.forEach((token, at) => {
    const next = all[at + 1]
    if (next !== undefined && tells(token) && tells(next)) addJoined(token + next, terms, weights)
  })
}

function addWanted(wanted: WantedDefinition, terms: Map<string, number>, weights: QueryWeights): void {
  for (const term of [wanted.exact, wanted.inner, wanted.normal, wanted.member, wanted.memberOfType]) {
    if (term !== undefined) raise(terms, term, weights.definedExactly)
  }
}

/** A sentence without spaces is as long as many words: it is cut into pieces that share a character. */
function inPieces(token: string): string[] {
  const characters = Array.from(token)
  if (characters.length <= LONGEST_PIECE || looksLikeName(token) || analysed(token).words.length < 2) return [token]
  const pieces: string[] = []
  for (let at = 0; at + 1 < characters.length; at += LONGEST_PIECE - 1) {
    pieces.push(characters.slice(at, at + LONGEST_PIECE).join(''))
  }
  return pieces
}

function fromBothEnds(tokens: readonly string[]): string[] {
  if (tokens.length <= MAX_TOKENS) return [...tokens]
  return [...tokens.slice(0, MAX_TOKENS / 2), ...tokens.slice(-MAX_TOKENS / 2)]
}

const NAME = String.raw`[\p{L}\p{Nd}\p{M}_$]+`
const QUALIFIED = String.raw`${NAME}(?:(?:\.|::|#|->|\\)${NAME})*`
/** `charge-wallet` */
const HYPHENATED = `${NAME}(?:-${NAME})+`
/** `Model.save()`, `std::vec::Vec`, `Server#listen` */
const ONE_NAME = new RegExp(String.raw`^[\s\x60'"*&@]*(${QUALIFIED}|${HYPHENATED})(?:\(\)|[!?])?[\s\x60'";:]*$`, 'u')
/** What stands before a name to say what it names, or to ask where that is. */
const ASKED_FOR =
  /^(?:where\s+(?:is|are)\s+|(?:the\s+)?(?:definition|declaration|implementation)\s+of\s+)?(?:the\s+)?(?:(?:class|interface|struct|enum|trait|type|def|func|function|fn|fun|method|const|module)\s+)?/i
const ASKED_AFTER =
  /\s+(?:(?:is|are)\s+)?(?:defined|declared|implemented|definition|declaration|implementation)\s*\??$/i
/** Names that stand for whatever the code is in. */
const SELF = new Set(['self', 'this', 'cls', 'super', 'Self'])

/** `get_user!/1`, `(*Char).splice`; only the notations of Objective-C and Rust have blanks. */
const IN_ONE = /^\s*(?:\S+|[-+]\[[^\]]*\]|<[^>]*>::\S+)\s*$/

/** The parts of the one name that the text asks for and that is all it says. */
function nameIn(text: string): string[] | undefined {
  if (text.length > LONGEST_NAME) return undefined
  const whole =
    ONE_NAME.exec(text)?.[1] ??
    codeNameIn(text.replace(ASKED_FOR, '').replace(ASKED_AFTER, '')) ??
    (IN_ONE.test(text) ? codeNameIn(plainlyWritten(text)) : undefined)
  if (whole === undefined) return undefined
  const parts = whole.split(/\.|::|#|->|\\/).filter((part) => tokensOf(part).length > 0)
  const own = parts.filter((part) => !SELF.has(part))
  return own.length > 0 ? own : parts
}

/** Among words, a name only counts as one where it is written as no word is. */
function codeNameIn(text: string): string | undefined {
  const name = ONE_NAME.exec(text)?.[1]
  return name !== undefined && /[\p{Lu}_.:#\d]/u.test(name) ? name : undefined
}

function wantedBy(parts: readonly string[]): WantedDefinition | undefined {
  const name = parts.at(-1)
  const owner = parts.at(-2)
  if (name === undefined) return undefined
  return {
    exact: exactDefinitionTerm(name),
    normal: definitionTerm(name),
    ...(!name.startsWith('$') && { inner: exactDefinitionTerm(`$${name}`) }),
    ...(owner === undefined && /^\p{Ll}+$/u.test(name) && { plain: wholeTerm(name) }),
    ...(owner !== undefined && {
      member: memberTerm(owner, name),
      memberOfType: memberTerm(typeName(owner), name),
      owner: { whole: wholeTerm(owner), words: wordsOf(owner) },
    }),
  }
}

function addText(token: string, terms: Map<string, number>, words: Set<string>, weights: QueryWeights): void {
  const { wholes, words: own, more } = analysed(token)
  for (const whole of wholes) raise(terms, whole, weights.wholeName)
  for (const word of own) raise(terms, word, wholes.length === 0 ? weights.word : weights.partOfName)
  // Single characters are for who asks for one.
  for (const term of more) if (Array.from(term).length > 1) raise(terms, term, weights.partOfName)
  for (const word of own) words.add(word)
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
