import { randomInt } from 'node:crypto'
import { composed, folded, stretchesOf, wordsOfStretch } from './scripts.ts'
import { stem } from './stem.ts'
import { TokenMemory } from './token-memory.ts'

/** Longer runs of characters are data rather than words, unless their parts are as long as words. */
export const MAX_TOKEN_LENGTH = 128
/** Maximum size of the cache of analysed tokens, in bytes, in each thread that analyses any. */
export const TOKEN_MEMORY_BYTES = 24 * 2 ** 20
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{Nd}\p{M}]/gu
/** A destructor has the name of its type after a tilde. */
const NOT_IN_NAMES = /[^\p{L}\p{Nd}\p{M}_$~]/gu

/** Prefix of terms that mean "defined here". No term from a text begins with it. */
const DEFINITION_MARK = '='
/** Prefix of terms that mean "in the name of a definition here". */
const NAME_MARK = '~'
/** Term of the chunks in which functions or methods begin. Its frequency is their number. */
export const FUNCTIONS_TERM = NAME_MARK

/** Classes of UTF-16 units: between tokens, part of one, a token of its own, half of a surrogate pair. */
const BETWEEN = 0
const INSIDE = 1
const ALONE = 2
const SURROGATE = 3
/** Includes characters that compose to letters and digits, and those that only mark where a word may break. */
const IN_TOKENS = /[\p{L}\p{N}\p{M}\p{sc=Han}_\u00ad\u200c-\u200d\u2060\ufeff]/u
/** Pictographs that mark a text. Older symbols, such as ©, are not words. */
const PICTURES = /[\p{Extended_Pictographic}\p{RI}]/u
const FIRST_PICTURE = 0x2300

const kinds = Uint8Array.from({ length: 65536 }, (_, code) =>
  code >= 0xd800 && code < 0xe000 ? SURROGATE : kindOf(code),
)
/** Class plus 1 of each supplementary code point, or 0 if not determined yet. */
const kindsOfPairs = new Uint8Array(0x100000)

function kindOf(code: number): number {
  const character = String.fromCodePoint(code)
  if (IN_TOKENS.test(character)) return INSIDE
  return code >= FIRST_PICTURE && PICTURES.test(character) ? ALONE : BETWEEN
}

/** Returns the class of a surrogate's code point. Only the first surrogate begins a token of its own. */
function kindOfPair(text: string, at: number): number {
  const isSecond = text.charCodeAt(at) >= 0xdc00
  const code = text.codePointAt(isSecond ? at - 1 : at) ?? 0
  if (code <= 0xffff) return BETWEEN
  const known = kindsOfPairs[code - 0x10000] as number
  const kind = known > 0 ? known - 1 : kindOf(code)
  kindsOfPairs[code - 0x10000] = kind + 1
  return isSecond && kind === ALONE ? BETWEEN : kind
}

/**
 * Calls `visit` with each token of `text` in order: runs of letters, digits and underscores, and single pictographs.
 */
export function eachToken(text: string, visit: (token: string) => void): void {
  eachRun(text, (start, end) => visit(text.slice(start, end)))
}

/** Differs between processes, so that nobody can write a text whose tokens have the same hash. */
const SEED = randomInt(2 ** 31)

/** Receives the place of a token in a text, and a hash of its characters. */
type Visit = (start: number, end: number, hash: number) => void

/** Calls `visit` with the place of each token in `text`. */
export function eachRun(text: string, visit: Visit): void {
  const length = text.length
  let start = -1
  let hash = SEED
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    const unit = kinds[code]
    const kind = unit === SURROGATE ? kindOfPair(text, at) : unit
    if (kind === INSIDE) {
      if (start < 0) start = at
      hash = withUnit(hash, code)
      continue
    }
    if (start >= 0 && isToken(text, start, at)) visit(start, at, finished(hash))
    start = -1
    hash = SEED
    if (kind === ALONE) visitAlone(text, at, visit)
  }
  if (start >= 0 && isToken(text, start, length)) visit(start, length, finished(hash))
}

const isToken = (text: string, start: number, end: number) =>
  end - start <= MAX_TOKEN_LENGTH || holdsWords(text.slice(start, end))

function visitAlone(text: string, at: number, visit: Visit): void {
  const end = at + (kinds[text.charCodeAt(at)] === SURROGATE ? 2 : 1)
  visit(at, end, finished(withUnit(withUnit(SEED, text.charCodeAt(at)), text.charCodeAt(end - 1))))
}

/** Adds a character to a hash, by Jenkins' function. */
function withUnit(hash: number, code: number): number {
  const sum = (hash + code) | 0
  const shifted = (sum + (sum << 10)) | 0
  return shifted ^ (shifted >>> 6)
}

function finished(hash: number): number {
  const sum = (hash + (hash << 3)) | 0
  const mixed = sum ^ (sum >>> 11)
  return (mixed + (mixed << 15)) | 0
}

/** How much of a long run is examined, and what its parts look like if they are words. */
const LOOKED_AT = 2000
const LONGEST_WORD = 64
const LEAST_AVERAGE = 3.5

/**
 * A long run contains words if it is a sentence without spaces, or a name made from one. Keys and encoded pictures do
 * not.
 */
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

/** Returns the tokens of `text` in order. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  eachToken(text, (token) => tokens.push(token))
  return tokens
}

/** Terms that find a token. */
export interface TokenTerms {
  /** Whole names with several parts. */
  readonly wholes: readonly string[]
  /** Stemmed parts, or the only part. */
  readonly words: readonly string[]
  /** Other spellings, and pieces of words in scripts without spaces or with many endings. */
  readonly more: readonly string[]
  /** All of these, in this order. */
  readonly all: readonly string[]
}

const remembered = new TokenMemory<TokenTerms>(TOKEN_MEMORY_BYTES)
const termsIn = ({ all }: TokenTerms) => all.length

/**
 * Returns the terms of a token: its stemmed parts and, if there are several, the whole. `HTTPServer` gives
 * `httpserver`, `http` and `server`. `more` has other terms that find it.
 */
export function analysed(token: string): TokenTerms {
  return token.length > MAX_TOKEN_LENGTH ? termsOfToken(token) : remembered.get(token, termsOfToken, termsIn)
}

/** Returns the whole of a token with several parts, and the parts. */
export function termsOf(token: string): readonly string[] {
  const { all, more } = analysed(token)
  return more.length === 0 ? all : all.slice(0, -more.length)
}

/** Returns the stemmed words of a token. */
export function wordsOf(token: string): readonly string[] {
  return analysed(token).words
}

/** Normalizes a name's notation: `read_file`, `readFile` and `ReadFile` become the same. */
export function normalName(name: string): string {
  return folded(composed(name).replace(NEITHER_LETTER_NOR_DIGIT, ''))
}

/** Returns the term of a whole name, in any notation. */
export function wholeTerm(name: string): string {
  return stem(normalName(name))
}

/** Returns the term of a stemmed word in a definition's name. */
export function nameWordTerm(word: string): string {
  return NAME_MARK + word
}

/** Returns the term of a name's definition, in any notation. */
export function definitionTerm(name: string): string {
  return DEFINITION_MARK + normalName(name)
}

/** Returns the term of a name's definition, exactly as written. */
export function exactDefinitionTerm(name: string): string {
  return DEFINITION_MARK + DEFINITION_MARK + asWritten(name)
}

/** Returns the term of a member's definition, by its innermost owner's name and its own, exactly as written. */
export function memberTerm(owner: string, name: string): string {
  return `${exactDefinitionTerm(owner)}.${asWritten(name)}`
}

const IS_OPERATOR = /^(?:operator)?[^\p{L}\p{Nd}\p{M}\s]+$/u

/** Composed and decomposed accents look the same. An operator consists of its signs. */
function asWritten(name: string): string {
  const plain = name.normalize('NFC').replace(NOT_IN_NAMES, '')
  return (plain === '' || plain === 'operator') && IS_OPERATOR.test(name) ? name : plain
}

/** Returns a name in the usual notation of types: `member_store` becomes `MemberStore`. */
export function typeName(name: string): string {
  const capitals = (part: string) => part.charAt(0).toUpperCase() + part.slice(1)
  return name.split('_').map(capitals).join('')
}

export function isDefinitionTerm(term: string): boolean {
  return term.startsWith(DEFINITION_MARK)
}

/** Returns the words of a name, lower-cased and unstemmed. */
export function partsOf(token: string): string[] {
  return stretchesOf(token).flatMap((stretch) => wordsOfStretch(stretch).words)
}

/** Whether a token has several parts in a notation of names in code. */
export function looksLikeName(token: string): boolean {
  return stretchesOf(token).reduce((sum, stretch) => sum + wordsOfStretch(stretch).written, 0) > 1
}

const MAX_WHOLE = 2 * MAX_TOKEN_LENGTH
const telling = (word: string) => word.length > 1 || word > '\u00ff'

const NONE: readonly string[] = []

/** Returns the terms of a token, for callers that remember them. */
export function termsOfToken(token: string): TokenTerms {
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
