import { RE2JS } from 're2js'
import { Fault } from '../errors.ts'
import { requiredLiteral } from './required-literal.ts'

/** Says which texts and lines a pattern matches, in time linear in their length. */
export interface LineMatcher {
  /** False only where no line of the text matches. */
  mayMatch(text: string): boolean
  matches(line: string): boolean
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
    return { mayMatch: (text) => text.includes(literal), matches: (line) => regex.test(line) }
  }
  const inText = ANCHORED_TO_TEXT.test(pattern) ? undefined : compile(pattern, ignoreCase, RE2JS.MULTILINE)
  return {
    mayMatch: (text) => text.includes(literal) && (inText === undefined || inText.test(text)),
    matches: (line) => line.includes(literal) && compiled.test(line),
  }
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
