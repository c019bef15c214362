import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { ENVIRONMENT, SECRETS } from '../environment.ts'
import { Fault } from '../errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface EnvFile {
  readonly variables: Environment
  /** Why the file in the folder is not used. */
  readonly note?: string
}

/** Variables that all kinds of programs use. A file with these may belong to the project in the folder. */
const COMMON = /^(?:DATABASE|MIGRATION_DATABASE|RESTORED_DATABASE|AWS|HTTPS?_PROXY|NO_PROXY|HOST|PORT|LOG_LEVEL)(?:_|$)/
const DATABASE = /^(?:DATABASE|MIGRATION_DATABASE|RESTORED_DATABASE|AWS)_/
const OF_NODE = /^NODE_/
const KNOWN = new Set([...Object.keys(ENVIRONMENT), ...SECRETS.map((name) => `${name}_FILE`)])

/**
 * Reads the named file, or `.env` in the folder if it is this program's: a project's own `.env` may name a database
 * that has nothing to do with this one.
 * @throws Fault `configuration_invalid` if the named file cannot be read, or if a line of the file sets nothing
 */
export function readEnvFile(folder: string, named: string | undefined): EnvFile {
  const file = resolve(folder, named ?? '.env')
  if (named !== undefined) return { variables: understood(file, readNamed(file)) }
  const text = readUnnamed(file)
  if (text instanceof Error) return { variables: {}, note: `${JSON.stringify(file)} cannot be read (${text.message})` }
  const names = Object.keys(parseEnv(text))
  const foreign = names.filter(isForeign)
  const misspelt = foreign.flatMap((name) => meantBy(name) ?? [])
  if (foreign.length === names.length && misspelt.length === 0) return { variables: {} }
  if (isOurs(names)) return { variables: understood(file, text) }
  const why =
    misspelt[0] ??
    (foreign[0] === undefined ? "it looks like another program's" : `${foreign[0]} is not a setting of this program`)
  return {
    variables: {},
    note: `${JSON.stringify(file)} is not read, because ${why}; to read it, pass it with --env-file`,
  }
}

/** Returns an error if a file cannot be read. A folder of that name, as of Python's environments, is no such file. */
function readUnnamed(file: string): string | Error {
  try {
    return withoutMark(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return ['EACCES', 'EPERM', 'EIO'].includes(code) ? new Error(code, { cause: error }) : ''
  }
}

const withoutMark = (text: string) => text.replace(/^\uFEFF/, '')

/** @throws Fault `configuration_invalid` if a line sets nothing, which `parseEnv` passes over */
function understood(file: string, text: string): Environment {
  const withoutTexts = text.replace(QUOTED, (value) => value.replaceAll(/[^\n]/g, ''))
  const at = withoutTexts.split('\n').findIndex((line) => !SETS_OR_EMPTY.test(line))
  if (at === -1) return parseEnv(text)
  // The line itself may hold a secret.
  const message = `Line ${at + 1} of ${JSON.stringify(file)} sets nothing`
  throw new Fault('configuration_invalid', message, 'Write NAME=value, or begin the line with # if it is a comment')
}

const QUOTED = /(?<==[ \t]*)(["'`])[\s\S]*?\1/g
const SETS_OR_EMPTY = /^\s*(?:#|$)|=/

/** Returns what to correct in a name that is nearly a setting's. */
function meantBy(name: string): string | undefined {
  if (name.length < SHORTEST_MISSPELT) return undefined
  const near = closest(name, OWN)
  return distance(name, near) <= MOST_TYPOS ? `${name} is not a setting (did you mean ${near}?)` : undefined
}

const OWN = [...KNOWN].filter((name) => !COMMON.test(name))
/** A shorter name is near many others. */
const SHORTEST_MISSPELT = 8
const MOST_TYPOS = 2

function readNamed(file: string): string {
  try {
    return withoutMark(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code
    const message = `The settings file ${JSON.stringify(file)} cannot be read (${why})`
    throw new Fault('configuration_invalid', message, 'Correct --env-file', { cause: error })
  }
}

const isForeign = (name: string) => !KNOWN.has(name)

function isOurs(names: readonly string[]): boolean {
  if (names.some((name) => isForeign(name) && !OF_NODE.test(name))) return false
  return names.some((name) => !COMMON.test(name)) || !names.some((name) => DATABASE.test(name))
}
