import { parseJson } from '../../json.ts'
import { languagesNamed } from '../files/language-names.ts'
import type { TextLines } from './text-lines.ts'

/** For notebooks that do not name the language of their kernel. */
const USUAL_KERNEL = 'python'
const COMPONENTS = new Set(['vue', 'svelte', 'astro'])
const OPENING = /<script\b/gi
const CLOSING = /<\/script\s*>/gi
/** In Astro, the server's code stands between two lines of dashes at the beginning. */
const FRONT = /^\uFEFF?\s*---[^\S\n]*\n(?<script>[\s\S]*?)\n---/dg

/** Whether files of the language embed code: scripts in markup, cells in a notebook. */
export const isComponent = (language: string) => COMPONENTS.has(language) || language === NOTEBOOK

/** Returns the language of the code in a text: a component's scripts, a notebook's kernel, or the text itself. */
export function codeLanguage(language: string, text: string): string {
  if (language === NOTEBOOK) return kernelOf(text)
  return COMPONENTS.has(language) ? 'typescript' : language
}

/** Replaces everything but code by spaces, so that lines and, in components, columns stay the same. */
export function scriptsOf(lines: TextLines, language: string): string {
  return language === NOTEBOOK ? cellsOf(lines.text) : scriptsIn(lines.text, language)
}

function scriptsIn(text: string, language: string): string {
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

/**
 * Yields the contents of script elements. Each part of the text is searched once: after a search without result, there
 * is no other.
 */
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

const NOTEBOOK = 'notebook'
const KERNEL =
  /"(?:language_info"\s*:\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)?"name|kernelspec"\s*:\s*\{[^{}]*"language)"\s*:\s*"([^"]+)"/
const KIND_OF_CELL = /"cell_type"\s*:\s*"(\w+)"/
const SOURCE = /^\s*"source"\s*:\s*\[?/
const TEXT_IN_JSON = /^\s*("(?:[^"\\]|\\.)*")\s*[,\]]?\s*[,}\]]*\s*$/
/** A command of the notebook, not of its language. */
const COMMAND = /^\s*[%!?]/

function kernelOf(json: string): string {
  const name = KERNEL.exec(json)?.[1] ?? USUAL_KERNEL
  try {
    return languagesNamed(name)?.[0] ?? USUAL_KERNEL
  } catch {
    // The name is not a known language.
    return name
  }
}

/** Returns the lines of code cells, each on its line of the JSON. */
function cellsOf(json: string): string {
  let isCode = false
  let isSource = false
  const lines = json.split('\n').map((line) => {
    const kind = KIND_OF_CELL.exec(line)?.[1]
    if (kind !== undefined) isCode = kind === 'code'
    const start = SOURCE.exec(line)?.[0]
    if (start !== undefined) isSource = true
    const text = isSource && isCode ? textIn(line.slice(start?.length ?? 0)) : undefined
    if (isSource && /^\s*\]/.test(line)) isSource = false
    return text ?? ''
  })
  return lines.join('\n')
}

function textIn(written: string): string | undefined {
  const json = TEXT_IN_JSON.exec(written)?.[1]
  if (json === undefined) return undefined
  const text = parseJson(json)
  // The line only looks like a JSON string.
  if (typeof text !== 'string') return undefined
  const line = text.replace(/\r?\n$/, '')
  return COMMAND.test(line) || line.includes('\n') ? undefined : line
}
