/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * An element with its attributes, of which functions are listeners and those that are false or undefined are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(/** @type {string | number} */ (value)))
  }
  element.append(...shown(children))
  return element
}

/** @param {Child[]} children */
export const shown = (children) =>
  children.flatMap((child) =>
    child === false || child === null || child === undefined ? [] : [child instanceof Node ? child : String(child)],
  )

/** @param {string} id */
export const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** What a screen reader says. @param {string} text */
export const say = (text) => (at('status').textContent = text)

/**
 * A button that copies a text, and says so.
 * @param {string} label
 * @param {() => string} text
 */
export function copyButton(label, text) {
  const button = el('button', { type: 'button', class: 'copy', onclick: () => copy() }, label)
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(text()).then(
      () => true,
      () => false,
    )
    const told = isCopied ? 'Copied' : 'The browser does not let the page copy'
    button.textContent = told
    say(told)
    setTimeout(() => (button.textContent = label), 1500)
  }
  return button
}

/** @param {string} text @param {string} [kind] */
export const badge = (text, kind = '') => el('span', { class: `badge ${kind}` }, text)

/** @param {number} value */
export const number = (value) => value.toLocaleString('en')

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`

const ages = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** `3 minutes ago`, with the time itself in its title. @param {string} iso */
export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000)
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1]
  const title = new Date(iso).toLocaleString()
  return el(
    'time',
    { datetime: iso, title },
    seconds < 5 ? 'just now' : ages.format(-Math.round(seconds / length), unit),
  )
}

/** What went wrong and what to do about it. @param {unknown} error */
export function problem(error) {
  const { message, remedy } = /** @type {{ message: string, remedy?: string }} */ (error)
  return el('div', { class: 'problem', role: 'alert' }, el('p', {}, message), remedy && el('p', {}, remedy))
}
