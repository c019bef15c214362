import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseJson } from '../../json.ts'
import { PROJECT } from '../../settings/config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Folder in which the CLI is installed for this project only. */
export const cliFolder = (root: string) => join(root, '.pulumi', 'cli')

/**
 * Returns the environment of the CLI. The project's own Node comes first on the PATH. Unless configured otherwise, the
 * backend and the passphrase are in the project's `.pulumi/`. The passphrase is generated on first use.
 */
export function backendEnvironment(root: string, environment: Environment): Environment {
  const folder = join(root, '.pulumi')
  return {
    ...environment,
    // An installed CLI takes precedence over the project's own.
    PATH: [join(root, 'node_modules', '.bin'), environment.PATH ?? '', join(cliFolder(root), 'bin')].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Missing plugins are installed when they are used. Checking all of them first takes half a second.
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    PULUMI_BACKEND_URL: environment.PULUMI_BACKEND_URL ?? `file://${root}`,
    ...passphrase(folder, environment),
  }
}

/**
 * Removes the attributes file of a state in a local backend if a killed CLI left it half written. The CLI cannot read a
 * state with a truncated attributes file, but it can read one without.
 */
export function dropTornNote(stack: string, environment: Environment): void {
  const folder = folderOf(environment)
  const note = folder === undefined ? '' : join(folder, 'stacks', PROJECT, `${stack}.json.attrs`)
  if (existsSync(note) && parseJson(readFileSync(note, 'utf8')) === undefined) rmSync(note, { force: true })
}

/** Lock of a stack. */
export interface Lock {
  readonly pid: number
  readonly host: string
  readonly since: string
  /** False if its process is known to have ended. */
  readonly isHeld: boolean
}

/** Returns the locks of a stack in a local backend. Other backends manage their own. */
export function locksOf(stack: string, environment: Environment): Lock[] {
  const folder = folderOf(environment)
  const locks = folder === undefined ? '' : join(folder, 'locks', 'organization', PROJECT, stack)
  if (!existsSync(locks)) return []
  return readdirSync(locks)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const lock = JSON.parse(readFileSync(join(locks, file), 'utf8')) as Record<'hostname' | 'timestamp', string> & {
        pid: number
      }
      const isHeld = lock.hostname !== hostname() || isAlive(lock.pid)
      return { pid: lock.pid, host: lock.hostname, since: lock.timestamp, isHeld }
    })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !hasEnded(pid)
  } catch (error) {
    // The process exists but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether a process is a zombie. Detected on Linux only. */
function hasEnded(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && /\) Z [^)]*$/.test(readFileSync(file, 'utf8'))
}

function folderOf({ PULUMI_BACKEND_URL: url = '' }: Environment): string | undefined {
  return url.startsWith('file:///') ? join(fileURLToPath(url), '.pulumi') : undefined
}

function passphrase(folder: string, environment: Environment): Environment {
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined || environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {}
  }
  const file = join(folder, 'passphrase')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) createWhole(file, randomBytes(32).toString('base64url'))
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file }
}

/** Creates a file atomically with its content. If several commands do so at once, the first one wins. */
function createWhole(file: string, content: string): void {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, content, { mode: 0o600 })
  try {
    linkSync(unfinished, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(unfinished)
  }
}

const SALT = /^encryptionsalt: .*\n?/m

const SECRET = /^[^#\n]*\bsecure:/m

/**
 * Runs `work`, and removes the encryption salt that the CLI writes to a stack's file: the salt belongs to this
 * machine's passphrase, but the file is shared. Keeps a salt that was there before, and that of a file with secrets,
 * which cannot be decrypted without it. Deletes the file if nothing else is in it.
 */
export async function withoutSalt<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const before = read()
  try {
    return await work()
  } finally {
    const after = read()
    const rest = after.replace(SALT, '')
    if (before === '' && rest === '') rmSync(file, { force: true })
    else if (!SALT.test(before) && SALT.test(after) && !SECRET.test(after)) writeFileSync(file, rest)
  }
}

/** Same as `withoutSalt`, for the files of all stacks in a folder. */
export function withoutSalts<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const files = readdirSync(folder).filter((name) => /^Pulumi\.[\w.-]+\.yaml$/.test(name))
  return files.reduce<() => Promise<Result>>((inner, file) => () => withoutSalt(join(folder, file), inner), work)()
}
