import { RE2JS } from 're2js'
import { Fault } from '../../errors.ts'

/** Matches paths against a glob, in time linear in a path's length. */
export interface Glob {
  /** Beginning and end of all matching paths, which are written with a leading slash. */
  readonly prefix: string
  readonly suffix: string
  readonly matches: (path: string) => boolean
}

/**
 * Compiles a glob for paths: `**` matches any folders, `*` and `?` match within a name, and there are `{a,b}` and
 * `[a-z]`. A backslash escapes. A glob without a slash matches file names in any folder.
 * @throws Fault `request_invalid`
 */
export function compileGlob(glob: string): Glob {
  const parts = partsOf(glob)
  const { pattern, shortest } = translate(parts)
  const regex = compile(glob, pattern)
  const [prefix, suffix] = literalEnds(parts)
  const literal = longestLiteral(parts)
  // Rejects too short paths first, so that the cost of a path depends only on its own length; and most others by a text
  // that they lack, which takes a tenth of the time.
  return {
    prefix,
    suffix,
    matches: (path) => path.length >= shortest && path.includes(literal) && regex.testExact(path),
  }
}

/** Returns a text that all matching paths contain: the longest run of literal characters outside braces. */
function longestLiteral(parts: readonly Part[]): string {
  let longest = ''
  let literal = ''
  let depth = 0
  for (const { text, sign } of parts) {
    depth += depthOf(sign)
    literal = sign === undefined && depth === 0 ? literal + text : ''
    if (literal.length > longest.length) longest = literal
  }
  return longest
}

function compile(glob: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL)
  } catch (error) {
    throw new Fault(
      'request_invalid',
      `path: ${JSON.stringify(glob)} is not a glob`,
      'Write a glob such as src/**, **/*.test.ts or *.{ts,tsx}',
      { cause: error },
    )
  }
}

/** A part of a glob: literal characters, or a sign with its regular expression. */
interface Part {
  readonly text: string
  readonly sign?: 'folders' | 'anything' | 'name' | 'one' | 'open' | 'or' | 'close'
}

const TOKENS = /\\[\\*?[\]{},!]|\*\*\/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|\{|\}|,|./gsu
const SIGNS: Readonly<Record<string, Part['sign']>> = { '**/': 'folders', '**': 'anything', '*': 'name', '?': 'one' }
/** Signs whose repetition changes nothing. */
const IDEMPOTENT = new Set<Part['sign']>(['folders', 'anything', 'name'])

function partsOf(glob: string): Part[] {
  const trimmed = glob.replace(/^(?:\.?\/)+/, '')
  const parts: Part[] = trimmed.includes('/') ? [] : [{ text: '**/', sign: 'folders' }]
  let depth = 0
  let closable = trimmed.split('}').length - 1
  for (const [text] of (trimmed.endsWith('/') ? `${trimmed}**` : trimmed).matchAll(TOKENS)) {
    const sign = signOf(text, depth, closable)
    depth += depthOf(sign)
    if (text === '}') closable--
    if (!repeats(sign, parts.at(-1))) parts.push(sign === undefined ? { text: unescaped(text) } : { text, sign })
  }
  for (; depth > 0; depth--) parts.push({ text: '}', sign: 'close' })
  return parts
}

const unescaped = (text: string) => (text.length === 2 && text.startsWith('\\') ? text.slice(1) : text)

function depthOf(sign: Part['sign']): number {
  if (sign === 'open') return 1
  return sign === 'close' ? -1 : 0
}

function repeats(sign: Part['sign'], before: Part | undefined): boolean {
  return IDEMPOTENT.has(sign) && before?.sign === sign
}

function signOf(text: string, depth: number, closable: number): Part['sign'] {
  if (text === '{' && depth < closable) return 'open'
  if (text === '}' && depth > 0) return 'close'
  if (text === ',' && depth > 0) return 'or'
  if (text.length > 2 && text.startsWith('[')) return 'one'
  return SIGNS[text]
}

const MEANING: Readonly<Record<string, string>> = {
  folders: '(?:.*/)?',
  anything: '.*',
  name: '[^/]*',
  open: '(?:',
  or: '|',
  close: ')',
}

/** Returns a regular expression, and the minimum length of what it matches. */
function translate(parts: readonly Part[]): { readonly pattern: string; readonly shortest: number } {
  let pattern = ''
  let depth = 0
  let shortest = 0
  for (const { text, sign } of parts) {
    depth += depthOf(sign)
    if (depth === 0 && (sign === undefined || sign === 'one')) shortest += 1
    if (sign === undefined) pattern += RE2JS.quote(text)
    else pattern += sign === 'one' ? one(text) : MEANING[sign]
  }
  return { pattern, shortest }
}

function one(text: string): string {
  if (text === '?') return '[^/]'
  const negated = text[1] === '!'
  const inside = text.slice(negated ? 2 : 1, -1).replace(/[\\[\]^]/g, '\\$&')
  return `[${negated ? '^/' : ''}${inside}]`
}

function literalEnds(parts: readonly Part[]): [string, string] {
  const first = parts.findIndex(({ sign }) => sign !== undefined)
  const last = parts.findLastIndex(({ sign }) => sign !== undefined)
  const textOf = (some: readonly Part[]) => some.map(({ text }) => text).join('')
  const whole = textOf(parts)
  if (first < 0) return [`/${whole}`, `/${whole}`]
  const suffix = textOf(parts.slice(last + 1))
  return [`/${textOf(parts.slice(0, first))}`, parts[last]?.sign === 'folders' ? `/${suffix}` : suffix]
}
