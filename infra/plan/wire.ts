import { runtime } from '@pulumi/pulumi'
import { type Properties, SECRET, UNKNOWN } from '../policy/policy.ts'
import { isObject } from '../policy/properties.ts'

/** Converts a value of the engine's protocol, with placeholders for secrets and unknown values. */
export function shown(value: unknown): unknown {
  if (value === runtime.unknownValue) return UNKNOWN
  if (Array.isArray(value)) return value.map(shown)
  if (!isObject(value)) return value
  switch (value[runtime.specialSigKey]) {
    case undefined:
      return mapped(value, shown)
    case runtime.specialSecretSig:
      return hidden(value.value)
    case runtime.specialResourceSig:
      return lastOf(String(value.urn))
    default:
      return asset(value)
  }
}

/** Replaces all scalars by SECRET but keeps keys, so that the keys of a Secret are shown. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden)
  if (!isObject(value)) return SECRET
  return value[runtime.specialSigKey] === runtime.specialSecretSig ? hidden(value.value) : mapped(value, hidden)
}

const mapped = (value: Properties, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]))

/** Returns the name at the end of a URN. */
export const lastOf = (urn: string) => urn.slice(urn.lastIndexOf('::') + 2)

/** Returns the path, URI or text of an asset or archive. */
function asset({ path, uri, text, assets }: Properties): unknown {
  return path ?? uri ?? text ?? (isObject(assets) ? mapped(assets, shown) : UNKNOWN)
}
