import { PATTERNS } from './definition-patterns.ts'
import type { OutlineItem } from './outline.ts'
import type { Kind } from './syntax/rule.ts'
import type { TextLines } from './text-lines.ts'

const LONGEST_LINE = 400
const COMMENT = /^\s*(?:#(?!\[)|\/\/|--|;|%|\*|\/\*|"""|@|\(\*)/

/** A name that a line defines, as the patterns of its language tell; lines are counted from 0. */
export interface PatternDefinition {
  readonly kind: Kind
  readonly name: string
  readonly line: number
}

export const hasPatterns = (language: string) => Object.hasOwn(PATTERNS, language)

export function definitionsByPattern(lines: TextLines, language: string): PatternDefinition[] {
  const patterns = hasPatterns(language) ? PATTERNS[language] : undefined
  if (patterns === undefined) return []
  const found: PatternDefinition[] = []
  for (let line = 0; line < lines.count; line++) {
    if (lines.size(line, line) > LONGEST_LINE) continue
    const text = lines.slice(line, line)
    for (const [kind, pattern] of patterns) {
      const match = pattern.exec(text)
      if (match === null) continue
      found.push({ kind, name: nameOf(match), line })
      break
    }
  }
  return found
}

const nameOf = ([, first = '', second]: RegExpExecArray) =>
  [first, second].flatMap((name) => name?.replace(/["`[\]]/g, '').trim() || []).join('.')

/** Each definition with the comment above it, up to the next. */
export function outlineByPattern(lines: TextLines, language: string): OutlineItem[] {
  const definitions = definitionsByPattern(lines, language)
  const items = definitions.map(({ kind, name, line }, at): OutlineItem => {
    const from = startOfComment(lines, line, definitions[at - 1]?.line ?? -1)
    return { from, to: line, at: line, definition: { kind, names: [name], holdsDefinitions: false }, items: [] }
  })
  items.forEach((item, at) => {
    item.to = (items[at + 1]?.from ?? lines.count) - 1
  })
  const first = items[0]?.from ?? 0
  return first > 0 ? [{ from: 0, to: first - 1, at: 0, items: [] }, ...items] : items
}

function startOfComment(lines: TextLines, line: number, after: number): number {
  let start = line
  while (start - 1 > after && isComment(lines, start - 1)) start--
  return start
}

const isComment = (lines: TextLines, line: number) =>
  lines.size(line, line) <= LONGEST_LINE && COMMENT.test(lines.slice(line, line))
