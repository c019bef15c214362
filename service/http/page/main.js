import { activityView } from './activity-view.js'
import { link, readAddress } from './address.js'
import { connectView } from './connect-view.js'
import { at, el, shown } from './elements.js'
import { fileView } from './file-view.js'
import { folderView } from './folder-view.js'
import { showKeys, useKeys } from './keys.js'
import { repositoriesView } from './repositories-view.js'
import { searchView } from './search-view.js'
import { token } from './server.js'
import { setup } from './setup.js'
import { comeBack, signIn } from './sign-in.js'
import { themeButton } from './theme.js'

/**
 * @typedef {object} View
 * @property {(address: import('./address.js').Address) => string} title
 * @property {(main: HTMLElement, address: import('./address.js').Address, signal: AbortSignal) => Promise<void>} show until the signal aborts
 */

/** @type {Record<string, View>} */
const VIEWS = {
  '': searchView,
  file: fileView,
  folder: folderView,
  repositories: repositoriesView,
  activity: activityView,
  connect: connectView,
}
const NAMED = { '': 'Search', repositories: 'Repositories', activity: 'Activity', connect: 'Connect' }

let current = new AbortController()
let shownView = ''

/** Shows the view of the address. @param {{ isSame?: boolean }} [how] */
function show({ isSame = false } = {}) {
  const address = readAddress()
  const name = address.view ?? ''
  const view = VIEWS[name] ?? searchView
  current.abort()
  current = new AbortController()
  const title = view.title(address)
  document.title = title === '' ? 'Codebase MCP' : `${title} · Codebase MCP`
  document.body.dataset.view = name || 'search'
  at('views').replaceChildren(
    ...Object.entries(NAMED).map(([each, text]) =>
      el('a', { href: link(each === '' ? {} : { view: each }), 'aria-current': each === name && 'page' }, text),
    ),
  )
  showTools()
  const isMoved = shownView !== name
  shownView = name
  void view.show(at('main'), address, current.signal)
  if (isMoved && !isSame && name !== '') at('main').focus({ preventScroll: true })
}

function showTools() {
  const out = () => {
    token.set('')
    location.reload()
  }
  const button = token.get() !== '' && el('button', { type: 'button', onclick: out }, 'Sign out')
  at('tools').replaceChildren(
    ...shown([
      button,
      el('button', { type: 'button', class: 'icon', 'aria-label': 'Keys', title: 'Keys', onclick: showKeys }, '?'),
      themeButton(),
    ]),
  )
}

addEventListener('moved', (event) => {
  const { replace } = /** @type {CustomEvent} */ (event).detail
  show({ isSame: replace })
  if (!replace && readAddress().lines === undefined) scrollTo(0, 0)
})
addEventListener('popstate', (event) => {
  show()
  const scroll = event.state?.scroll ?? 0
  requestAnimationFrame(() => readAddress().lines === undefined && scrollTo(0, scroll))
})
addEventListener('token-wanted', () => void signIn())
addEventListener('signed-in', () => show({ isSame: true }))
addEventListener('server-away', (event) => {
  at('outage').textContent = /** @type {CustomEvent<string>} */ (event).detail
  at('outage').hidden = false
})
addEventListener('server-back', () => {
  at('outage').hidden = true
  show({ isSame: true })
})
document.addEventListener('click', (event) => {
  const to = event.target instanceof Element ? event.target.closest('a') : null
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (to === null || event.defaultPrevented || !isPlain || !to.getAttribute('href')?.startsWith('?')) return
  event.preventDefault()
  history.replaceState({ scroll: scrollY }, '')
  history.pushState({}, '', to.href)
  dispatchEvent(new CustomEvent('moved', { detail: { replace: false } }))
})

history.scrollRestoration = 'manual'
useKeys()
await comeBack()
show({ isSame: true })
setup().then(
  ({ version }) => (at('version').textContent = `Codebase MCP ${version}`),
  () => {},
)
