/**
 * What the page shows is in its address, so that reloading, going back and sharing work.
 * @typedef {object} Address
 * @property {string} [view] search, unless given
 * @property {string} [q] what is searched for
 * @property {string} [by] `symbol` or `text`; by words and meaning, unless given
 * @property {string} [repository]
 * @property {string} [language]
 * @property {string} [path] of a file, or what a search is narrowed to
 * @property {string} [more] `uses` with symbols, `case` where text is compared as it is written
 * @property {string} [n] how many results
 * @property {string} [lines] `12` or `12-20`
 */

/** @returns {Address} */
export const readAddress = () => Object.fromEntries(new URLSearchParams(location.search))

/** @param {Address} address */
export function link(address) {
  const given = Object.entries(address).filter(([, value]) => value !== undefined && value !== '')
  return `?${new URLSearchParams(Object.fromEntries(given))}`
}

/** Of a file, or of some of its lines. @param {{ repository: string, path: string }} file @param {string | number} [lines] */
export const fileLink = ({ repository, path }, lines) =>
  link({ view: 'file', repository, path, lines: lines === undefined ? undefined : String(lines) })

/** @param {Address} address @param {{ replace?: boolean }} [how] */
export function go(address, { replace = false } = {}) {
  const to = link(address)
  if (replace) history.replaceState(history.state, '', to)
  else {
    history.replaceState({ scroll: scrollY }, '')
    history.pushState({}, '', to)
  }
  dispatchEvent(new CustomEvent('moved', { detail: { replace } }))
}
