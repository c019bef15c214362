import { link, readAddress } from './address.js'
import { el } from './elements.js'
import { focusQuery } from './search-form.js'
import { resultLinks } from './search-view.js'

const KEYS = {
  '/': 'Search',
  'j, k': 'Next and previous result',
  Enter: 'Open the result',
  Esc: 'Leave the field; from a file back to the results',
  '?': 'These keys',
}

const dialog = el(
  'dialog',
  { 'aria-labelledby': 'keys-title' },
  el(
    'form',
    { method: 'dialog' },
    el('h2', { id: 'keys-title' }, 'Keys'),
    el(
      'dl',
      { class: 'keys' },
      ...Object.entries(KEYS).flatMap(([key, does]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, does)]),
    ),
    el('div', { class: 'buttons' }, el('button', { class: 'main' }, 'Close')),
  ),
)

export function showKeys() {
  if (!dialog.isConnected) document.body.append(dialog)
  dialog.showModal()
}

const isTyping = (/** @type {Element | null} */ element) =>
  element instanceof HTMLElement && element.matches('input, textarea, select')

/** @type {Record<string, () => void>} */
const DOES = {
  '/': search,
  j: () => step(1),
  k: () => step(-1),
  '?': showKeys,
  Escape: back,
}

export function useKeys() {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return
    if (isTyping(document.activeElement)) {
      if (event.key === 'Escape') /** @type {HTMLElement} */ (document.activeElement).blur()
      return
    }
    const action = DOES[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}

function search() {
  if ((readAddress().view ?? '') !== '') {
    history.pushState({}, '', link({}))
    dispatchEvent(new CustomEvent('moved', { detail: { replace: false } }))
  }
  focusQuery()
}

/** @param {number} by */
function step(by) {
  const links = resultLinks()
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement))
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]
  next?.focus({ preventScroll: true })
  next?.closest('.result')?.scrollIntoView({ block: 'nearest' })
}

function back() {
  if (/^(file|folder)$/.test(readAddress().view ?? '')) history.back()
}
