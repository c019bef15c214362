import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
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
 * @throws Fault `configuration_invalid` if the named file cannot be read
 */
export function readEnvFile(folder: string, named: string | undefined): EnvFile {
  if (named !== undefined) return { variables: parseEnv(readNamed(resolve(folder, named))) }
  const file = join(folder, '.env')
  const variables = parsed(file)
  const names = Object.keys(variables)
  if (names.every(isForeign)) return { variables: {} }
  if (isOurs(names)) return { variables }
  const note = `${JSON.stringify(file)} is not read, because it looks like another program's; to read it, pass it with --env-file`
  return { variables: {}, note }
}

function parsed(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch {
    // A missing or unreadable `.env` is fine, since nobody named it.
    return {}
  }
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8')
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
