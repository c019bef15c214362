/** Parts of a message that may be missing, for which some clients send null. */
const OPTIONAL = ['params', '_meta', 'cursor'] as const

/** Returns a message, or a batch, without the nulls that some clients send for what is missing. */
export function withoutNulls(message: object): object {
  if (Array.isArray(message)) return message.map((each) => (isObject(each) ? withoutNulls(each) : each))
  const fields = withoutNull(message as Fields)
  return isObject(fields.params) ? { ...fields, params: withoutNull(fields.params as Fields) } : fields
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function withoutNull(fields: Fields): Fields {
  const { ...kept } = fields as Record<string, unknown>
  for (const name of OPTIONAL) if (kept[name] === null) delete kept[name]
  return kept
}
