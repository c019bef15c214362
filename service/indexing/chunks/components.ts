import type { TextLines } from './text-lines.ts'

const COMPONENTS = new Set(['vue', 'svelte', 'astro'])
const SCRIPT = /<script\b[^>]*>(?<script>[\s\S]*?)<\/script\s*>/dgi
/** What Astro runs on the server stands between two lines of dashes at the beginning. */
const FRONT = /^\uFEFF?\s*---[^\S\n]*\n(?<script>[\s\S]*?)\n---/dg

/** Whether scripts stand between markup in files of the language. */
export const isComponent = (language: string) => COMPONENTS.has(language)

/** The text with blanks in place of all that is no script, so that its lines and columns stay. */
export function scriptsOf({ text }: TextLines, language: string): string {
  const found = [...(language === 'astro' ? text.matchAll(FRONT) : []), ...text.matchAll(SCRIPT)]
  let scripts = ''
  for (const { indices } of found) {
    const [start, end] = indices?.groups?.script ?? [0, 0]
    if (start >= scripts.length) scripts += blank(text.slice(scripts.length, start)) + text.slice(start, end)
  }
  return scripts + blank(text.slice(scripts.length))
}

const blank = (text: string) => text.replace(/[^\n]/g, ' ')
