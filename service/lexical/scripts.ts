/** Scripts without spaces between words, or, like Hangul, with endings attached to them. */
const UNSPACED = ['Han', 'Hangul', 'Hira', 'Kana', 'Bopo', 'Yiii', 'Thai', 'Lao', 'Khmr', 'Mymr']
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('')

const BY_SPACING = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu')
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u')
/** In these scripts a character is a word or part of one, so two are enough. The others need three. */
const TELLS_ALONE = /^[\p{scx=Han}\p{scx=Hangul}]$/u
const PARTS = /\p{Lu}{2,}s(?!\p{Ll})|\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Nd}+|\p{Lo}+/gu
const PARTS_WITH_MARKS =
  /(?:[\p{Lu}\p{Lt}]\p{M}*){2,}s(?!\p{Ll})|(?:[\p{Lu}\p{Lt}]\p{M}*)+(?!\p{Ll})|[\p{Lu}\p{Lt}]?\p{M}*(?:\p{Ll}\p{M}*)+|\p{Nd}+|[\p{Lo}\p{Lm}\p{M}]+|[\p{Extended_Pictographic}\p{RI}]/gu
const ASCII = /^[\0-\x7f]*$/
/** Joiners, soft hyphens and variation selectors, which affect only the display of a word. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const DIGIT = /\p{Nd}/u
const FOREIGN_DIGITS = /(?![0-9])\p{Nd}/gu
const ACCENTED = /([\p{sc=Latin}\p{sc=Greek}\p{sc=Hebrew}\p{sc=Arabic}])\p{Mn}+/gu
/** Stress marks on Cyrillic letters and points below Indic ones, which people often leave out. */
const OFTEN_LEFT_OUT = /(?<=\p{sc=Cyrillic})[\u0300\u0301]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]|\u0640/gu
const SAME: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
  ё: 'е',
  ך: 'כ',
  ם: 'מ',
  ן: 'נ',
  ף: 'פ',
  ץ: 'צ',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
}
const HAS_SAME = new RegExp(`[${Object.keys(SAME).join('')}]`, 'gu')
const TRANSCRIBED: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' }
const IS_LATIN = /^[a-z0-9]+$/

/** Index terms of a run of letters and digits. */
export interface RunWords {
  /** Its parts, lower-cased and without accents. In scripts without spaces, pairs of characters. */
  readonly words: readonly string[]
  /** Number of parts that its notation shows: two for `readFile` and `read_file`, one for a sentence without spaces. */
  readonly written: number
  /** Other spellings and smaller pieces that also find it. They do not count for its length. */
  readonly more: readonly string[]
}

const NOTHING: readonly string[] = []

/** Splits a token where it changes between scripts with and without spaces. */
export function stretchesOf(token: string): readonly string[] {
  return ASCII.test(token) ? [token] : (composed(token).match(BY_SPACING) ?? [])
}

/** Returns the words of one stretch. */
export function wordsOfStretch(stretch: string): RunWords {
  if (ASCII.test(stretch)) {
    const words = (stretch.match(PARTS) ?? []).map((part) => part.toLowerCase())
    return { words, written: words.length, more: NOTHING }
  }
  return IS_UNSPACED.test(stretch) ? unspaced(Array.from(stretch.toLowerCase())) : spaced(stretch)
}

/** Composes characters, and normalizes their width and digits, so that texts that look the same are the same. */
export function composed(text: string): string {
  if (ASCII.test(text)) return text
  return text.replace(INVISIBLE, '').normalize('NFKC').replace(FOREIGN_DIGITS, asciiDigit)
}

/** Lower-cases, removes accents and points, and unifies letters that people write in several forms. */
export function folded(text: string): string {
  const lower = text.toLowerCase()
  if (ASCII.test(lower)) return lower
  const plain = lower.normalize('NFD').replace(ACCENTED, '$1').normalize('NFC').replace(OFTEN_LEFT_OUT, '')
  return plain.replace(HAS_SAME, (letter) => SAME[letter] as string)
}

function spaced(stretch: string): RunWords {
  const parts = stretch.match(PARTS_WITH_MARKS) ?? []
  const words: string[] = []
  const more: string[] = []
  for (const part of parts) {
    const word = folded(part)
    words.push(word)
    more.push(...(IS_LATIN.test(word) ? spellingsOf(part.toLowerCase(), word) : windows(Array.from(word), 3)))
  }
  const known = new Set(words)
  return { words, written: words.length, more: more.filter((term) => !known.has(term)) }
}

/** Returns the spelling with accents, and the one typed on a keyboard without them. */
function spellingsOf(written: string, word: string): string[] {
  if (written === word) return []
  const typed = written.replace(/[äöüåø]/g, (letter) => TRANSCRIBED[letter] as string)
  return typed === written ? [written] : [written, folded(typed)]
}

function unspaced(characters: readonly string[]): RunWords {
  if (characters.length < 2) return { words: characters, written: 1, more: [] }
  const alone = characters.filter((character) => TELLS_ALONE.test(character))
  const triples = windows(characters, 3).filter((triple) => !Array.from(triple).some((each) => TELLS_ALONE.test(each)))
  return { words: windows(characters, 2), written: 1, more: [...alone, ...triples] }
}

/** Returns all windows of this size. */
function windows(characters: readonly string[], size: number): string[] {
  const found: string[] = []
  for (let at = 0; at + size <= characters.length; at++) found.push(characters.slice(at, at + size).join(''))
  return found
}

/** Unicode's digits are in blocks from zero to nine. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) as number
  let zero = code
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero--
  return String((code - zero) % 10)
}
