import { RE2JS } from 're2js'
import { Fault } from '../../errors.ts'
import { requiredLiteral } from './required-literal.ts'

/** Says which texts and lines a pattern matches, in time linear in their length. */
export interface LineMatcher {
  /** What every line that matches contains; empty where nothing is certain. */
  readonly literal: string
  /** How many steps a character may take at worst. */
  readonly steps: number
  /** False only where no line of the text, which are whole lines, matches. */
  mayMatch(text: string): boolean
  /** Where in the line the first match begins, or -1. */
  find(line: string): number
}

// Without quantifiers, groups and alternatives the built-in engine cannot go back more than the pattern's length.
const FIXED = /^(?:[\w "'<>=:;,@#%&!~`/-]|\\b|\\[.()[\]{}*+?^$|\\/])+$/
const ANCHORED_TO_TEXT = /\\[Az]/

/** @throws Fault `pattern_invalid` */
export function compileLineMatcher(pattern: string, ignoreCase: boolean): LineMatcher {
  const literal = ignoreCase ? '' : requiredLiteral(pattern)
  const compiled = compile(pattern, ignoreCase)
  if (FIXED.test(pattern) && !ignoreCase) {
    const regex = new RegExp(pattern)
    return { literal, steps: 1, mayMatch: (text) => text.includes(literal), find: (line) => line.search(regex) }
  }
  const inText = ANCHORED_TO_TEXT.test(pattern) ? undefined : compile(pattern, ignoreCase, RE2JS.MULTILINE)
  return {
    literal,
    steps: compiled.programSize(),
    mayMatch: (text) => text.includes(literal) && (inText === undefined || inText.test(text)),
    find: (line) => (line.includes(literal) && compiled.test(line) ? startOf(compiled, line) : -1),
  }
}

function startOf(regex: RE2JS, line: string): number {
  const matcher = regex.matcher(line)
  return matcher.find() ? matcher.start() : -1
}

function compile(pattern: string, ignoreCase: boolean, flags = 0): RE2JS {
  try {
    return RE2JS.compile(pattern, flags | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault(
      'pattern_invalid',
      `${JSON.stringify(pattern)} is not a regular expression in RE2 syntax: ${reason}`,
      'Escape characters meant literally with a backslash; lookaround and backreferences are not supported',
      { cause: error },
    )
  }
}
