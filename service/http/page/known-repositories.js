import { ask } from './server.js'

const FRESH_MS = 10_000

/** @typedef {{ name: string, source: string, commit?: string, files: number }} Known */

/** @type {Promise<Map<string, Known>> | undefined} */
let known
let readAt = 0

/** Returns the indexed repositories by name, cached for a moment. @returns {Promise<Map<string, Known>>} */
export function knownRepositories() {
  if (known === undefined || Date.now() - readAt > FRESH_MS) {
    readAt = Date.now()
    known = ask('v1/repositories').then(
      ({ repositories }) => new Map(repositories.map((/** @type {Known} */ one) => [one.name, one])),
    )
    known.catch(() => (known = undefined))
  }
  return known
}
