import { el } from './elements.js'

/**
 * @typedef {string | { type: string, content: Token | Token[] }} Token
 * @typedef {{ grammar: (name: string) => Promise<object | undefined>, tokenize: (text: string, grammar: object) => Token[] }} Highlighter
 * @typedef {{ text: string, type: string }} Piece
 * @typedef {object} Line
 * @property {number} [number] absent where lines are left out
 * @property {string} text
 * @property {boolean} [isHit]
 */

/** Names of languages that the highlighter calls differently. @type {Record<string, string>} */
const CALLED = {
  html: 'markup',
  xml: 'markup',
  vue: 'markup',
  svelte: 'markup',
  astro: 'markup',
  terraform: 'hcl',
  dockerfile: 'docker',
  objectivec: 'c',
  scala: 'kotlin',
  groovy: 'java',
  dart: 'java',
  cython: 'python',
  starlark: 'python',
  bazel: 'python',
  fish: 'bash',
  scss: 'css',
  less: 'css',
}
/** Beyond these, in characters, colours would be waited for. */
const MOST_TEXT = 400_000
const MOST_OF_A_LINE = 3000

/** @type {Promise<Highlighter | undefined> | undefined} */
let loading

/** Loaded with the first code that is shown. */
function highlighter() {
  loading ??= import('./highlighter.js').catch(() => undefined)
  return loading
}

/**
 * Lines as code with their numbers, coloured as soon as the highlighter is there.
 * @param {Line[]} lines
 * @param {{ label: string, language: string, marks?: RegExp | undefined, isWrapped?: boolean, href?: (line: number) => string }} options
 */
export function codeBlock(lines, { label, language, marks, isWrapped = false, href }) {
  const texts = lines.map(({ text }) => el('span', { class: 'text' }, ...marked([{ text, type: '' }], marks)))
  const code = el(
    'code',
    { class: 'rows' },
    ...lines.map(({ number, isHit }, at) => {
      const id = number !== undefined && href !== undefined && `L${number}`
      return el('span', { class: `line${isHit ? ' hit' : ''}`, id }, gutter(number, href), texts[at], '\n')
    }),
  )
  void colour(lines, texts, language, marks)
  return el(
    'pre',
    { class: `code${isWrapped ? ' wrap' : ''}`, tabindex: '0', role: 'region', 'aria-label': label },
    code,
  )
}

/** @param {number | undefined} number @param {((line: number) => string) | undefined} href */
function gutter(number, href) {
  const attributes = { class: 'number', 'data-line': number ?? '⋯' }
  if (number === undefined || href === undefined) return el('span', attributes)
  return el('a', { ...attributes, href: href(number), tabindex: '-1', 'aria-label': `Line ${number}` })
}

/**
 * @param {Line[]} lines
 * @param {HTMLElement[]} texts
 * @param {string} language
 * @param {RegExp | undefined} marks
 */
async function colour(lines, texts, language, marks) {
  const text = lines.map((line) => line.text).join('\n')
  if (text.length > MOST_TEXT || lines.some((line) => line.text.length > MOST_OF_A_LINE)) return
  const loaded = await highlighter()
  const grammar = await loaded?.grammar(CALLED[language] ?? language).catch(() => undefined)
  if (loaded === undefined || grammar === undefined) return
  const coloured = inLines(loaded.tokenize(text, grammar))
  for (const [at, pieces] of coloured.entries()) texts[at]?.replaceChildren(...marked(pieces, marks))
}

/** The tokens of each line, the innermost type of each. @param {Token[]} tokens @returns {Piece[][]} */
function inLines(tokens) {
  /** @type {Piece[][]} */
  const lines = [[]]
  /** @param {Token | Token[]} token @param {string} type */
  const add = (token, type) => {
    if (Array.isArray(token)) for (const each of token) add(each, type)
    else if (typeof token !== 'string') add(token.content, token.type)
    else
      token.split('\n').forEach((text, at) => {
        if (at > 0) lines.push([])
        if (text !== '') lines.at(-1)?.push({ text, type })
      })
  }
  add(tokens, '')
  return lines
}

/** What matches `marks` lies in a `mark`, whichever tokens it goes over. @param {Piece[]} pieces @param {RegExp} [marks] */
function marked(pieces, marks) {
  const whole = pieces.map(({ text }) => text).join('')
  const found = marks === undefined ? [] : [...whole.matchAll(marks)].filter(([text]) => text !== '')
  const ranges = found.map(({ 0: text, index }) => ({ from: index, to: index + text.length }))
  let start = 0
  return pieces.flatMap(({ text, type }) => {
    const from = start
    start += text.length
    const cuts = ranges.flatMap((range) => [range.from - from, range.to - from])
    const ends = [...cuts.filter((cut) => cut > 0 && cut < text.length), text.length]
    return ends.map((end, at) => {
      const begin = at === 0 ? 0 : /** @type {number} */ (ends[at - 1])
      const isMarked = ranges.some((range) => range.from <= from + begin && from + begin < range.to)
      const part = text.slice(begin, end)
      if (isMarked) return el('mark', { class: type && `t-${type}` }, part)
      return type === '' ? document.createTextNode(part) : el('span', { class: `t-${type}` }, part)
    })
  })
}

/** Lines with their numbers before them, as answers have them. @param {string} snippet @returns {Line[]} */
export const numberedLines = (snippet) =>
  snippet.split('\n').map((row) => {
    const [, number, text] = /^(\d+)\t(.*)$/s.exec(row) ?? []
    return number === undefined ? { text: row } : { number: Number(number), text: text ?? '' }
  })

const escaped = (/** @type {string} */ text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Matches words that begin like the stems, inside of names too. @param {string[]} stems */
export function marksOfWords(stems) {
  const long = stems.filter((stem) => stem.length > 1)
  return long.length === 0 ? undefined : new RegExp(`(?:${long.map(escaped).join('|')})\\p{Ll}*`, 'giu')
}

/** Matches what a pattern matched, as far as the browser can tell that without danger. @param {string} pattern @param {boolean} isCaseKept */
export function marksOfPattern(pattern, isCaseKept) {
  // A quantifier behind a group may take for ever.
  if (/\)[*+{?]/.test(pattern) || pattern.length > 200) return undefined
  const flags = isCaseKept ? 'gu' : 'giu'
  const plain = pattern.replace(/^\(\?i\)/, '')
  try {
    return new RegExp(plain, flags)
  } catch {
    return undefined
  }
}
