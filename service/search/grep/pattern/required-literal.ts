import { IGNORES_CASE, PatternReader } from './pattern-reader.ts'
import { type Requirement, requirementsOf } from './required-texts.ts'

/**
 * Returns the longest text within one line that every match of a regular expression in RE2's syntax contains, or an
 * empty one.
 */
export function requiredLiteral(pattern: string): string {
  if (IGNORES_CASE.test(pattern)) return ''
  return longestOf(requirementsOf(new PatternReader(pattern).read()).map(certainOf))
}

function certainOf(requirement: Requirement): string {
  if ('text' in requirement) return longestOf(requirement.text.split(/[\r\n]+/))
  return 'all' in requirement ? longestOf(requirement.all.map(certainOf)) : sharedBy(requirement.any.map(certainOf))
}

/** Returns the longest text that all of these contain. */
function sharedBy(texts: readonly string[]): string {
  const [first = '', ...others] = [...texts].sort((one, other) => one.length - other.length)
  for (let length = first.length; length > 0; length--)
    for (let start = 0; start + length <= first.length; start++) {
      const part = first.slice(start, start + length)
      if (others.every((other) => other.includes(part))) return part
    }
  return ''
}

const longestOf = (texts: readonly string[]) =>
  texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '')
