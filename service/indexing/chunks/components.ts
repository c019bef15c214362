import type { TextLines } from './text-lines.ts'

const COMPONENTS = new Set(['vue', 'svelte', 'astro'])
const OPENING = /<script\b/gi
const CLOSING = /<\/script\s*>/gi
/** What Astro runs on the server stands between two lines of dashes at the beginning. */
const FRONT = /^\uFEFF?\s*---[^\S\n]*\n(?<script>[\s\S]*?)\n---/dg

/** Whether scripts stand between markup in files of the language. */
export const isComponent = (language: string) => COMPONENTS.has(language)

/** The text with blanks in place of all that is no script, so that its lines and columns stay. */
export function scriptsOf({ text }: TextLines, language: string): string {
  let scripts = ''
  for (const [start, end] of [...(language === 'astro' ? frontOf(text) : []), ...elementsOf(text)]) {
    if (start >= scripts.length) scripts += blank(text.slice(scripts.length, start)) + text.slice(start, end)
  }
  return scripts + blank(text.slice(scripts.length))
}

const blank = (text: string) => text.replace(/[^\n]/g, ' ')

type Range = readonly [start: number, end: number]

function frontOf(text: string): Range[] {
  return Array.from(text.matchAll(FRONT), ({ indices }): Range => indices?.groups?.script ?? [0, 0])
}

/** What is inside of script elements. Each part of the text is looked at once: a search that finds nothing is the last. */
function* elementsOf(text: string): Generator<Range> {
  for (let from = 0; ; ) {
    const opening = next(OPENING, text, from)
    const start = opening === undefined ? -1 : text.indexOf('>', opening.end)
    const closing = start < 0 ? undefined : next(CLOSING, text, start)
    if (closing === undefined) return
    yield [start + 1, closing.start]
    from = closing.end
  }
}

function next(pattern: RegExp, text: string, from: number) {
  pattern.lastIndex = from
  const found = pattern.exec(text)
  return found === null ? undefined : { start: found.index, end: pattern.lastIndex }
}
