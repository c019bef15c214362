import { go } from './address.js'
import { badge, counted, el, shown } from './elements.js'
import { knownRepositories } from './known-repositories.js'
import { definitionResults, textResults, useResults, wordResults } from './results.js'
import { ask } from './server.js'

const STEPS = [20, 50]

/** @typedef {{ items: Node[], told: string, notes?: (string | undefined)[], facts?: Node[], next?: (() => Promise<Page>) | undefined }} Page */

/** What the server answers to the search in an address. @param {import('./address.js').Address} address @param {AbortSignal} signal @returns {Promise<Page>} */
export async function answerTo(address, signal) {
  const known = await knownRepositories().catch(() => new Map())
  if (address.by === 'symbol') return symbols(address, 0, signal, known)
  return address.by === 'text' ? lines(address, 0, signal, known) : words(address, signal, known)
}

/** @param {import('./address.js').Address} address */
const filtersOf = ({ repository, language, path }) =>
  Object.fromEntries(Object.entries({ repository, language, path }).filter(([, value]) => value?.trim()))

/** @typedef {Awaited<ReturnType<typeof knownRepositories>>} Known */

/** @param {import('./address.js').Address} address @param {AbortSignal | undefined} signal @param {Known} known @returns {Promise<Page>} */
async function words(address, signal, known) {
  const limit = Math.min(STEPS.at(-1) ?? 50, Number(address.n) || (STEPS[0] ?? 20))
  const body = { query: address.q, limit, max_tokens: 100_000, ...filtersOf(address) }
  const told = await ask('v1/search', { body, signal })
  const found = told.results.length
  const isAll = found < limit || limit === STEPS.at(-1)
  const items = wordResults(told.results, { address, known })
  if (found === 0) items.push(nothing('Try other words or fewer filters. Text finds exact characters.'))
  if (!isAll)
    items.push(
      el(
        'button',
        {
          type: 'button',
          class: 'more',
          onclick: () => go({ ...address, n: String(STEPS.at(-1)) }, { replace: true }),
        },
        'Show more',
      ),
    )
  else if (found === STEPS.at(-1))
    items.push(el('p', { class: 'quiet' }, `These are the best ${found}. Narrow the search to see others.`))
  return {
    items,
    told: `${counted(found, 'result')} in ${Math.round(told.latency_ms)} ms`,
    notes: [told.degraded, told.note],
    facts: [
      ...told.modes.map((/** @type {string} */ mode) => badge(mode === 'semantic' ? 'by meaning' : 'by words', 'leg')),
      ...facets(told.results, address),
    ],
  }
}

/** What narrows the results: languages and repositories among them. @param {{ language: string, repository: string }[]} found @param {import('./address.js').Address} address */
function facets(found, address) {
  const counts = (/** @type {'language' | 'repository'} */ field) =>
    address[field] ? [] : [...Map.groupBy(found, (each) => each[field])].filter(([, all]) => all.length < found.length)
  return /** @type {const} */ (['repository', 'language']).flatMap((field) =>
    counts(field)
      .sort(([, one], [, other]) => other.length - one.length)
      .slice(0, 4)
      .map(([name, all]) =>
        el(
          'a',
          { class: 'facet', href: `?${new URLSearchParams({ ...address, [field]: name })}` },
          `${name} `,
          el('b', {}, all.length),
        ),
      ),
  )
}

/** @param {import('./address.js').Address} address @param {number} offset @param {AbortSignal | undefined} signal @param {Known} known @returns {Promise<Page>} */
async function symbols(address, offset, signal, known) {
  const references = address.more === 'uses'
  const body = { name: address.q, references, limit: 50, offset, ...filtersOf(address) }
  const told = await ask('v1/symbols', { body, signal })
  const items = [
    ...(offset > 0 && references ? [] : definitionResults(told.definitions, known)),
    ...(told.uses?.length > 0
      ? [
          offset === 0 && el('h2', { class: 'part' }, 'Used in'),
          ...useResults(told.uses, { known, name: address.q ?? '' }),
        ]
      : []),
  ]
  if (offset === 0 && told.total === 0)
    items.push(nothing('No definition of this name is indexed. Text finds every line that has it.'))
  return {
    items: /** @type {Node[]} */ (shown(items)),
    told: told.near ? 'Nothing has exactly this name; these are similar' : counted(told.total, 'definition'),
    notes: [told.degraded, told.note],
    next: told.next_offset === undefined ? undefined : () => symbols(address, told.next_offset, undefined, known),
  }
}

/** @param {import('./address.js').Address} address @param {number} offset @param {AbortSignal | undefined} signal @param {Known} known @returns {Promise<Page>} */
async function lines(address, offset, signal, known) {
  const isCaseKept = address.more === 'case'
  const pattern = `${isCaseKept ? '' : '(?i)'}${address.q}`
  const body = { pattern, context: 1, limit: 100, offset, ...filtersOf(address) }
  const told = await ask('v1/grep', { body, signal })
  const items = textResults(told.matches, { known, pattern: address.q ?? '', isCaseKept })
  if (offset === 0 && items.length === 0) items.push(nothing(`No line matches in ${counted(told.files, 'file')}.`))
  const end = offset + told.matches.length
  return {
    items,
    told: `${counted(end, 'line')}${told.truncated ? ' and more' : ''} in ${Math.round(told.latency_ms)} ms; ${told.files_searched} of ${counted(told.files, 'file')} read`,
    notes: [told.degraded, told.note, told.left_out],
    next: told.next_offset === undefined ? undefined : () => lines(address, told.next_offset, undefined, known),
  }
}

/** @param {string} advice */
const nothing = (advice) => el('div', { class: 'empty' }, el('h2', {}, 'Nothing found'), el('p', {}, advice))
