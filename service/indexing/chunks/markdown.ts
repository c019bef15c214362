import type { OutlineItem } from './outline.ts'
import type { TextLines } from './text-lines.ts'

const HEADING = /^ {0,3}#{1,6}[ \t]+([^ \t].*)/
const FENCE = /^ {0,3}(```+|~~~+)/
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
  for (let line = 0; line < lines.count; line++) {
    if (lines.size(line, line) > LONGEST_LINE) continue
    const text = lines.slice(line, line).trimEnd()
    const mark = FENCE.exec(text)?.[1]
    if (fence !== undefined) fence = mark?.startsWith(fence) ? undefined : fence
    else if (mark !== undefined) fence = mark
    else {
      const heading = HEADING.exec(text)?.[1]
      if (heading !== undefined) found.push({ line, text: withoutClosing(heading) })
    }
  }
  return found
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
