import { isUtf8 } from 'node:buffer'
import { isKorean, withHighBits } from './iso-2022-kr.ts'
import { inUtf8, linesOf } from './mixed-lines.ts'

export interface DecodedText {
  readonly text: string
  /** The text in UTF-8, without a byte order mark. */
  readonly utf8: Uint8Array
}

const UTF8_MARK = [0xef, 0xbb, 0xbf]
const MARK = 0xfeff
const REPLACEMENT = 0xfffd
const NUL = 0
const ESCAPE = 0x1b
const LINE_FEED = 10
const RETURN = 13

/**
 * Decodes a file. Returns undefined if it is binary. Text that is not UTF-8 is decoded by the encoding that it
 * declares, by the one `set` for it, or by the most likely one. Undecodable bytes and NUL become replacement
 * characters.
 */
export async function decodedText(bytes: Uint8Array, set?: string): Promise<DecodedText | undefined> {
  const found = await asWritten(withoutPadding(bytes), set === undefined ? undefined : knownEncoding(set))
  return found && inLines(found)
}

/** Replaces carriage returns by line feeds if lines end only in carriage returns. */
function inLines(source: DecodedText): DecodedText {
  if (!source.utf8.includes(RETURN) || source.utf8.includes(LINE_FEED)) return source
  const text = source.text.replaceAll('\r', '\n')
  return { text, utf8: Buffer.from(text) }
}

/**
 * Removes trailing NULs, which a power failure leaves in a file. In UTF-16 and UTF-32, they may be parts of characters.
 */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== NUL) return bytes
  const end = bytes.findLastIndex((byte) => byte !== NUL) + 1
  const kept = bytes.subarray(0, end)
  return end > 0 && !kept.includes(NUL) && isUtf8(kept) ? kept : bytes
}

async function asWritten(bytes: Uint8Array, set: string | undefined): Promise<DecodedText | undefined> {
  const wide = utf32Of(bytes) ?? utf16Of(bytes)
  if (wide !== undefined) return decoded(bytes, wide)
  if (set?.startsWith('utf-16') && !isPlainBut(bytes) && isWholly(bytes, set)) return decoded(bytes, set)
  const isPlain = isUtf8(bytes)
  if (isPlain && !bytes.includes(NUL) && !bytes.includes(ESCAPE)) return plain(bytes)
  if (isPlain) return shifted(bytes) ?? plainBut(bytes)
  if (controlShare(bytes) > MOST_CONTROLS_BESIDE_OTHERS) return undefined
  const named = encodingNamedIn(bytes)
  if (named === undefined && isNearlyUtf8(bytes)) {
    return decoded(await inUtf8(bytes, async (lines) => set ?? likelyEncoding(lines)), 'utf-8')
  }
  return decoded(bytes, named ?? set ?? (await likelyEncoding(bytes)))
}

/** UTF-8 with control characters, unless there are more of them than text has by mistake. */
const plainBut = (bytes: Uint8Array) => (controlShare(bytes) > MOST_CONTROLS ? undefined : withoutNul(plain(bytes)))

function plain(bytes: Uint8Array): DecodedText {
  const utf8 = startsWith(bytes, UTF8_MARK) ? bytes.subarray(UTF8_MARK.length) : bytes
  return { text: Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString('utf8'), utf8 }
}

function decoded(bytes: Uint8Array, encoding: string): DecodedText | undefined {
  const text = textIn(bytes, encoding, { stream: false })
  const isText = /^utf-(?:16|32)/.test(encoding) ? controlShare(Buffer.from(text)) <= MOST_CONTROLS : true
  return isText ? withoutNul({ text, utf8: Buffer.from(text) }) : undefined
}

function withoutNul(source: DecodedText): DecodedText {
  if (!source.text.includes('\0')) return source
  const text = source.text.replaceAll('\0', '\uFFFD')
  return { text, utf8: Buffer.from(text) }
}

const startsWith = (bytes: Uint8Array, mark: readonly number[]) => mark.every((byte, at) => bytes[at] === byte)

const LOOKED_AT = 2 ** 16
// Compressed data has a tenth, and programs have far more. Texts with NULs between their parts have less.
const MOST_CONTROLS = 0.09
// Text in a legacy encoding has control characters only by mistake.
const MOST_CONTROLS_BESIDE_OTHERS = 0.02

/**
 * Returns the share of control characters other than white space in the part of the text, start, middle or end, that
 * has most.
 */
function controlShare(bytes: Uint8Array): number {
  const last = Math.max(0, bytes.length - LOOKED_AT)
  const starts = new Set([0, Math.floor(last / 2), last])
  return Math.max(...Array.from(starts, (start) => controlShareIn(bytes.subarray(start, start + LOOKED_AT))))
}

function controlShareIn(bytes: Uint8Array): number {
  let controls = 0
  for (const byte of bytes) {
    if ((byte < 32 && (byte < 9 || byte > 13) && byte !== ESCAPE) || byte === 127) controls++
  }
  // A single one is a mistake, however short the text is.
  return controls <= 1 ? 0 : controls / bytes.length
}

const FEWEST_HALF_NUL = 0.05

type Wide = 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be'

/** The kind of UTF-32 that bytes are in by their mark, or because they are characters that there are in that alone. */
function utf32Of(bytes: Uint8Array): Wide | undefined {
  if (bytes.length % 4 !== 0 || bytes.length < 8) return undefined
  if (startsWith(bytes, [0xff, 0xfe, 0, 0])) return 'utf-32le'
  if (startsWith(bytes, [0, 0, 0xfe, 0xff])) return 'utf-32be'
  const encoding = bytes[3] === NUL ? 'utf-32le' : bytes[0] === NUL ? 'utf-32be' : undefined
  const start = bytes.subarray(0, LOOKED_AT)
  const highest = encoding === 'utf-32le' ? 3 : 0
  for (let at = highest; at < start.length; at += 4) if (start[at] !== NUL) return undefined
  return encoding !== undefined && isWholly(start, encoding) ? encoding : undefined
}

/** Of a text in UTF-16 that may hold a NUL by mistake. */
const FEWEST_CHARACTERS = 16
/** Of text in ASCII that holds some by mistake, NUL is less. */
const FEWEST_BESIDE_ASCII = 0.4

/** Returns the kind of UTF-16 by its byte order mark, or because the same one of two bytes is often NUL. */
function utf16Of(bytes: Uint8Array): Wide | undefined {
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le'
  if (startsWith(bytes, [0xfe, 0xff])) return 'utf-16be'
  const start = bytes.subarray(0, LOOKED_AT)
  if (bytes.length % 2 === 1 || !start.includes(NUL)) return undefined
  let even = 0
  let odd = 0
  for (let at = 0; at < start.length; at += 2) {
    if (start[at] === NUL) even++
    if (start[at + 1] === NUL) odd++
  }
  const fewest = isPlainBut(start) ? FEWEST_BESIDE_ASCII : FEWEST_HALF_NUL
  const isHalf = (one: number, other: number) =>
    one > fewest * (start.length / 2) && other <= Math.max(one < FEWEST_CHARACTERS ? 0 : 1, one / 50)
  const encoding = isHalf(odd, even) ? 'utf-16le' : isHalf(even, odd) ? 'utf-16be' : undefined
  return encoding !== undefined && isWholly(start.subarray(0, start.length & ~3), encoding) ? encoding : undefined
}

/**
 * Whether the text without its NULs is UTF-8 with hardly any control characters, as UTF-16 mostly has one NUL per
 * letter.
 */
function isPlainBut(bytes: Uint8Array): boolean {
  const others = bytes.filter((byte) => byte !== NUL)
  return controlShareIn(others) <= MOST_CONTROLS_BESIDE_OTHERS && !textIn(others, 'utf-8').includes('\uFFFD')
}

/** Whether all bytes are assigned characters, except half of a surrogate pair at the end. */
function isWholly(bytes: Uint8Array, encoding: string): boolean {
  const text = textIn(bytes, encoding)
  return !/[\p{Cn}\p{Co}\p{Cs}\uFFFD]/u.test(text) && controlShare(Buffer.from(text)) <= MOST_CONTROLS_BESIDE_OTHERS
}

/** Decodes bytes that may end within a character. */
function textIn(bytes: Uint8Array, encoding: string, { stream } = { stream: true }): string {
  if (!encoding.startsWith('utf-32')) return new TextDecoder(encoding).decode(bytes, { stream })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length & ~3)
  const units = new Uint16Array(view.byteLength / 2)
  let length = 0
  for (let at = 0; at < view.byteLength; at += 4) {
    const code = view.getUint32(at, encoding === 'utf-32le')
    if (at === 0 && code === MARK) continue
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) units[length++] = REPLACEMENT
    else if (code > 0xffff) {
      units[length++] = 0xd7c0 + (code >> 10)
      units[length++] = 0xdc00 + (code & 0x3ff)
    } else units[length++] = code
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
}

/** Escape sequences of ISO-2022-JP to two-byte characters and back. */
const TO_JAPANESE = Buffer.from('\x1b$')
const TO_LATIN = [Buffer.from('\x1b(B'), Buffer.from('\x1b(J')]

/** A text in ASCII that escapes to other characters. */
function shifted(bytes: Uint8Array): DecodedText | undefined {
  if (!bytes.includes(ESCAPE)) return undefined
  if (isJapanese(bytes)) return decoded(bytes, 'iso-2022-jp')
  return isKorean(bytes) ? decoded(withHighBits(bytes), 'euc-kr') : undefined
}

function isJapanese(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return start.includes(TO_JAPANESE) && TO_LATIN.some((sequence) => start.includes(sequence))
}

/** Whether most of it is valid UTF-8, which does not happen by chance in longer texts. */
function isNearlyUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 16 * LOOKED_AT))
  let signs = 0
  let faults = 0
  for (const [character] of text.matchAll(/[^\0-\x7f]/gu)) {
    if (character === '\uFFFD') faults++
    else signs += character < '\u0800' ? 1 : 3
  }
  return signs >= 2 * faults
}

const DECLARED = [
  /^(?:.*\n)?[ \t\f]*(?:#|\/\/|\/?\*|--|;|%|").*?coding[:=][ \t]*([\w.-]+)/,
  /^\s*<\?xml[^>]*encoding=["']([\w.-]+)/,
  /^@charset "([\w.-]+)"/,
  /<meta[^>]*charset=["']?([\w.-]+)/i,
  /^"Content-Type:[^"\n]*charset=([\w-]+)/m,
  /\\usepackage\[([\w-]+)\]\{inputenc\}/,
]
const DECLARED_WITHIN = 1024
/** Declarations that editors read at the end of a file. */
const DECLARED_AT_END = [
  /\b(?:vim?|ex):.*?\b(?:fileencoding|fenc)=([\w-]+)/,
  /Local Variables:[\s\S]*?\bcoding:[ \t]*([\w-]+)/i,
]
/** Names of encodings in Python, Java and editors that differ from those of the web. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  cp936: 'gbk',
  ms936: 'gbk',
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  cp950: 'big5',
  ms950: 'big5',
  johab: '',
  big5hkscs: 'big5',
  ansinew: 'windows-1252',
  applemac: 'macintosh',
  macroman: 'macintosh',
}

/** Returns the encoding that a text declares, in the notation of Python, Emacs, Vim, XML, CSS or HTML. */
function encodingNamedIn(bytes: Uint8Array): string | undefined {
  const [start, end] = [bytes.subarray(0, DECLARED_WITHIN), bytes.subarray(-DECLARED_WITHIN)].map((part) =>
    Buffer.from(part).toString('latin1'),
  )
  const names = [
    DECLARED.map((pattern) => pattern.exec(start ?? '')),
    DECLARED_AT_END.map((pattern) => pattern.exec(end ?? '')),
  ]
  for (const name of names.flat().map((found) => found?.[1])) {
    const encoding = name === undefined ? undefined : knownEncoding(name)
    if (encoding !== undefined && encoding !== 'utf-8' && !encoding.startsWith('utf-16')) return encoding
  }
  return undefined
}

function knownEncoding(name: string): string | undefined {
  const lower = name.toLowerCase()
  const signless = lower.replace(/[-_](?:bom|with-signature|dos|unix|mac)$/, '').replaceAll(/[-_]/g, '')
  const names = [
    OTHER_NAMES[lower] ?? lower,
    lower.replaceAll('_', '-'),
    signless,
    signless.replace(/^(windows|koi8|utf|euc|shift|iso8859)/, '$1-'),
  ]
  return names.map(encodingCalled).find((encoding) => encoding !== undefined)
}

function encodingCalled(name: string): string | undefined {
  try {
    return new TextDecoder(name).encoding
  } catch {
    return undefined
  }
}

const SAMPLE_BYTES = 4096
/** The default if little evidence exists. It shares its characters with many other encodings. */
const USUAL = 'windows-1252'
const USUAL_WEIGHT = 1.5
const WORTH_BELIEVING = 0.01

/** Returns the most likely encoding of the lines with non-ASCII characters. */
async function likelyEncoding(bytes: Uint8Array): Promise<string> {
  const { detectAll } = await import('jschardet')
  const sample = linesWithOthers(bytes)
  let best = USUAL
  let most = WORTH_BELIEVING
  for (const { encoding, confidence } of detectAll(sample, { minimumThreshold: 0 })) {
    const known = encoding === null ? undefined : knownEncoding(encoding)
    // UTF-16 has a mark or NULs, which sample lines do not show.
    if (known === undefined || known.startsWith('utf-16') || confidence * USUAL_WEIGHT <= most) continue
    const weight = confidence * (known === USUAL ? USUAL_WEIGHT : plausibility(new TextDecoder(known).decode(sample)))
    if (weight <= most) continue
    best = known
    most = weight
  }
  return best === USUAL && BALTIC.test(new TextDecoder(USUAL).decode(sample)) ? 'windows-1257' : best
}

/** What no language of the west has, and what š and ž of the Baltic ones look like in its encoding: þ inside of a word, ð at its start. */
const BALTIC = /(?<=\p{Ll})þ|(?<!\p{L})ð(?=\p{L})/u

const MIXED =
  /\p{Script=Latin}[\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]|[\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]\p{Script=Latin}|\p{Script=Han}\p{Script=Hangul}|\p{Script=Hangul}\p{Script=Han}|[\u2500-\u259f]\p{L}|\p{L}[\u2500-\u259f]|\uFFFD/u

/** People rarely mix two scripts in a word, or letters with box-drawing characters. */
const plausibility = (text: string) => (MIXED.test(text) ? 0.3 : 1)

function linesWithOthers(bytes: Uint8Array): Buffer {
  const lines: Uint8Array[] = []
  let total = 0
  for (const line of linesOf(bytes)) {
    if (total >= SAMPLE_BYTES) break
    const first = line.findIndex((byte) => byte > 127)
    if (first >= 0) {
      const near = line.subarray(Math.max(0, first - 200), first + SAMPLE_BYTES)
      lines.push(near)
      total += near.length
    }
  }
  return Buffer.concat(lines)
}
