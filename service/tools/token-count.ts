import { readFileSync } from 'node:fs'
import { Vocabulary } from './vocabulary.ts'

let vocabulary: Vocabulary | undefined

// Loads the tokens of o200k_base, which `node training/vocabulary.ts` writes.
function loaded(): Vocabulary {
  vocabulary ??= new Vocabulary(readFileSync(new URL('./vocabulary.bin', import.meta.url)))
  return vocabulary
}

/** Splits a text at the places that no token spans, as o200k_base does. */
const PIECES =
  /[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'(?:s|t|re|ve|m|ll|d))?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'(?:s|t|re|ve|m|ll|d))?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu
/** In characters. Only repeated punctuation and spaces are longer than words. */
const LONGEST = { word: 24, run: 128, unspaced: 4, thai: 5 } as const
/** A word that is split into at least this many of the longest tokens has a few more in reality, as measured. */
const FALLS_APART = 3
const MORE_THAN_LONGEST = 1.06
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const THAI = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * Returns how many tokens of o200k_base a text has, within a few percent. Words that are not in the vocabulary are cut
 * into the longest tokens that are.
 */
export function tokensIn(text: string): number {
  const known = loaded()
  let tokens = 0
  for (const [piece] of text.matchAll(PIECES)) tokens += tokensInPiece(piece, known)
  return Math.ceil(tokens)
}

const ASCII_ONLY = /^[\0-\x7f]*$/

/** Returns an upper bound of `tokensIn`, from the length of the text alone. */
export function mostTokensIn(text: string): number {
  return Math.ceil((ASCII_ONLY.test(text) ? 1 : 2) * MORE_THAN_LONGEST * text.length)
}

function tokensInPiece(piece: string, known: Vocabulary): number {
  const isShort = piece.length <= LONGEST.unspaced || piece.charCodeAt(piece.length - 1) < 0x80
  if (isShort && piece.length <= LONGEST.run && known.has(piece)) return 1
  const most = longestIn(piece)
  let tokens = 0
  for (let at = 0; at < piece.length; ) {
    const end = known.longestAt(piece, at, most)
    if (end > at) {
      tokens++
      at = end
    } else {
      const isPair = (piece.codePointAt(at) as number) > 0xffff
      tokens += 2
      at += isPair ? 2 : 1
    }
  }
  return most === LONGEST.word && tokens >= FALLS_APART ? tokens * MORE_THAN_LONGEST : tokens
}

/** Frequent pairs are merged first, so a run without spaces is split into shorter tokens than the vocabulary has. */
function longestIn(piece: string): number {
  if (UNSPACED.test(piece)) return LONGEST.unspaced
  if (THAI.test(piece)) return LONGEST.thai
  return /\p{L}/u.test(piece) ? LONGEST.word : LONGEST.run
}

/** In readable text. */
const MOST_CHARACTERS_A_TOKEN = 8

/** Returns the longest beginning of a text that has at most `tokens` tokens. */
export function cutToTokens(text: string, tokens: number): string {
  let cut = text.slice(0, Math.max(0, tokens) * MOST_CHARACTERS_A_TOKEN)
  for (let cost = tokensIn(cut); cost > tokens && cut !== ''; cost = tokensIn(cut)) {
    cut = cut.slice(0, Math.min(cut.length - 1, Math.floor((cut.length * tokens) / cost)))
  }
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}
