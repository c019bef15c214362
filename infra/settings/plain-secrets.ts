import { pulumiCommand } from '../printed-commands.ts'
import { type Configuration, type Group, isGroup, PROJECT, valuesOf } from './config.ts'
import { ALL_DESCRIBED } from './described.ts'

/** Returns a message for each secret in plain text, with the command that encrypts it. */
export function plainSecrets({ values, secretKeys }: Configuration): string[] {
  if (secretKeys === undefined) return []
  const given = valuesOf(values)
  const told = ALL_DESCRIBED.map(({ key, secret }) => ({
    key,
    secret,
    value: key.split('.').reduce<unknown>(valueAt, given),
  })).filter(({ secret, value }) => (secret ? isText(value) : hasLogin(value)))
  return [...told.map(({ key }) => key), ...inExtraObjects(given)]
    .filter((key) => !isMarked(key, secretKeys))
    .map(
      (key) =>
        `${PROJECT}:${key} is a secret in plain text, which anyone who reads the stack's file can see. Encrypt it: ${pulumiCommand('config', 'set', '--path', '--secret', `${PROJECT}:${key}`)}`,
    )
}

/** Returns the keys of the values of Secrets among the extra objects. */
function inExtraObjects(given: Group): string[] {
  const objects = ['kubernetes', 'extraObjects'].reduce<unknown>(valueAt, given)
  return (Array.isArray(objects) ? objects : []).flatMap((object: unknown, at) =>
    isGroup(object) && object.kind === 'Secret'
      ? ['data', 'stringData'].flatMap((part) =>
          Object.keys(isGroup(object[part]) ? object[part] : {}).map(
            (key) => `kubernetes.extraObjects[${at}].${part}${/^\w+$/.test(key) ? `.${key}` : `["${key}"]`}`,
          ),
        )
      : [],
  )
}

const valueAt = (value: unknown, key: string) => (isGroup(value) ? value[key] : undefined)

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** Whether a value of any setting is a URL with a password. */
const hasLogin = (value: unknown) =>
  typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i.test(value)

/** Whether the setting, or a value in its group, is encrypted. */
const isMarked = (key: string, secretKeys: readonly string[]) =>
  secretKeys.some(
    (marked) => /^[.[]/.test(`${PROJECT}:${key}.`.slice(marked.length)) && `${PROJECT}:${key}`.startsWith(marked),
  )
