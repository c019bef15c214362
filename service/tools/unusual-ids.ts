import { randomUUID } from 'node:crypto'

/** Begins the texts that stand for ids. */
const MARK = `number:${randomUUID()}:`
const STANDING_IN = new RegExp(`"${MARK}([^"]+)"`, 'g')
const UNUSUAL = /"(?:id|requestId)"\s*:\s*-?(?:\d{16}|\d+[.eE])/

/**
 * Parses messages. An id that is a number which JavaScript cannot hold, or which is not whole, becomes a text, because
 * the SDK refuses it. `withIdsAsSent` puts it back.
 */
export function parseMessages(text: string): unknown {
  return UNUSUAL.test(text) ? JSON.parse(text, keepingIds) : JSON.parse(text)
}

function keepingIds(this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isId = (key === 'id' && 'jsonrpc' in this) || key === 'requestId'
  return isId && typeof value === 'number' && !Number.isSafeInteger(value) ? MARK + context?.source : value
}

/** Returns the JSON of an answer with its ids as they were sent. */
export const withIdsAsSent = (json: string): string => (json.includes(MARK) ? json.replace(STANDING_IN, '$1') : json)
