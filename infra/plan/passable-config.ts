import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDocument } from 'yaml'
import { Refused } from '../faults.ts'
import { isGroup, PROJECT, parsedValue } from '../settings/config.ts'
import { bytesOf, MOST_SETTINGS_BYTES, readListed } from '../settings/repositories-file.ts'
import { asText } from './stack-config.ts'

const LIST = 'repositories'
const LIST_FILE = 'repositoriesFile'

/**
 * Moves the list of repositories in a copy of a stack's file to a file beside it, if Pulumi cannot pass the settings to
 * the program otherwise.
 * @throws Refused if the other settings are too long
 */
export function makePassable(root: string, copy: string): void {
  const document = parseDocument(readFileSync(copy, 'utf8'), { merge: true })
  // A stack without settings has an empty file.
  const { config } = (document.toJS() ?? {}) as { readonly config?: unknown }
  if (!isGroup(config) || bytesIn(config) <= MOST_SETTINGS_BYTES) return
  const keyOf = (name: string) => [`${PROJECT}:${name}`, name].find((key) => key in config)
  const [key, fileKey] = [keyOf(LIST), keyOf(LIST_FILE) ?? `${PROJECT}:${LIST_FILE}`]
  const { [key ?? '']: given, [fileKey]: file, ...others } = config
  if (bytesIn(others) > MOST_SETTINGS_BYTES) throw tooLong(others)
  const inline = typeof given === 'string' ? parsedValue(given) : given
  const listed = [...(Array.isArray(inline) ? inline : []), ...(typeof file === 'string' ? readListed(root, file) : [])]
  const moved = join(dirname(copy), LIST)
  writeFileSync(moved, listed.join('\n'), { mode: 0o600 })
  document.deleteIn(['config', key])
  document.setIn(['config', fileKey], moved)
  writeFileSync(copy, document.toString(), { mode: 0o600 })
}

const inTexts = (config: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [key, asText(value)]))

const bytesIn = (config: Readonly<Record<string, unknown>>) => bytesOf(inTexts(config))

function tooLong(config: Readonly<Record<string, unknown>>): Refused {
  const sizes = Object.entries(inTexts(config)).map(([key, value]) => ({ key, bytes: Buffer.byteLength(value) }))
  const [longest] = sizes.toSorted((one, other) => other.bytes - one.bytes)
  return new Refused(
    `The settings of this stack have ${bytesIn(config)} bytes, but Pulumi passes a program at most ${MOST_SETTINGS_BYTES}: shorten ${longest?.key}, which has ${longest?.bytes}`,
  )
}
