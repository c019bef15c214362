import { RE2JS } from 're2js'
import { Fault } from '../../errors.ts'
import { requiredLiteral } from './pattern/required-literal.ts'

/** Finds texts and lines that match a pattern, in time linear in their length. */
export interface LineMatcher {
  /** A text that every matching line contains, whether its accents are composed or not. Empty if none is certain. */
  readonly literal: string
  /** Maximum number of steps per character. */
  readonly steps: number
  /** Returns the text in the form to match: composed if the pattern has accents. Line breaks stay where they are. */
  seen(text: string): string
  /** False only if no line of the text matches. The text consists of whole lines. */
  mayMatch(text: string): boolean
  /** Returns the index of the first match in the line, or -1. */
  find(line: string): number
  /** Finds the first match from a place on, for patterns that can match over several lines. */
  readonly spans?: (lines: SeenLines) => Span | undefined
}

/** Whole lines in the form to match, and where to start. */
interface SeenLines {
  readonly text: string
  readonly from: number
  /** Whether they begin and end the file. */
  readonly isTop: boolean
  readonly isEnd: boolean
}

/** Start and end of a match. */
interface Span {
  readonly start: number
  readonly end: number
}

// Without quantifiers, groups and alternatives, the built-in engine backtracks by at most the pattern's length.
const FIXED = /^(?:[\w "'<>=:;,@#%&!~`/-]|\\b|\\[.()[\]{}*+?^$|\\/])+$/
const ANCHORED_TO_TEXT = /\\[Az]/
const NOT_ASCII = /[^\0-\x7f]/

/** @throws Fault `pattern_invalid` */
export function compileLineMatcher(pattern: string, ignoreCase: boolean): LineMatcher {
  const literal = ignoreCase ? '' : sureOf(requiredLiteral(pattern.normalize()))
  const compiled = compile(pattern, ignoreCase)
  if (FIXED.test(pattern) && !ignoreCase) {
    const regex = new RegExp(pattern)
    return {
      literal,
      steps: 1,
      seen: asItIs,
      mayMatch: (text) => text.includes(literal),
      find: (line) => line.search(regex),
    }
  }
  // Texts keep their accents as saved, so compose them to compare with a pattern with accents.
  const seen = NOT_ASCII.test(pattern) ? (text: string) => text.normalize() : asItIs
  const inText = ANCHORED_TO_TEXT.test(pattern) ? undefined : compile(pattern, ignoreCase, RE2JS.MULTILINE)
  const matches = (regex: RE2JS, text: string) => text.includes(literal) && regex.test(seen(text))
  return {
    literal,
    steps: compiled.programSize(),
    seen,
    mayMatch: (text) => (inText === undefined ? text.includes(literal) : matches(inText, text)),
    find: (line) => (matches(compiled, line) ? startOf(compiled, seen(line)) : -1),
    ...(reachesOver(pattern) && { spans: spansOf(pattern, ignoreCase) }),
  }
}

const asItIs = (text: string) => text

/** `^` and `$` match at the ends of lines, `\A` and `\z` at the ends of the text. */
function spansOf(pattern: string, ignoreCase: boolean): LineMatcher['spans'] {
  const regex = compile(withoutReturns(pattern), ignoreCase, RE2JS.MULTILINE)
  const isAnchored = ANCHORED_TO_TEXT.test(pattern)
  return ({ text, from, isTop, isEnd }) => {
    const matcher = regex.matcher(text)
    if (!matcher.find(from)) return undefined
    const span = { start: matcher.start(), end: matcher.end() }
    const isCut = (!isTop && span.start === 0) || (!isEnd && span.end === text.length)
    return isAnchored && isCut ? undefined : span
  }
}

/** Returns the longest part of a literal that is the same in composed and decomposed texts. */
function sureOf(literal: string): string {
  let longest = ''
  let run = ''
  for (const character of literal) {
    run = character.normalize('NFD') === character ? run + character : ''
    if (run.length > longest.length) longest = run
  }
  return longest
}

function startOf(regex: RE2JS, line: string): number {
  const matcher = regex.matcher(line)
  return matcher.find() ? matcher.start() : -1
}

const IS_GLOB = /^\*{1,2}(?:[./]|$)/
const FOR_GLOBS = 'A glob for files belongs in path; any text is .* in a pattern. '
const FOR_PATTERNS =
  'Escape characters meant literally with a backslash, or match it literally (literal: true, or --literal); lookaround and backreferences are not supported'

function compile(pattern: string, ignoreCase: boolean, flags = 0): RE2JS {
  try {
    return RE2JS.compile(pattern.normalize(), flags | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault(
      'pattern_invalid',
      `pattern: ${JSON.stringify(pattern)} is not a regular expression in RE2 syntax: ${reason}`,
      `${IS_GLOB.test(pattern) ? FOR_GLOBS : ''}${FOR_PATTERNS}`,
      { cause: error },
    )
  }
}

/** Escapes, classes and a group's flags, each as one token. */
const TOKENS = /\\x\{[^}]*\}|\\x[\da-f]{2}|\\\d{3}|\\.|\[(?:\^?\]?)(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?[imsU-]+[:)]|./gis
const BREAK = /^(?:\n|\\n|\\x0a|\\x\{0*a\}|\\012)$/i
const BREAK_INSIDE = /\n|(?<!\\)(?:\\\\)*\\(?:n|x0a|x\{0*a\}|012)/i
const DOT_TAKES_BREAKS = /^\(\?[imU]*s/
const TAKES_ALL = /\\s.*\\S|\\S.*\\s|\\d.*\\D|\\D.*\\d|\\w.*\\W|\\W.*\\w/

/**
 * Whether a regular expression names line feeds or allows any character to be one, so that it matches over several
 * lines.
 */
function reachesOver(pattern: string): boolean {
  return (pattern.match(TOKENS) ?? []).some((token) => {
    if (!token.startsWith('[')) return BREAK.test(token) || DOT_TAKES_BREAKS.test(token)
    return !token.startsWith('[^') && (BREAK_INSIDE.test(token) || TAKES_ALL.test(token))
  })
}

/** Returns the pattern for texts whose lines end only in line feeds. */
function withoutReturns(pattern: string): string {
  return pattern.replace(/(?<!\\)((?:\\\\)*)(?:\r|\\r)(?=\n|\\n)/g, '$1')
}
