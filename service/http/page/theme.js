import { el } from './elements.js'

const KEY = 'theme'
const NEXT = /** @type {Record<string, string>} */ ({ auto: 'dark', dark: 'light', light: 'auto' })
const SIGNS = /** @type {Record<string, string>} */ ({ auto: '◐', dark: '●', light: '○' })

const chosen = () => localStorage.getItem(KEY) ?? 'auto'
const apply = () => (document.documentElement.dataset.theme = chosen())
apply()

/** A button that cycles through the themes: system, dark, light. */
export function themeButton() {
  const button = el('button', { type: 'button', class: 'icon' })
  const tell = () => {
    button.textContent = SIGNS[chosen()] ?? ''
    button.title = `Theme: ${chosen()}`
    button.setAttribute('aria-label', button.title)
  }
  button.addEventListener('click', () => {
    localStorage.setItem(KEY, NEXT[chosen()] ?? 'auto')
    apply()
    tell()
  })
  tell()
  return button
}
