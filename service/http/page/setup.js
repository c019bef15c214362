import { ask } from './server.js'

/** @typedef {{ version: string, needs_token: boolean, issuer?: string, sign_in?: boolean, clients: { client: string, where: string, settings: string }[] }} Setup */

/** @type {Promise<Setup> | undefined} */
let reading

/** What the server tells about itself without a token. */
export function setup() {
  reading ??= ask('page/setup.json')
  reading.catch(() => (reading = undefined))
  return reading
}
