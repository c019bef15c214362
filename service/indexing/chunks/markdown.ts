import type { OutlineItem } from './outline.ts'
import type { TextLines } from './text-lines.ts'

const HEADING = /^ {0,3}#{1,6}[ \t]+([^ \t].*)/
const FENCE = /^ {0,3}(```+|~~~+)/
/** A line that makes a heading of the paragraph above, and lines that begin no paragraph. */
const UNDERLINE = /^ {0,3}(?:=+|-{2,})$/
const NO_PARAGRAPH = /^(?: {4}|\t| {0,3}(?:[-*+>|#:]|\d+[.)] |<|\[[^\]]+\]:))/
const METADATA = /^---$/
const LONGEST_LINE = 1000

/** Returns the sections of a Markdown text, an item for each heading. */
export function markdownOutline(lines: TextLines): OutlineItem[] {
  const items = headings(lines).map(({ line, text }) => section(line, text))
  items.forEach((item, index) => {
    item.to = (items[index + 1]?.from ?? lines.count) - 1
  })
  const first = items[0]?.from ?? 0
  return first > 0 ? [{ from: 0, to: first - 1, at: 0, items: [] }, ...items] : items
}

/** Finds headings outside fenced code, in which lines may also start with `#`. */
function headings(lines: TextLines): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = []
  let fence: string | undefined
  for (let line = endOfMetadata(lines); line < lines.count; line++) {
    if (lines.size(line, line) > LONGEST_LINE) continue
    const text = lines.slice(line, line).trimEnd()
    const mark = FENCE.exec(text)?.[1]
    if (fence !== undefined) fence = mark?.startsWith(fence) ? undefined : fence
    else if (mark !== undefined) fence = mark
    else {
      const heading = headingAt(lines, line, text)
      if (heading !== undefined) found.push({ line, text: heading })
    }
  }
  return found
}

function headingAt(lines: TextLines, line: number, text: string): string | undefined {
  const heading = HEADING.exec(text)?.[1]
  if (heading !== undefined) return withoutClosing(heading)
  return isUnderlined(lines, line, text) ? text.trim() : undefined
}

/** Returns the first line after the metadata at the beginning of a text. */
function endOfMetadata(lines: TextLines): number {
  if (lines.count === 0 || !METADATA.test(lines.slice(0, 0).trimEnd())) return 0
  for (let line = 1; line < lines.count; line++) if (METADATA.test(lines.slice(line, line).trimEnd())) return line + 1
  return 0
}

/** Whether a line is a paragraph of its own, and the next one makes it a heading. */
function isUnderlined(lines: TextLines, line: number, text: string): boolean {
  if (text.trim() === '' || NO_PARAGRAPH.test(text) || line + 1 >= lines.count) return false
  if (line > 0 && !lines.isBlank(line - 1) && !HEADING.test(lines.slice(line - 1, line - 1))) return false
  return lines.size(line + 1, line + 1) <= LONGEST_LINE && UNDERLINE.test(lines.slice(line + 1, line + 1).trimEnd())
}

/** Removes the closing signs of a heading: `Title ##`. */
function withoutClosing(heading: string): string {
  let end = heading.length
  while (heading[end - 1] === '#') end--
  return end === 0 ? heading : heading.slice(0, end).trimEnd()
}

function section(line: number, heading: string): OutlineItem {
  const names = [heading.replace(/[*_`]|\[|\]\([^)]*\)/g, '').trim()]
  return { from: line, to: line, at: line, definition: { kind: 'section', names, holdsDefinitions: false }, items: [] }
}
