import { link } from './address.js'
import { answerTo } from './answers.js'
import { at, counted, el, problem, say, shown } from './elements.js'
import { knownRepositories } from './known-repositories.js'
import { fillForm, focusQuery, searchForm } from './search-form.js'

const EXAMPLES = ['where are retries configured', 'parse a date', 'check the token of a request', 'close the database']

/** Answers usually take less, and a message that only flashes would distract. */
const SEEN_AFTER_MS = 400

const note = el('div', { class: 'note' })
const results = el('div', { class: 'results' })
const root = el('div', {}, el('h1', { class: 'unseen' }, 'Search'), searchForm, note, results)

/** The last answer, so that going back shows it unchanged. */
let answered = ''

/** @type {import('./main.js').View} */
export const searchView = {
  title: ({ q }) => q ?? '',
  async show(main, address, signal) {
    const isNew = !root.isConnected
    if (isNew) main.replaceChildren(root)
    fillForm(address)
    if (isNew && !address.q && !matchMedia('(pointer: coarse)').matches) focusQuery()
    const question = JSON.stringify(address)
    if (answered === question) return
    answered = ''
    results.setAttribute('aria-busy', 'true')
    const isAsked = (address.q ?? '').trim() !== ''
    const waiting = setTimeout(() => note.replaceChildren('Searching…'), SEEN_AFTER_MS)
    const page = await (isAsked ? answerTo(address, signal) : start()).catch((error) => ({
      items: [problem(error)],
      told: '',
      isFault: true,
    }))
    clearTimeout(waiting)
    if (signal.aborted) return
    results.removeAttribute('aria-busy')
    if (!('isFault' in page)) answered = question
    note.replaceChildren(page.told, ...('facts' in page ? (page.facts ?? []) : []))
    say(page.told)
    results.replaceChildren()
    append(page)
  },
}

/** Returns what is shown before the first question. @returns {Promise<import('./answers.js').Page>} */
async function start() {
  const known = await knownRepositories()
  if (known.size === 0) {
    const advice = 'Start the server with a folder, or have an agent index one.'
    return {
      items: [el('div', { class: 'empty' }, el('h2', {}, 'Nothing is indexed yet'), el('p', {}, advice))],
      told: '',
    }
  }
  const files = [...known.values()].reduce((sum, each) => sum + each.files, 0)
  const examples = EXAMPLES.map((q) => el('li', {}, el('a', { href: link({ q }) }, q)))
  const welcome = el(
    'div',
    { class: 'empty' },
    el('h2', {}, `${counted(files, 'file')} in ${counted(known.size, 'repository', 'repositories')}`),
    el('p', {}, 'Ask in your own words, as an agent would:'),
    el('ul', { class: 'examples' }, ...examples),
    el(
      'p',
      { class: 'quiet' },
      key('/'),
      ' to search, ',
      key('j'),
      ' and ',
      key('k'),
      ' through results, ',
      key('Enter'),
      ' to open, ',
      key('?'),
      ' for all keys',
    ),
  )
  return { items: [welcome], told: '' }
}

/** @param {string} name */
const key = (name) => el('kbd', {}, name)

/** @param {import('./answers.js').Page} page */
function append({ items, notes = [], next }) {
  results.append(...shown(notes.map((text) => text !== undefined && el('p', { class: 'caveat' }, text))), ...items)
  if (next === undefined) return
  const button = el('button', { type: 'button', class: 'more', onclick: () => load() }, 'Show more')
  const load = async () => {
    button.disabled = true
    try {
      const page = await next()
      button.remove()
      append(page)
    } catch (error) {
      button.replaceWith(problem(error))
    }
  }
  results.append(button)
}

/** @returns {HTMLElement[]} */
export const resultLinks = () =>
  [...at('main').querySelectorAll('.result .place')].map((each) => /** @type {HTMLElement} */ (each))
