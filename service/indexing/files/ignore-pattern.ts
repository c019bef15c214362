/**
 * A pattern of an ignore file with the semantics of git's wildmatch. Text has one character per byte (`latin1`),
 * because git compares bytes.
 */
export interface IgnorePattern {
  /** Literal beginning of every match, up to the first wildcard. */
  readonly start: string
  /** Literal ending of the last name in a match. */
  readonly end: string
  /** What follows `start`, split at slashes. */
  readonly rest: readonly Part[]
}

/** Matches any number of folders, or everything below at the end of a pattern. */
const DEEP = 'deep'
type Part = typeof DEEP | readonly Token[]

/** A byte, ANY, STAR, or a set of bytes. */
type Token = number | Uint8Array
const ANY = -1
const STAR = -2

const SLASH = 0x2f

/**
 * Parses a pattern without its leading slash. Returns undefined if it can match nothing. With `ignoresCase`, it matches
 * texts in lower case.
 */
export function ignorePattern(text: string, ignoresCase = false): IgnorePattern | undefined {
  const wildcard = text.search(/[*?[\\]/)
  const literal = wildcard === -1 ? text : text.slice(0, wildcard)
  const start = ignoresCase ? smallLetters(literal) : literal
  if (wildcard === -1) return { start, end: start.slice(start.lastIndexOf('/') + 1), rest: [] }
  const tokens = tokensOf(text.slice(wildcard), ignoresCase)
  if (tokens === undefined) return undefined
  const rest = partsOf(tokens)
  return { start, end: literalEnd(rest.at(-1)), rest }
}

/** Lower-cases ASCII only, as git does. */
export function smallLetters(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Whether `text` matches from `from` on. Takes time proportional to the product of both lengths. */
export function matches({ start, end, rest }: IgnorePattern, text: string, from: number): boolean {
  if (!text.startsWith(start, from) || !text.endsWith(end)) return false
  const after = from + start.length
  if (rest.length === 0) return text.length === after
  if (rest.length === 1 && rest[0] !== DEEP)
    return !text.includes('/', after) && matchesName(rest[0] as readonly Token[], text.slice(after))
  return matchesPath(rest, text.slice(after).split('/'))
}

/**
 * If a part fails, the last `**` takes another folder. Earlier ones need not be retried, because the last could have
 * taken whatever they would.
 */
function matchesPath(parts: readonly Part[], names: readonly string[]): boolean {
  let part = 0
  let name = 0
  let retryPart = -1
  let retryName = 0
  while (name < names.length) {
    const current = parts[part]
    if (current === DEEP) {
      if (part === parts.length - 1) return true
      retryPart = ++part
      retryName = name
    } else if (current !== undefined && matchesName(current, names[name] as string)) {
      part++
      name++
    } else if (retryPart >= 0) {
      part = retryPart
      name = ++retryName
    } else return false
  }
  return part === parts.length
}

/** As matchesPath, with `*` and bytes. */
function matchesName(tokens: readonly Token[], text: string): boolean {
  let token = 0
  let at = 0
  let retryToken = -1
  let retryAt = 0
  while (at < text.length) {
    const current = tokens[token]
    if (current === STAR) {
      retryToken = ++token
      retryAt = at
    } else if (current !== undefined && matchesByte(current, text.charCodeAt(at))) {
      token++
      at++
    } else if (retryToken >= 0) {
      token = retryToken
      at = ++retryAt
    } else return false
  }
  while (tokens[token] === STAR) token++
  return token === tokens.length
}

function matchesByte(token: Token, byte: number): boolean {
  return typeof token === 'number' ? token === byte || token === ANY : token[byte] === 1
}

const TOKEN = /[*?[]|\\(.)|[^\\]/sy

/** Parses a text into tokens. Returns undefined if a bracket is not closed or a backslash ends it. */
function tokensOf(text: string, ignoresCase: boolean): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at
    const [whole, escaped] = TOKEN.exec(text) ?? []
    const bracket = whole === '[' ? bracketAt(text, at, ignoresCase) : undefined
    if (whole === undefined || (whole === '[' && bracket === undefined)) return undefined
    const literal = escaped ?? (ignoresCase ? smallLetters(whole) : whole)
    tokens.push(bracket?.bytes ?? WILDCARDS[whole] ?? literal.charCodeAt(0))
    at = bracket?.next ?? TOKEN.lastIndex
  }
  return tokens
}

const WILDCARDS: Readonly<Record<string, number>> = { '*': STAR, '?': ANY }

function partsOf(tokens: readonly Token[]): Part[] {
  const parts: Part[] = []
  let from = 0
  for (let at = 0; at <= tokens.length; at++) {
    if (at < tokens.length && tokens[at] !== SLASH) continue
    const part = tokens.slice(from, at)
    const isDeep = part.length > 1 && part.every((token) => token === STAR)
    parts.push(isDeep ? DEEP : part)
    from = at + 1
  }
  return parts
}

function literalEnd(part: Part | undefined): string {
  if (part === undefined || part === DEEP) return ''
  const first = part.findLastIndex((token) => typeof token !== 'number' || token < 0) + 1
  return Buffer.from(part.slice(first) as number[]).toString('latin1')
}

/** Parses the bracket at `from`, and returns where it ends. */
function bracketAt(
  text: string,
  from: number,
  ignoresCase: boolean,
): { readonly bytes: Uint8Array; readonly next: number } | undefined {
  const bytes = new Uint8Array(256)
  const isNegated = text[from + 1] === '!' || text[from + 1] === '^'
  const first = from + (isNegated ? 2 : 1)
  let item: Item | undefined = { next: first, byte: 0 }
  do item = addItem({ bytes, ignoresCase }, text, item)
  while (item !== undefined && text[item.next] !== ']')
  if (item === undefined) return undefined
  const set = isNegated ? bytes.map((each) => 1 - each) : bytes
  set[SLASH] = 0
  return { bytes: set, next: item.next + 1 }
}

interface Item {
  readonly next: number
  /** Byte at which a range may begin. 0 after a range or a class. */
  readonly byte: number
}

const RANGE = /-(?!\])\\?(.)/sy
const BYTE = /\\?(.)/sy

interface Bracket {
  readonly bytes: Uint8Array
  readonly ignoresCase: boolean
}

/** With `ignoresCase`, a range includes the lower case of its capitals. A single capital then matches nothing. */
function addRange({ bytes, ignoresCase }: Bracket, from: number, to: number): void {
  bytes.fill(1, from, to + 1)
  if (ignoresCase) bytes.fill(1, Math.max(from, 0x41) + 0x20, Math.min(to, 0x5a) + 0x21)
}

/** Adds the next item of a bracket. Returns undefined at its end or for an unknown class. */
function addItem(bracket: Bracket, text: string, { next, byte }: Item): Item | undefined {
  const { bytes, ignoresCase } = bracket
  const end = text.startsWith('[:', next) ? text.indexOf(']', next + 2) : -1
  if (end > next + 2 && text[end - 1] === ':') {
    const name = text.slice(next + 2, end - 1)
    const has = CLASSES[ignoresCase && name === 'upper' ? 'alpha' : name]
    for (let each = 0; each < 128; each++) if (has?.(each)) bytes[each] = 1
    return has && { next: end + 1, byte: 0 }
  }
  RANGE.lastIndex = next
  BYTE.lastIndex = next
  const range = byte === 0 ? null : RANGE.exec(text)
  if (range !== null) {
    addRange(bracket, byte, (range[1] as string).charCodeAt(0))
    return { next: RANGE.lastIndex, byte: 0 }
  }
  const single = BYTE.exec(text)?.[1]?.charCodeAt(0)
  if (single === undefined) return undefined
  bytes[single] = 1
  return { next: BYTE.lastIndex, byte: single }
}

const byPattern = (pattern: RegExp) => (byte: number) => pattern.test(String.fromCharCode(byte))

const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  __proto__: null as never,
  alnum: byPattern(/[0-9A-Za-z]/),
  alpha: byPattern(/[A-Za-z]/),
  blank: byPattern(/[ \t]/),
  cntrl: (byte) => byte < 0x20 || byte === 0x7f,
  digit: byPattern(/[0-9]/),
  graph: (byte) => byte > 0x20 && byte < 0x7f,
  lower: byPattern(/[a-z]/),
  print: (byte) => byte >= 0x20 && byte < 0x7f,
  punct: byPattern(/[!-/:-@[-`{-~]/),
  space: byPattern(/[ \t\n\r]/),
  upper: byPattern(/[A-Z]/),
  xdigit: byPattern(/[0-9A-Fa-f]/),
}
