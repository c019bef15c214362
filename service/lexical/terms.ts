import { stem } from './stem.ts'

/** Longer runs of characters are data rather than words. */
export const MAX_TOKEN_LENGTH = 128
const MAX_REMEMBERED = 200_000
const UNDERSCORE = 95
const PARTS = /\p{Lu}{2,}s(?!\p{Ll})|\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Nd}+|\p{Lo}+/gu
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{Nd}\p{M}]/gu
const NOT_IN_TOKENS = /[^\p{L}\p{Nd}\p{M}_]/gu
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{3,}$/u

/** Marks a term that says "defined here"; no term out of a text begins like this. */
const DEFINITION_MARK = '='
/** Marks a term that says "in the name of what is defined here". */
const NAME_MARK = '~'

/** 1 for what a token is made of, 0 for what lies between tokens. */
const tokenCharacters = new Uint8Array(65536)
for (let code = 0; code < 65536; code++) {
  if (code === UNDERSCORE || /[\p{L}\p{Nd}\p{M}]/u.test(String.fromCharCode(code))) tokenCharacters[code] = 1
}

const remembered = new Map<string, readonly string[]>()

/** Calls `visit` with each token of `text` in order: runs of letters, digits and underscores. */
export function eachToken(text: string, visit: (token: string) => void): void {
  const length = text.length
  let start = -1
  for (let at = 0; at <= length; at++) {
    if (at < length && tokenCharacters[text.charCodeAt(at)] === 1) {
      if (start < 0) start = at
    } else if (start >= 0) {
      if (at - start <= MAX_TOKEN_LENGTH) visit(text.slice(start, at))
      start = -1
    }
  }
}

/** The tokens of `text` in order. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  eachToken(text, (token) => tokens.push(token))
  return tokens
}

/**
 * The terms of one token: its stemmed parts, and where there are several also the whole, so that `HTTPServer` gives
 * `httpserver`, `http` and `server`.
 */
export function termsOf(token: string): readonly string[] {
  const known = remembered.get(token)
  if (known !== undefined) return known
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  const terms = analyse(token)
  remembered.set(token, terms)
  return terms
}

/** The stemmed words that a token is made of. */
export function wordsOf(token: string): readonly string[] {
  const terms = termsOf(token)
  return terms.length > 1 ? terms.slice(1) : terms
}

/** A name as written in any convention, brought to one: `read_file`, `readFile` and `ReadFile` are the same. */
function normalName(name: string): string {
  return name.replace(NEITHER_LETTER_NOR_DIGIT, '').toLowerCase()
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
  return DEFINITION_MARK + DEFINITION_MARK + name.replace(NOT_IN_TOKENS, '')
}

/** The term of the definition of a member, by the names of its innermost owner and its own, exactly as written. */
export function memberTerm(owner: string, name: string): string {
  return `${exactDefinitionTerm(owner)}.${name.replace(NOT_IN_TOKENS, '')}`
}

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
  return (token.match(PARTS) ?? []).flatMap(unspaced).map((part) => part.toLowerCase())
}

function analyse(token: string): readonly string[] {
  const parts = partsOf(token)
  const terms = parts.filter((part) => part.length > 1 || part > '\u00ff').map(stem)
  const whole = normalName(token)
  if (parts.length > 1 && whole.length > 1) terms.unshift(stem(whole))
  return terms
}

/** Scripts without spaces between words are cut into pairs of characters. */
function unspaced(part: string): string[] {
  if (!UNSPACED.test(part)) return [part]
  const characters = Array.from(part)
  return characters.slice(1).map((character, at) => characters[at] + character)
}
