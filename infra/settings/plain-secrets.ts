import { pulumiCommand } from '../reader.ts'
import { type Configuration, isGroup, PROJECT, valuesOf } from './config.ts'
import { ALL_DESCRIBED } from './described.ts'

/** Of each secret that stands in plain text in a stack's file, how it is encrypted. */
export function plainSecrets({ values, secretKeys }: Configuration): string[] {
  if (secretKeys === undefined) return []
  const given = valuesOf(values)
  return ALL_DESCRIBED.map(({ key, secret }) => ({
    key,
    secret,
    value: key.split('.').reduce<unknown>(valueAt, given),
  }))
    .filter(({ key, secret, value }) => (secret ? isText(value) : hasLogin(value)) && !isMarked(key, secretKeys))
    .map(
      ({ key }) =>
        `${PROJECT}:${key} is a secret in plain text, for everybody to read who reads the stack's file. Encrypt it: ${pulumiCommand('config', 'set', '--path', '--secret', `${PROJECT}:${key}`)}`,
    )
}

const valueAt = (value: unknown, key: string) => (isGroup(value) ? value[key] : undefined)

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** Whether it is a URL with a password in it, whatever it is for. */
const hasLogin = (value: unknown) =>
  typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i.test(value)

/** Whether it is encrypted by itself, or in a group of which something is. */
const isMarked = (key: string, secretKeys: readonly string[]) =>
  secretKeys.some((marked) => `${PROJECT}:${key}.`.startsWith(`${marked}.`))
