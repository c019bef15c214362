const TOKEN = 'token'

/** A fault of the server, with what to do about it. */
class Fault extends Error {
  /** @param {{ title?: string, remedy?: string, code?: string }} told @param {number} status */
  constructor({ title, remedy, code }, status) {
    super(title ?? `The server answered with status ${status}`)
    this.remedy = remedy
    this.code = code
    this.status = status
  }
}

/** The token is kept as long as the tab, and sent only to this server. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? '',
  /** @param {string} value */
  set: (value) => (value === '' ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, value)),
}

/** The address of the server, without a slash at its end. */
export const server = () => new URL('.', location.href).href.slice(0, -1)

/**
 * Requests JSON from the server.
 * @param {string} path
 * @param {{ body?: object, signal?: AbortSignal, mayFail?: boolean }} [options]
 * @throws {Fault} or the reason of the signal
 */
export async function ask(path, { body, signal, mayFail = false } = {}) {
  const response = await send(path, body, signal)
  const answer = await response.json().catch(() => ({}))
  if (response.ok || mayFail) return answer
  if (response.status === 401 || answer.code === 'insufficient_scope') {
    dispatchEvent(new CustomEvent('token-wanted', { detail: answer }))
  }
  if (answer.code === 'starting') void waitForServer('readyz', `${answer.title} …`)
  throw new Fault(answer, response.status)
}

/** @param {string} path @param {object} [body] @param {AbortSignal} [signal] */
async function send(path, body, signal) {
  const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/json' })
  if (token.get() !== '') headers.set('authorization', `Bearer ${token.get()}`)
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  try {
    return await fetch(path, { ...init, headers, signal: signal ?? null })
  } catch (error) {
    if (signal?.aborted) throw error
    void waitForServer('livez', 'Server not reachable, trying again …')
    throw new Fault({ title: 'The server is not reachable' }, 0)
  }
}

let isWaiting = false

/** Shows why the server does not answer, until it answers again. @param {'livez' | 'readyz'} probe @param {string} why */
async function waitForServer(probe, why) {
  if (isWaiting) return
  isWaiting = true
  dispatchEvent(new CustomEvent('server-away', { detail: why }))
  for (let seconds = 1; ; seconds = Math.min(10, seconds * 1.5)) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const isBack = await fetch(probe).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isBack) break
  }
  isWaiting = false
  dispatchEvent(new CustomEvent('server-back'))
}
