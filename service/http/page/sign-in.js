import { el } from './elements.js'
import { ask, token } from './server.js'
import { setup } from './setup.js'

const input = el('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, spellcheck: 'false' })
const fault = el('p', { class: 'problem', role: 'alert', hidden: true })
const issuer = el('p', { class: 'quiet', hidden: true })
const form = el(
  'form',
  { method: 'dialog' },
  el('h2', { id: 'sign-in-title' }, 'Sign in'),
  el('p', {}, 'This server wants a token. Whoever runs it hands tokens out.'),
  issuer,
  el('label', { for: 'token' }, 'Token'),
  input,
  fault,
  el('p', { class: 'quiet' }, 'It is kept until this tab is closed, and sent to this server only.'),
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
  void take()
})

/** Keeps the token if the server takes it. */
async function take() {
  const before = token.get()
  token.set(input.value.trim().replace(/^Bearer\s+/i, ''))
  try {
    await ask('v1/jobs')
    input.value = ''
    dialog.close()
    dispatchEvent(new CustomEvent('signed-in'))
  } catch (error) {
    token.set(before)
    const { message, remedy = '' } = /** @type {{ message: string, remedy?: string }} */ (error)
    fault.textContent = `${message}. ${remedy}`
    fault.hidden = false
  }
}

/** Asks for a token, unless it is asked for already. */
export async function signIn() {
  if (dialog.open) return
  fault.hidden = true
  if (!dialog.isConnected) document.body.append(dialog)
  dialog.showModal()
  input.focus()
  const told = await setup().catch(() => undefined)
  issuer.hidden = told?.issuer === undefined
  issuer.textContent = `Access tokens of ${told?.issuer} are taken as well.`
}
