import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type DocumentOptions, type ParseOptions, parse, type SchemaOptions, YAMLParseError } from 'yaml'
import { Refused } from '../faults.ts'
import type { Properties } from '../policy/policy.ts'
import { isObject } from '../policy/properties.ts'
import { overridden, PROJECT, STAND_IN } from '../settings/config.ts'
import { ALL_DESCRIBED } from '../settings/described.ts'
import { nearest } from '../settings/nearest.ts'
import { plainSecrets } from '../settings/plain-secrets.ts'
import { bytesOf, MOST_SETTINGS_BYTES } from '../settings/repositories-file.ts'
import type { StackConfig } from './plan.ts'

/** A stack, and the settings given on the command line. */
export interface StackChoice {
  readonly stack: string
  /** Settings file, instead of `Pulumi.<stack>.yaml`. */
  readonly configFile?: string
  /** Settings that override those of the file. */
  readonly settings: Readonly<Record<string, string>>
}

interface FileConfig extends StackConfig {
  /** The notes about settings that the file imports from elsewhere. */
  readonly unread: readonly string[]
}

/** Returns the path of a stack's settings file. */
export const fileOfStack = (root: string, { stack, configFile }: Pick<StackChoice, 'stack' | 'configFile'>) =>
  configFile === undefined ? join(root, `Pulumi.${stack}.yaml`) : resolve(root, configFile)

/**
 * Reads Pulumi.yaml and the stack's file. Encrypted values are replaced by placeholders of the right form.
 * @throws Refused
 */
export function readStackConfig(root: string, choice: StackChoice, { mayBeMissing = false } = {}): FileConfig {
  const { stack, settings } = choice
  const file = fileOfStack(root, choice)
  const { config, environment } = mayBeMissing && !existsSync(file) ? {} : contentOf(file, stack)
  const own = namespaced(config)
  const entries = Object.entries({ ...projectDefaults(root), ...own }).filter(([key]) => !(key in settings))
  const told = Object.fromEntries(entries.map(([key, value]) => [key, asText(withStandIns(value, key))]))
  const secretKeys = Object.keys(own).filter((key) => encryptedIn(own[key], key).length > 0)
  const encrypted = Object.entries(own)
    .flatMap(([key, value]) => encryptedIn(value, key))
    .filter((path) => !(path in settings))
  const unread =
    environment === undefined
      ? []
      : [`${basename(file)} imports environments, which are not read here; set their values with --config`]
  const values = overridden(told, settings)
  return {
    values,
    secretKeys,
    notes: [
      ...notesOnLength(values),
      ...plainSecrets({ values: told, secretKeys }),
      ...encrypted.map((path) => `${path} is encrypted; a placeholder is used unless --config sets it`),
      ...unread,
    ],
    unread,
  }
}

/** What only the commands of this project pass on. */
function notesOnLength(values: Readonly<Record<string, string>>): string[] {
  const bytes = bytesOf(values)
  return bytes > MOST_SETTINGS_BYTES
    ? [
        `The settings have ${bytes} bytes, but Pulumi passes a program at most ${MOST_SETTINGS_BYTES}. \`npm run up\` passes the list of repositories as a file; for plain \`pulumi up\`, move it to a file and name that in ${PROJECT}:repositoriesFile`,
      ]
    : []
}

function contentOf(file: string, stack: string): Properties {
  if (!existsSync(file)) {
    throw new Refused(
      `There is no ${file}: choose another stack than ${stack} with --stack, such as dev or prod, or a file with --config-file`,
    )
  }
  const content = read(file)
  refuseStray(file, content)
  return content
}

/** Rejects settings that Pulumi would silently ignore. */
function refuseStray(file: string, content: Properties): void {
  const stray = Object.keys(content).find(
    (key) => key.startsWith(`${PROJECT}:`) || (key !== 'config' && nearest(key, ['config']) !== undefined),
  )
  if (stray !== undefined)
    throw new Refused(`${file} has ${stray} outside config, where it is ignored; move it under config:`)
  const { config } = content
  if (config !== undefined && config !== null && !isObject(config)) {
    throw new Refused(`${file} has a config: that is not a mapping; write each setting as ${PROJECT}:key: value`)
  }
}

/**
 * As the CLI reads YAML, which knows "<<" and writes numbers as YAML 1.1 has them, such as 0440 for 288, and otherwise
 * reads it as 1.2: no "yes" is a flag. Of dates it makes another text, which `parsedValue` takes back.
 */
const AS_THE_CLI: ParseOptions & DocumentOptions & SchemaOptions = {
  merge: true,
  schema: 'yaml-1.1',
  customTags: (tags) => [
    'intOct',
    'bool',
    ...tags.filter((tag) => typeof tag === 'string' || !(NOT_OF_CLI.test(tag.tag) || tag.format === 'TIME')),
  ],
}

const NOT_OF_CLI = /:(bool|timestamp)$/

function read(file: string): Properties {
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'), AS_THE_CLI)
    if (content === null || content === undefined) return {}
    if (isObject(content)) return content
    throw new Refused(`${file} is not a mapping; put the settings under config:`)
  } catch (error) {
    // The parser reports an unresolved alias only when it creates values.
    if (error instanceof YAMLParseError || error instanceof ReferenceError)
      throw new Refused(`${file} is not YAML: ${error.message}`)
    throw error
  }
}

const namespaced = (config: unknown): Properties =>
  Object.fromEntries(
    Object.entries(isObject(config) ? config : {}).map(([key, value]) => [
      key.includes(':') ? key : `${PROJECT}:${key}`,
      value,
    ]),
  )

/** Returns the values of Pulumi.yaml, which apply if the stack's file does not set them. */
function projectDefaults(root: string): Properties {
  const entries = Object.entries(namespaced(read(join(root, 'Pulumi.yaml')).config))
  return Object.fromEntries(
    entries
      .map(([key, value]) => [key, isObject(value) ? (value.value ?? value.default) : value] as const)
      .filter(([, value]) => value !== undefined),
  )
}

const isEncrypted = (value: unknown): value is { secure: string } =>
  isObject(value) && typeof value.secure === 'string' && Object.keys(value).length === 1

function encryptedIn(value: unknown, path: string): string[] {
  if (isEncrypted(value)) return [path]
  if (!isObject(value) && !Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, each]) => encryptedIn(each, `${path}.${key}`))
}

function withStandIns(value: unknown, key: string): unknown {
  if (isEncrypted(value)) return standIn(key.slice(PROJECT.length + 1))
  if (Array.isArray(value)) return value.map((each) => withStandIns(each, key))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([inner, each]) => [inner, withStandIns(each, `${key}.${inner}`)]),
  )
}

/** Returns a value that passes validation in place of an encrypted one. */
function standIn(key: string): unknown {
  const setting = ALL_DESCRIBED.find((one) => one.key === key)
  return [setting?.standIn, setting?.default, STAND_IN].find((each) => each !== undefined)
}

/** Returns a value as the engine passes it to a program. */
export const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
