import { go } from './address.js'
import { el } from './elements.js'
import { knownRepositories } from './known-repositories.js'

const TYPING_MS = 180
/** Suggestions of the filter, which accepts any language. */
const LANGUAGES =
  'typescript javascript python go rust java c cpp csharp ruby php kotlin swift scala bash sql yaml markdown'

/** @type {Record<string, { label: string, hint: string, placeholder: string }>} */
const WAYS = {
  '': { label: 'Search', hint: 'By meaning and by words', placeholder: 'where are retries configured?' },
  symbol: { label: 'Symbols', hint: 'Where a name is defined and used', placeholder: 'Model.save' },
  text: { label: 'Text', hint: 'Lines that match a regular expression (RE2)', placeholder: 'TODO|FIXME' },
}

const query = el('input', {
  id: 'query',
  name: 'q',
  type: 'search',
  autocomplete: 'off',
  spellcheck: 'false',
  autocapitalize: 'off',
})
/** @param {string} name @param {string} label @param {object} more */
const filter = (name, label, more) => {
  const input = el('input', { name, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', ...more })
  return { input, field: el('label', { class: 'filter' }, el('span', {}, label), input) }
}
const repository = filter('repository', 'Repository', { list: 'repositories', placeholder: 'all' })
const language = filter('language', 'Language', { list: 'languages', placeholder: 'any' })
const path = filter('path', 'Path', { placeholder: 'e.g. src, !**/*.test.ts' })
const more = el('input', { type: 'checkbox', name: 'more' })
const moreText = el('span')
const moreField = el('label', { class: 'check' }, more, moreText)
const hint = el('p', { class: 'hint', id: 'hint' })
const ways = Object.entries(WAYS).map(([by, { label }]) => {
  const radio = el('input', { type: 'radio', name: 'by', value: by })
  return { by, radio, field: el('label', {}, radio, el('span', {}, label)) }
})
const repositoryNames = el('datalist', { id: 'repositories' })
export const searchForm = el(
  'form',
  { role: 'search', class: 'search', 'aria-label': 'Code' },
  el(
    'fieldset',
    { class: 'ways' },
    el('legend', { class: 'unseen' }, 'How to search'),
    ...ways.map(({ field }) => field),
  ),
  el(
    'div',
    { class: 'query' },
    el('label', { class: 'unseen', for: 'query' }, 'Search for'),
    query,
    el('kbd', { 'aria-hidden': 'true' }, '/'),
  ),
  el('div', { class: 'filters' }, repository.field, language.field, path.field, moreField),
  hint,
  repositoryNames,
  el('datalist', { id: 'languages' }, ...LANGUAGES.split(' ').map((name) => el('option', { value: name }))),
)
/** @type {Record<string, HTMLInputElement>} */
const FIELDS = { q: query, repository: repository.input, language: language.input, path: path.input }

/** Returns the address of what the form asks for. @returns {import('./address.js').Address} */
function formAddress() {
  const by = ways.find(({ radio }) => radio.checked)?.by ?? ''
  const texts = Object.fromEntries(Object.entries(FIELDS).map(([name, input]) => [name, input.value]))
  const ticked = by === 'symbol' ? 'uses' : by === 'text' ? 'case' : ''
  return { by, ...texts, more: more.checked ? ticked : '' }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing
searchForm.addEventListener('input', ({ target }) => {
  clearTimeout(typing)
  const isTyped = target instanceof HTMLInputElement && /^(search|text)$/.test(target.type)
  typing = setTimeout(() => go(formAddress(), { replace: true }), isTyped ? TYPING_MS : 0)
})
searchForm.addEventListener('submit', (event) => {
  event.preventDefault()
  clearTimeout(typing)
  go(formAddress())
})

export const focusQuery = () => {
  query.focus()
  query.select()
}

/** @param {import('./address.js').Address} address */
export function fillForm(address) {
  const { by = '', more: ticked = '' } = address
  void fillRepositories()
  for (const way of ways) way.radio.checked = way.by === by
  for (const [name, input] of Object.entries(FIELDS)) {
    const value = /** @type {Record<string, string | undefined>} */ (address)[name] ?? ''
    if (document.activeElement !== input || input.value.trim() !== value.trim()) input.value = value
  }
  const way = WAYS[by] ?? WAYS['']
  query.placeholder = way?.placeholder ?? ''
  hint.textContent = way?.hint ?? ''
  query.setAttribute('aria-describedby', 'hint')
  moreField.hidden = by === ''
  moreText.textContent = by === 'symbol' ? 'Uses too' : 'Match case'
  more.checked = ticked !== ''
}

/** @type {Map<string, unknown> | undefined} */
let filledWith

async function fillRepositories() {
  const known = await knownRepositories().catch(() => new Map())
  if (known === filledWith) return
  filledWith = known
  repositoryNames.replaceChildren(...[...known.keys()].map((name) => el('option', { value: name })))
}
