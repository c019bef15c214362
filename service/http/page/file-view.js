import { fileLink, go, link, readAddress } from './address.js'
import { codeBlock } from './code.js'
import { ago, counted, el, problem, say, shown } from './elements.js'
import { knownRepositories } from './known-repositories.js'
import { actions } from './results.js'
import { ask } from './server.js'

/** Lines to read at first. The rest of a longer file is read on demand. */
const FIRST_LINES = 5000
const LINES_ABOVE = 6

/** @typedef {{ symbol: string, kind?: string, start_line: number, end_line: number }} Definition */
/** @typedef {{ repository: string, path: string }} File */

/** @param {string} [lines] @returns {[number, number] | undefined} */
function rangeIn(lines) {
  const [, start, end] = /^(\d+)(?:-(\d+))?$/.exec(lines ?? '') ?? []
  return start === undefined ? undefined : [Number(start), Math.max(Number(start), Number(end ?? start))]
}

let shownFile = ''
/** Updates the links to the selected lines. @type {(range: [number, number] | undefined) => void} */
let showWhere = () => {}

/** @type {import('./main.js').View} */
export const fileView = {
  title: ({ path }) => path ?? '',
  async show(main, address, signal) {
    const { repository = '', path = '', lines } = address
    const file = { repository, path }
    if (shownFile === JSON.stringify(file) && main.querySelector('.file') !== null) {
      select(main, rangeIn(lines))
      return
    }
    shownFile = ''
    main.replaceChildren(el('h1', { class: 'crumbs' }, ...crumbs(file)), el('p', { class: 'quiet' }, 'Reading …'))
    try {
      const [text, known] = await Promise.all([
        read(file, Math.max(FIRST_LINES, rangeIn(lines)?.[1] ?? 0), signal),
        knownRepositories().catch(() => new Map()),
      ])
      if (signal.aborted) return
      render(main, { file: { repository: text.repository, path: text.path }, text, known }, signal)
      shownFile = JSON.stringify(file)
      select(main, rangeIn(lines))
    } catch (error) {
      if (!signal.aborted) main.replaceChildren(el('h1', { class: 'crumbs' }, ...crumbs(file)), problem(error))
    }
  },
}

/** Reads lines 1 to `last`, in several requests because an answer has a limit. @param {File} file @param {number} last @param {AbortSignal} signal */
async function read(file, last, signal) {
  let answer
  let text = ''
  for (let start = 1; start !== undefined && start <= last; start = answer.next_line) {
    answer = await ask('v1/read', { body: { ...named(file), start_line: start }, signal })
    text += (start > 1 ? '\n' : '') + answer.text
  }
  return { ...answer, text }
}

/** @param {File} file */
const named = ({ repository, path }) => (repository === '' ? { path } : { repository, path })

/** The repository, its folders and the file, each with a link. @param {File} file */
export function crumbs({ repository, path }) {
  const parts = path.split('/').filter((part) => part !== '')
  const folders = parts.slice(0, -1).map((part, at) => {
    const folder = `${parts.slice(0, at + 1).join('/')}/`
    return [el('a', { href: link({ view: 'folder', repository, path: folder }) }, part), ' / ']
  })
  const root = repository && el('a', { href: link({ view: 'folder', repository }) }, repository)
  return shown([root, root && ' / ', ...folders.flat(), parts.at(-1)])
}

/**
 * @param {HTMLElement} main
 * @param {{ file: File, text: any, known: import('./results.js').Known }} read
 * @param {AbortSignal} signal
 */
function render(main, { file, text, known }, signal) {
  const repository = known.get(file.repository)
  const lines = text.text
    .split('\n')
    .map((/** @type {string} */ line, /** @type {number} */ at) => ({ number: at + 1, text: line }))
  const code = codeBlock(lines, { label: file.path, language: text.language, href: (line) => fileLink(file, line) })
  code.addEventListener('click', (event) => pickLines(event, file))
  const all = el(
    'button',
    { type: 'button', class: 'more', onclick: () => go({ ...readAddress(), lines: String(text.total_lines) }) },
    `Show all ${counted(text.total_lines, 'line')}`,
  )
  const outline = el('nav', { class: 'outline', 'aria-label': 'Outline' })
  const where = el('span', { class: 'where' })
  showWhere = (range) => where.replaceChildren(actions(file, known, range))
  main.replaceChildren(
    el(
      'div',
      { class: 'file-head' },
      el('h1', { class: 'crumbs' }, ...crumbs(file)),
      el(
        'p',
        { class: 'facts' },
        `${text.language} · ${counted(text.total_lines, 'line')}`,
        ...freshness(repository),
        where,
      ),
    ),
    ...shown([text.note, text.left_out].map((told) => told && el('p', { class: 'caveat' }, told))),
    el('div', { class: 'file' }, outline, el('div', { class: 'source' }, code, text.next_line !== undefined && all)),
  )
  void fillOutline(outline, file, signal)
}

/** @param {{ commit?: string, indexed_at?: string } | undefined} repository */
function freshness(repository) {
  const { commit, indexed_at: at } = repository ?? {}
  return shown([
    commit && ' · commit ',
    commit && el('code', { title: commit }, commit.slice(0, 10)),
    at && ' · indexed ',
    at && ago(at),
  ])
}

/** @param {HTMLElement} nav @param {File} file @param {AbortSignal} signal */
async function fillOutline(nav, file, signal) {
  /** @type {Definition[]} */
  const definitions = []
  for (let start = 1; start !== undefined; ) {
    const told = await ask('v1/read', { body: { ...named(file), outline: true, start_line: start }, signal }).catch(
      () => undefined,
    )
    definitions.push(...(told?.definitions ?? []))
    start = told?.next_line
  }
  nav.hidden = definitions.length === 0
  const items = definitions.map(({ symbol, kind, start_line: start, end_line: end }) => {
    const names = symbol.split('.')
    const depth = Math.min(4, names.length - 1)
    return el(
      'li',
      { class: `depth-${depth}` },
      el(
        'a',
        { href: fileLink(file, `${start}-${end}`), title: [kind, symbol].join(' ').trim() },
        names.at(-1),
        kind !== undefined && el('span', { class: 'quiet' }, ` ${kind}`),
      ),
    )
  })
  nav.replaceChildren(
    el(
      'details',
      { open: !matchMedia('(max-width: 760px)').matches },
      el('summary', {}, `Outline (${definitions.length})`),
      el('ul', {}, ...items),
    ),
  )
}

/** Selects the line whose number is clicked, or with Shift the range from the line selected before. @param {MouseEvent} event @param {File} file */
function pickLines(event, file) {
  const gutter = event.target instanceof Element ? event.target.closest('a.number') : null
  if (gutter === null || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  const line = Number(gutter.getAttribute('data-line'))
  const [from] = rangeIn(readAddress().lines) ?? [line]
  const lines = event.shiftKey && from !== line ? `${Math.min(from, line)}-${Math.max(from, line)}` : String(line)
  go({ view: 'file', ...file, lines }, { replace: true })
}

/** Marks the selected lines and scrolls to them. @param {HTMLElement} main @param {[number, number] | undefined} range */
function select(main, range) {
  for (const line of main.querySelectorAll('.line.chosen')) line.classList.remove('chosen')
  showWhere(range)
  if (range === undefined) return
  const [start, end] = range
  for (let number = start; number <= end; number++) main.querySelector(`#L${number}`)?.classList.add('chosen')
  const top = main.querySelector(`#L${Math.max(1, start - LINES_ABOVE)}`)
  const first = main.querySelector(`#L${start}`)?.getBoundingClientRect()
  const isSeen = first !== undefined && first.top > 130 && first.bottom < innerHeight
  if (!isSeen) top?.scrollIntoView({ block: 'start' })
  say(`Line ${start}${end > start ? ` to ${end}` : ''} of ${main.querySelectorAll('.line').length}`)
}
