import { specTypeSchemas } from '@modelcontextprotocol/server'

/** Parts of a message that may be missing, for which some clients send null. */
const OPTIONAL = ['params', '_meta', 'cursor'] as const

/**
 * Returns a message, or a batch, without the nulls that some clients send for what is missing, and with what an
 * introduction lacks.
 */
export function lenient(message: object): object {
  if (Array.isArray(message)) return message.map((each) => (isObject(each) ? lenient(each) : each))
  const fields = withoutNull(message as Fields)
  if (!isObject(fields.params)) return fields
  const params = withoutNull(fields.params as Fields)
  return { ...fields, params: fields.method === 'initialize' ? introduction(params) : params }
}

/** The service needs to know neither the name of a client nor what it can do. */
function introduction(params: Fields): Fields {
  const { name, version } = Object(params.clientInfo) as Fields
  const clientInfo = { ...(Object(params.clientInfo) as object), name: textOr(name), version: textOr(version) }
  const isKnown = !('issues' in Object(specTypeSchemas.ClientCapabilities['~standard'].validate(params.capabilities)))
  return { ...params, clientInfo, capabilities: isKnown ? params.capabilities : {} }
}

const textOr = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown')

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function withoutNull(fields: Fields): Fields {
  const { ...kept } = fields as Record<string, unknown>
  for (const name of OPTIONAL) if (kept[name] === null) delete kept[name]
  return kept
}
