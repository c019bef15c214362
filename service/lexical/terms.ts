import { composed, folded, stretchesOf, wordsOfStretch } from './scripts.ts'
import { stem } from './stem.ts'
import { TokenMemory } from './token-memory.ts'

/** Longer runs of characters are data rather than words, unless they are made of parts as long as words. */
export const MAX_TOKEN_LENGTH = 128
/** What is kept of tokens that were analysed at most, in bytes, in each thread that analyses any. */
export const TOKEN_MEMORY_BYTES = 24 * 2 ** 20
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{Nd}\p{M}]/gu
const NOT_IN_NAMES = /[^\p{L}\p{Nd}\p{M}_$]/gu

/** Marks a term that says "defined here"; no term out of a text begins like this. */
const DEFINITION_MARK = '='
/** Marks a term that says "in the name of what is defined here". */
const NAME_MARK = '~'

/** What a UTF-16 unit is: between tokens, part of one, a token of its own, one of two units. */
const BETWEEN = 0
const INSIDE = 1
const ALONE = 2
const SURROGATE = 3
/** Also characters of which composed ones are letters and digits, and those that only say where a word may break. */
const IN_TOKENS = /[\p{L}\p{N}\p{M}\p{sc=Han}_\u00ad\u200c-\u200d\u2060\ufeff]/u
/** Pictures that a text is marked with; of signs older than these, such as ©, none is a word. */
const PICTURES = /[\p{Extended_Pictographic}\p{RI}]/u
const FIRST_PICTURE = 0x2300

const kinds = Uint8Array.from({ length: 65536 }, (_, code) =>
  code >= 0xd800 && code < 0xe000 ? SURROGATE : kindOf(code),
)
/** By what a code point is beyond those of one unit; 1 more than its kind, once that is known. */
const kindsOfPairs = new Uint8Array(0x100000)

function kindOf(code: number): number {
  const character = String.fromCodePoint(code)
  if (IN_TOKENS.test(character)) return INSIDE
  return code >= FIRST_PICTURE && PICTURES.test(character) ? ALONE : BETWEEN
}

/** The kind of what one of two surrogates belongs to; only the first of them begins a token of its own. */
function kindOfPair(text: string, at: number): number {
  const isSecond = text.charCodeAt(at) >= 0xdc00
  const code = text.codePointAt(isSecond ? at - 1 : at) ?? 0
  if (code <= 0xffff) return BETWEEN
  const known = kindsOfPairs[code - 0x10000] as number
  const kind = known > 0 ? known - 1 : kindOf(code)
  kindsOfPairs[code - 0x10000] = kind + 1
  return isSecond && kind === ALONE ? BETWEEN : kind
}

/** Calls `visit` with each token of `text` in order: runs of letters, digits and underscores, and single pictures. */
export function eachToken(text: string, visit: (token: string) => void): void {
  const length = text.length
  let start = -1
  for (let at = 0; at < length; at++) {
    const unit = kinds[text.charCodeAt(at)]
    const kind = unit === SURROGATE ? kindOfPair(text, at) : unit
    if (kind === INSIDE) {
      if (start < 0) start = at
      continue
    }
    if (start >= 0) visitRun(text.slice(start, at), visit)
    start = -1
    if (kind === ALONE) visit(String.fromCodePoint(text.codePointAt(at) as number))
  }
  if (start >= 0) visitRun(text.slice(start), visit)
}

function visitRun(run: string, visit: (token: string) => void): void {
  if (run.length <= MAX_TOKEN_LENGTH || holdsWords(run)) visit(run)
}

/** How much of a long run is looked at, and what its parts are like if they are words. */
const LOOKED_AT = 2000
const LONGEST_WORD = 64
const LEAST_AVERAGE = 3.5

/** A long run holds words where it is a sentence without spaces, or a name that is one; a key or an encoded picture is not. */
function holdsWords(run: string): boolean {
  let characters = 0
  let parts = 0
  for (const stretch of stretchesOf(run.slice(0, LOOKED_AT))) {
    const { words, written } = wordsOfStretch(stretch)
    if (written < words.length) continue
    if (words.some((word) => word.length > LONGEST_WORD)) return false
    characters += words.reduce((sum, word) => sum + word.length, 0)
    parts += words.length
  }
  return run.length <= LOOKED_AT ? characters >= LEAST_AVERAGE * parts : parts === 0
}

/** The tokens of `text` in order. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  eachToken(text, (token) => tokens.push(token))
  return tokens
}

/** What one token is found by. */
export interface TokenTerms {
  /** Names of several parts as a whole. */
  readonly wholes: readonly string[]
  /** Its stemmed parts, or what has only one. */
  readonly words: readonly string[]
  /** Further spellings, and pieces of words in scripts that have no spaces or many endings. */
  readonly more: readonly string[]
  /** All of these, in this order. */
  readonly all: readonly string[]
}

const remembered = new TokenMemory<TokenTerms>(TOKEN_MEMORY_BYTES)
const termsIn = ({ all }: TokenTerms) => all.length

/**
 * The terms of one token: its stemmed parts, and where there are several also the whole, so that `HTTPServer` gives
 * `httpserver`, `http` and `server`. `more` is what else it is found by.
 */
export function analysed(token: string): TokenTerms {
  return token.length > MAX_TOKEN_LENGTH ? analyse(token) : remembered.get(token, analyse, termsIn)
}

/** The whole of a token, where it has several parts, and these. */
export function termsOf(token: string): readonly string[] {
  const { all, more } = analysed(token)
  return more.length === 0 ? all : all.slice(0, -more.length)
}

/** The stemmed words that a token is made of. */
export function wordsOf(token: string): readonly string[] {
  return analysed(token).words
}

/** A name as written in any convention, brought to one: `read_file`, `readFile` and `ReadFile` are the same. */
export function normalName(name: string): string {
  return folded(composed(name).replace(NEITHER_LETTER_NOR_DIGIT, ''))
}

/** The term of a name as a whole, in any convention of writing. */
export function wholeTerm(name: string): string {
  return stem(normalName(name))
}

/** The term of a stemmed word in the name of a definition. */
export function nameWordTerm(word: string): string {
  return NAME_MARK + word
}

/** The term of the definition of a name, in any convention of writing. */
export function definitionTerm(name: string): string {
  return DEFINITION_MARK + normalName(name)
}

/** The term of the definition of a name, exactly as written. */
export function exactDefinitionTerm(name: string): string {
  return DEFINITION_MARK + DEFINITION_MARK + asWritten(name)
}

/** The term of the definition of a member, by the names of its innermost owner and its own, exactly as written. */
export function memberTerm(owner: string, name: string): string {
  return `${exactDefinitionTerm(owner)}.${asWritten(name)}`
}

/** Whether its accents are composed is nothing that anybody sees. */
const asWritten = (name: string) => name.normalize('NFC').replace(NOT_IN_NAMES, '')

/** A name as types are mostly written: `member_store` as `MemberStore`. */
export function typeName(name: string): string {
  const capitals = (part: string) => part.charAt(0).toUpperCase() + part.slice(1)
  return name.split('_').map(capitals).join('')
}

export function isDefinitionTerm(term: string): boolean {
  return term.startsWith(DEFINITION_MARK)
}

/** The words that a name is made of, in lower case and unstemmed. */
export function partsOf(token: string): string[] {
  return stretchesOf(token).flatMap((stretch) => wordsOfStretch(stretch).words)
}

/** Whether a token is written as names in code are, of several parts, and not as words are. */
export function looksLikeName(token: string): boolean {
  return stretchesOf(token).reduce((sum, stretch) => sum + wordsOfStretch(stretch).written, 0) > 1
}

const MAX_WHOLE = 2 * MAX_TOKEN_LENGTH
const telling = (word: string) => word.length > 1 || word > '\u00ff'

const NONE: readonly string[] = []

function analyse(token: string): TokenTerms {
  const stretches = stretchesOf(token)
  const [first, ...others] = stretches.map(termsOfStretch)
  if (first === undefined) return terms(NONE, NONE, NONE)
  if (others.length === 0) return first
  const found = [first, ...others]
  return terms(
    found.flatMap(({ wholes }) => wholes),
    found.flatMap(({ words }) => words),
    found.flatMap(({ more }) => more),
  )
}

function termsOfStretch(stretch: string): TokenTerms {
  const { words, written, more } = wordsOfStretch(stretch)
  const told = words.filter(telling).map(stem)
  const whole = written > 1 ? normalName(stretch) : ''
  const wholes = whole.length > 1 && whole.length <= MAX_WHOLE ? [stem(whole)] : NONE
  const further = more.length === 0 ? NONE : more.map(stem)
  return told.length > 0 ? terms(wholes, told, further) : terms(NONE, wholes, further)
}

function terms(wholes: readonly string[], words: readonly string[], more: readonly string[]): TokenTerms {
  const all = wholes.length + more.length === 0 ? words : [...wholes, ...words, ...more]
  return { wholes, words, more, all }
}
