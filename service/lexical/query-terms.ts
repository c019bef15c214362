import {
  analysed,
  definitionTerm,
  exactDefinitionTerm,
  FUNCTIONS_TERM,
  looksLikeName,
  memberTerm,
  nameWordTerm,
  tokensOf,
  typeName,
  wholeTerm,
  wordsOf,
} from './terms.ts'
import { operatorIn, PROPERTY, plainlyWritten, SELF } from './written-name.ts'

/** Of a longer text, as many tokens count from the beginning as from the end. */
const MAX_TOKENS = 48
const LONGEST_PIECE = 16
/** In UTF-16 units. */
const LONGEST_NAME = 1000
/** One bit for each word, to record which of them a document contains. */
const MAX_WORDS = 31

/** A term to look up, and its weight. */
interface QueryTerm {
  readonly term: string
  readonly weight: number
}

export interface ParsedQuery {
  readonly terms: readonly QueryTerm[]
  /** Stems of the words that count, without duplicates. */
  readonly words: readonly string[]
  /** Normalized names of code that the query mentions. */
  readonly names: readonly string[]
  /** Whether the query only names things in code: `ReadFile`, `open_file HTTPServer`. */
  readonly isName: boolean
  /** The definition that the query asks for, if it consists of a single name. */
  readonly wanted?: WantedDefinition
}

/** Terms that find the definition of a name. */
export interface WantedDefinition {
  /** The name as written, and in normalized form. */
  readonly exact: string
  readonly normal: string
  /** For a member: both names as written and with the owner as a type, and the owner's term. */
  readonly member?: string
  readonly memberOfType?: string
  readonly owner?: { readonly whole: string; readonly words: readonly string[] }
  /** The name with the prefix by which libraries mark an inner name that they export without it. */
  readonly inner?: string
  /** The whole term of the name, if it may also be an ordinary word. */
  readonly plain?: string
  /** The term of its uses, if no ordinary word looks like it. */
  readonly used?: string
}

/** Weights of terms by their relation to the query's text. */
export interface QueryWeights {
  readonly word: number
  readonly wholeName: number
  readonly partOfName: number
  /** Two adjacent words written as one. */
  readonly joined: number
  /** The definition of a name, of any word, and of two adjacent words written as one. */
  readonly definedName: number
  readonly definedWord: number
  readonly definedJoined: number
  /** The definition of a name, as written. */
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

// Words that phrase a question and say nothing about the code.
const STOP_WORDS = new Set(
  `a about all also an and any are as at be been being between both but by can could did do does doing done each either for from
  had has have how i if in into is it its me my of on once or our shall should so some such than that the their them then
  there these they this those through to up us use used uses using was we were what when where which while who why will with within
  would you your find show implementation implemented implements code function functions method methods class classes handled works work`.split(
    /\s+/,
  ),
)

/** Parses a question in words or a name in code into the terms to look up. */
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

/** Whether a text has a word that counts, and not only those that phrase a question. */
export function saysSomething(text: string): boolean {
  return tokensOf(text).some(tells)
}

/** Returns all terms whose postings are needed: those that score, and the query's words in names. */
export function termsToRead({ terms, words }: ParsedQuery): string[] {
  return [...terms.map(({ term }) => term), ...words.map(nameWordTerm), FUNCTIONS_TERM]
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

/** Splits a sentence without spaces, which is as long as many words, into overlapping pieces. */
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

const NAME = String.raw`~?[\p{L}\p{Nd}\p{M}_$]+`
const QUALIFIED = String.raw`${NAME}(?:(?:\.|::|#|->|\\)${NAME})*`
/** `charge-wallet` */
const HYPHENATED = `${NAME}(?:-${NAME})+`
/** `Model.save()`, `std::vec::Vec`, `Server#listen` */
const ONE_NAME = new RegExp(
  String.raw`^[\s\x60'"*&@:#.%?-]*(${QUALIFIED}|${HYPHENATED})(?:\(\)|[!?])?[\s\x60'";:]*$`,
  'u',
)
/** Words before a name that say what it names, or ask where it is. */
const ASKED_FOR =
  /^(?:where\s+(?:is|are)\s+|(?:the\s+)?(?:definition|declaration|implementation)\s+of\s+)?(?:the\s+)?(?:(?:class|interface|struct|enum|trait|type|def|func|function|fn|fun|method|const|module)\s+)?/i
const ASKED_AFTER =
  /\s+(?:(?:is|are)\s+)?(?:defined|declared|implemented|definition|declaration|implementation)\s*\??$/i
/** `def main`, `fn run(args)`: words of a language before a name, which an English sentence does not begin with. */
const DECLARED = new RegExp(
  String.raw`^\s*(?:(?:async|export|inline|private|pub|public|static|suspend)\s+)*(?:def|defn|defp|fn|fun|func)\s+(${QUALIFIED})\s*(?:\(.*)?[:{]?\s*$`,
  'u',
)

/** `get_user!/1`, `(*Char).splice`. Only the notations of Objective-C and Rust contain spaces. */
const IN_ONE = /^\s*(?:\S+|[-+]\[[^\]]*\]|<[^>]*>::\S+)\s*$/

/** Returns the parts of the name if the text consists of a single one. */
function nameIn(text: string): string[] | undefined {
  if (text.length > LONGEST_NAME) return undefined
  const operator = operatorIn(text)
  if (operator !== undefined) return [...operator]
  const whole =
    ONE_NAME.exec(text.replace(PROPERTY, '::'))?.[1] ??
    inLisp(text) ??
    DECLARED.exec(text)?.[1] ??
    codeNameIn(text.replace(ASKED_FOR, '').replace(ASKED_AFTER, '')) ??
    (IN_ONE.test(text) ? codeNameIn(plainlyWritten(text)) : undefined)
  if (whole === undefined) return undefined
  const parts = whole.split(/\.|::|#|->|\\|\//).filter((part) => tokensOf(part).length > 0)
  const own = parts.filter((part) => !SELF.has(part))
  return own.length > 0 ? own : parts
}

/** `shop.cart/add-item!`, `*tax-rate*` */
const LISP = /^[\s`'"(#]*((?:[\w.-]+\/)?(?=[\w*+!?<>=-]*[a-z][*!?-])[*+!?\w<>=-]*)[\s`'")]*$/

const inLisp = (text: string) => LISP.exec(text)?.[1]

/** Among words, only what no ordinary word looks like counts as a name. */
function codeNameIn(text: string): string | undefined {
  const name = ONE_NAME.exec(text)?.[1]
  return name !== undefined && /[\p{Lu}_.:#\d]/u.test(name) ? name : undefined
}

function wantedBy(parts: readonly string[]): WantedDefinition | undefined {
  const name = parts.at(-1)
  const owner = parts.at(-2)
  if (name === undefined) return undefined
  const [used, ...others] = tokensOf(name).flatMap((token) => analysed(token).wholes)
  return {
    exact: exactDefinitionTerm(name),
    normal: definitionTerm(name),
    ...(!name.startsWith('$') && { inner: exactDefinitionTerm(`$${name}`) }),
    ...(owner === undefined && /^\p{Ll}+$/u.test(name) && { plain: wholeTerm(name) }),
    ...(used !== undefined && others.length === 0 && { used }),
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
  // Single characters count only if the query asks for them.
  for (const term of more) if (Array.from(term).length > 1) raise(terms, term, weights.partOfName)
  for (const word of own) words.add(word)
}

function addDefinition(token: string, isName: boolean, terms: Map<string, number>, weights: QueryWeights): void {
  raise(terms, definitionTerm(token), isName ? weights.definedName : weights.definedWord)
  if (isName) raise(terms, exactDefinitionTerm(token), weights.definedExactly)
}

/** Adjacent words may be one name in code: "json response" also looks for `JSONResponse`. */
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
