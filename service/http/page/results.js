import { fileLink } from './address.js'
import { codeBlock, marksOfPattern, marksOfWords, numberedLines } from './code.js'
import { badge, copyButton, el } from './elements.js'
import { gitLink } from './git-link.js'

/**
 * @typedef {Map<string, import('./known-repositories.js').Known>} Known
 * @typedef {{ repository: string, path: string }} File
 * @typedef {File & { start_line: number, end_line: number, symbol?: string, language: string }} Place
 * @typedef {{ legs: string[], words: string[], names: string[], path: string[], likeness?: number, defines?: true }} Why
 * @typedef {import('./code.js').Line} Line
 */

/** @param {File} file @param {Known} known @param {[number, number]} [range] */
export function actions({ repository, path }, known, range) {
  const { source = '', commit = '' } = known.get(repository) ?? {}
  const [start, end] = range ?? [1, 1]
  const href = gitLink({ source, commit, path, start, end })
  const place = range === undefined ? path : `${path}:${start}`
  return el(
    'span',
    { class: 'actions' },
    copyButton('Copy path', () => place),
    href && el('a', { href, rel: 'noreferrer', target: '_blank' }, `On ${new URL(href).hostname}`),
  )
}

/** Renders a place in a file: a heading that links to the file, and what is below it. @param {{ file: File, known: Known, range?: [number, number], facts?: (Node | string | false | undefined)[], more?: (Node | false | undefined)[] }} parts */
function result({ file, known, range, facts = [], more = [] }) {
  const [start, end] = range ?? []
  const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1)
  const lines = start === undefined ? undefined : start === end ? `${start}` : `${start}-${end}`
  const place = el(
    'a',
    { class: 'place', href: fileLink(file, lines) },
    el('span', { class: 'folder' }, folder),
    file.path.slice(folder.length),
    lines && el('span', { class: 'lines' }, `:${lines}`),
  )
  return el(
    'article',
    { class: 'result' },
    el(
      'header',
      {},
      el('h2', {}, place),
      el('span', { class: 'facts' }, badge(file.repository), ...facts),
      actions(file, known, range),
    ),
    ...more.filter((each) => each !== false && each !== undefined),
  )
}

/** @param {(Place & { snippet?: string, why?: Why })[]} found @param {{ address: import('./address.js').Address, known: Known }} asked */
export function wordResults(found, { address, known }) {
  return found.map((each) => {
    const { symbol, language, snippet, why, start_line: start, end_line: end } = each
    const label = `${each.path}, lines ${start} to ${end}`
    const marks = marksOfWords(why?.words ?? [])
    return result({
      file: each,
      known,
      range: [start, end],
      facts: [symbol !== undefined && el('code', { class: 'symbol' }, symbol)],
      more: [
        snippet !== undefined && codeBlock(numberedLines(snippet), { label, language, marks }),
        why && whyFound(why, address.q ?? ''),
      ],
    })
  })
}

/** Returns the words of the question that have these stems. @param {string[]} stems @param {string} question */
const spelled = (stems, question) => {
  const words = question.match(/\p{Lu}?\p{Ll}+|\p{Lu}+|\p{N}+|[^\s\p{L}\p{N}]+/gu) ?? []
  const wordOf = (/** @type {string} */ stem) =>
    words.find((word) => word.toLowerCase().startsWith(stem.slice(0, Math.max(3, stem.length - 1))))
  return [...new Set(stems.map((stem) => wordOf(stem)?.toLowerCase() ?? stem))].join(', ')
}

/** @param {Why} why @param {string} question */
function whyFound({ legs, words, names, path, likeness, defines }, question) {
  const reasons = [
    defines && 'defines the name that you asked for',
    words.length > 0 && ['has the words ', el('b', {}, spelled(words, question))],
    names.length > 0 && !defines && ['defines a name with ', el('b', {}, spelled(names, question))],
    path.length > 0 && ['its path has ', el('b', {}, spelled(path, question))],
    likeness !== undefined && [`near in meaning, ${likeness.toFixed(1)} σ above the mean`],
  ].filter((reason) => reason !== false && reason !== undefined)
  if (reasons.length === 0) return undefined
  const told = reasons.flatMap((reason, at) => [at > 0 && ' · ', ...[reason].flat()])
  return el(
    'p',
    { class: 'why' },
    el(
      'span',
      { class: 'unseen' },
      `Found ${legs.length > 1 ? 'by words and meaning' : legs[0] === 'semantic' ? 'by meaning' : 'by words'}: `,
    ),
    ...told,
  )
}

/** @param {(Place & { kind?: string, signature: string })[]} definitions @param {Known} known */
export const definitionResults = (definitions, known) =>
  definitions.map((each) => {
    const { symbol, kind, language, signature, start_line: start, end_line: end } = each
    return result({
      file: each,
      known,
      range: [start, end],
      facts: [kind !== undefined && badge(kind, 'kind'), el('code', { class: 'symbol' }, symbol)],
      more: [codeBlock([{ number: start, text: signature }], { label: `Definition of ${symbol}`, language })],
    })
  })

/** @param {(File & { lines: { line: number, text: string }[] })[]} uses @param {{ known: Known, name: string }} asked */
export function useResults(uses, { known, name }) {
  const last = name.split(/\.|::|#|->/).at(-1) ?? name
  const marks = marksOfPattern(last.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), true)
  return uses.map((file) => {
    const lines = file.lines.map(({ line, text }) => ({ number: line, text }))
    return result({
      file,
      known,
      more: [
        codeBlock(lines, {
          label: file.path,
          language: languageOf(file.path),
          marks,
          href: (line) => fileLink(file, line),
        }),
      ],
    })
  })
}

/** @typedef {File & { line: number, text: string, before: string[], after: string[] }} Match */

/** @param {Match[]} matches @param {{ known: Known, pattern: string, isCaseKept: boolean }} asked */
export function textResults(matches, { known, pattern, isCaseKept }) {
  const marks = marksOfPattern(pattern, isCaseKept)
  const files = Map.groupBy(matches, ({ repository, path }) => JSON.stringify([repository, path]))
  return [...files.values()].map((ofFile) => {
    const file = /** @type {Match} */ (ofFile[0])
    const block = codeBlock(withGaps(ofFile), {
      label: file.path,
      language: languageOf(file.path),
      marks,
      isWrapped: true,
      href: (line) => fileLink(file, line),
    })
    return result({ file, known, facts: [badge(`${ofFile.length}`, 'count')], more: [block] })
  })
}

/** Returns each line once, in order, with a marker in place of omitted lines. @param {Match[]} matches @returns {Line[]} */
function withGaps(matches) {
  /** @type {Map<number, Line>} */
  const lines = new Map()
  for (const { line, text, before, after } of matches) {
    const own = text.split('\n')
    const first = line - before.length
    ;[...before, ...own, ...after].forEach((each, at) => {
      const number = first + at
      const isHit = number >= line && number < line + own.length
      if (isHit || !lines.has(number)) lines.set(number, { number, text: each, isHit })
    })
  }
  const sorted = [...lines.entries()].sort(([one], [other]) => one - other)
  return sorted.flatMap(([number, line], at) => {
    const before = sorted[at - 1]?.[0]
    return before !== undefined && before + 1 < number ? [{ text: '' }, line] : [line]
  })
}

/** Languages by file extension, for answers that do not name it. @type {Record<string, string>} */
const ENDINGS = {
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  js: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  py: 'python',
  pyi: 'python',
  rs: 'rust',
  rb: 'ruby',
  cs: 'csharp',
  h: 'c',
  cc: 'cpp',
  hpp: 'cpp',
  cxx: 'cpp',
  kt: 'kotlin',
  kts: 'kotlin',
  sh: 'bash',
  yml: 'yaml',
  md: 'markdown',
  tf: 'hcl',
  html: 'markup',
  xml: 'markup',
}

/** @param {string} path */
const languageOf = (path) => {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return ENDINGS[ending] ?? ending
}
