import {
  CLIENT_CAPABILITIES_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  ProtocolErrorCode,
  UnsupportedProtocolVersionError,
} from '@modelcontextprotocol/server'
import { errorLine } from './messages.ts'

/** Revisions in which each request says its revision. */
const SUPPORTED = ['2026-07-28']
/** May be asked before the client chooses a revision. */
const DISCOVER = 'server/discover'

interface Request {
  readonly id: string | number
  readonly method: string
  readonly meta: Readonly<Record<string, unknown>>
}

/**
 * Refuses requests that do not say which of the supported revisions they are in, and what the client can do. The SDK
 * checks that only of the requests that open a conversation. A conversation in a revision of 2025 has no such fields.
 */
export class StdioEnvelopes {
  #revisions: 'not chosen' | 'with fields' | 'of 2025' = 'not chosen'

  /** Returns the answer to a request that is refused, as a line. */
  refusal(message: object): string | undefined {
    const request = requestIn(message)
    if (request === undefined) return undefined
    if (this.#revisions === 'with fields') return refusalOf(request)
    if (this.#revisions === 'not chosen') this.#choose(request)
    return undefined
  }

  #choose(request: Request): void {
    if (request.meta[PROTOCOL_VERSION_META_KEY] === undefined) this.#revisions = 'of 2025'
    else if (request.method !== DISCOVER && refusalOf(request) === undefined) this.#revisions = 'with fields'
  }
}

function requestIn(message: object): Request | undefined {
  const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown }
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof method !== 'string') return undefined
  return { id, method, meta: objectIn(objectIn(params)?._meta) ?? {} }
}

const objectIn = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined

function refusalOf({ id, method, meta }: Request): string | undefined {
  const requested = meta[PROTOCOL_VERSION_META_KEY]
  // The SDK says that it is for revisions of 2025.
  if (method === 'initialize' && requested === undefined) return undefined
  if (typeof requested !== 'string') return missing(id, PROTOCOL_VERSION_META_KEY)
  if (!SUPPORTED.includes(requested)) {
    const { code, message, data } = new UnsupportedProtocolVersionError({ supported: SUPPORTED, requested })
    return errorLine(id, code, message, data)
  }
  return objectIn(meta[CLIENT_CAPABILITIES_META_KEY]) === undefined
    ? missing(id, CLIENT_CAPABILITIES_META_KEY)
    : undefined
}

const missing = (id: Request['id'], key: string) =>
  errorLine(id, ProtocolErrorCode.InvalidParams, `The request lacks ${key} in params._meta, or it has another type`)
