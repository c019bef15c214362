import { el } from './elements.js'
import { ask, server, token } from './server.js'
import { setup } from './setup.js'

const BEGUN = 'sign-in'

const input = el('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, spellcheck: 'false' })
const fault = el('p', { class: 'problem', role: 'alert', hidden: true })
const atIssuer = el('button', { type: 'button', class: 'main', onclick: () => void leave() })
const issuer = el('p', { hidden: true }, atIssuer)
const hint = el('p', {})
const form = el(
  'form',
  { method: 'dialog' },
  el('h2', { id: 'sign-in-title' }, 'Sign in'),
  fault,
  issuer,
  hint,
  el('label', { for: 'token' }, 'Token'),
  input,
  el('p', { class: 'quiet' }, 'It is kept until you close this tab, and sent only to this server.'),
  el(
    'div',
    { class: 'buttons' },
    el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
    el('button', { type: 'submit', class: 'main' }, 'Sign in'),
  ),
)
const dialog = el('dialog', { 'aria-labelledby': 'sign-in-title' }, form)

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void use(input.value.trim().replace(/^Bearer\s+/i, '')).catch(tell)
})

/** @param {unknown} error */
function tell(error) {
  const { message, remedy = '' } = /** @type {{ message: string, remedy?: string }} */ (error)
  fault.textContent = `${message}. ${remedy}`
  fault.hidden = false
}

/** Keeps a token if the server accepts it. @param {string} value */
async function use(value) {
  const before = token.get()
  token.set(value)
  try {
    await ask('v1/jobs')
  } catch (error) {
    token.set(before)
    throw error
  }
  input.value = ''
  dialog.close()
  dispatchEvent(new CustomEvent('signed-in'))
}

/** Redirects to the issuer, which sends the browser back to this page. */
async function leave() {
  try {
    const { url, state, verifier } = await ask('page/sign-in/begin', { body: { return_to: `${server()}/` } })
    sessionStorage.setItem(BEGUN, JSON.stringify({ state, verifier, from: location.search }))
    location.assign(url)
  } catch (error) {
    tell(error)
  }
}

/** Completes a sign-in, if the issuer has just sent the browser back to this address. */
export async function comeBack() {
  const answer = new URLSearchParams(location.search)
  const begun = sessionStorage.getItem(BEGUN)
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return
  const address = location.href
  const { from = '', ...kept } = JSON.parse(begun ?? '{}')
  sessionStorage.removeItem(BEGUN)
  history.replaceState({}, '', from === '' ? `${server()}/` : from)
  if (begun === null) return
  try {
    await use((await ask('page/sign-in/end', { body: { address, ...kept } })).token)
  } catch (error) {
    await signIn()
    tell(error)
  }
}

/** Shows the form for a token, unless it is already shown. */
export async function signIn() {
  if (dialog.open) return
  fault.hidden = true
  if (!dialog.isConnected) document.body.append(dialog)
  dialog.showModal()
  input.focus()
  const told = await setup().catch(() => undefined)
  const host = told?.issuer === undefined ? '' : new URL(told.issuer).host
  issuer.hidden = told?.sign_in !== true
  atIssuer.textContent = `Sign in at ${host}`
  hint.textContent = issuer.hidden
    ? `This server requires a token. Its operator issues tokens.${host && ` Access tokens of ${told?.issuer} are accepted as well.`}`
    : 'Or paste a token:'
  if (!issuer.hidden) atIssuer.focus()
}
