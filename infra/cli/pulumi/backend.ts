import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROJECT } from '../../settings/config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the CLI is installed for this project alone. */
export const cliFolder = (root: string) => join(root, '.pulumi', 'cli')

/**
 * The CLI's environment: a backend and a passphrase in `.pulumi/` of the project, made on first use, where nothing else
 * is set, and the project's own Node first on the PATH.
 */
export function backendEnvironment(root: string, environment: Environment): Environment {
  const folder = join(root, '.pulumi')
  return {
    ...environment,
    // A CLI that was installed for this project alone comes after the machine's own.
    PATH: [join(root, 'node_modules', '.bin'), environment.PATH ?? '', join(cliFolder(root), 'bin')].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // A plugin that is missing is installed when it is asked for; to look for all of them first takes half a second.
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    // Loading the program is most of what a preview takes.
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE ?? join(folder, 'compile-cache'),
    PULUMI_BACKEND_URL: environment.PULUMI_BACKEND_URL ?? `file://${root}`,
    ...passphrase(folder, environment),
  }
}

/**
 * Removes the note that a backend of this machine keeps beside a state, where a CLI that was killed has left it half
 * written: it reads no state with such a note, and any without one.
 */
export function dropTornNote(stack: string, environment: Environment): void {
  const folder = folderOf(environment)
  const note = folder === undefined ? '' : join(folder, 'stacks', PROJECT, `${stack}.json.attrs`)
  if (existsSync(note) && !isJson(readFileSync(note, 'utf8'))) rmSync(note, { force: true })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Who works on a stack. */
export interface Lock {
  readonly pid: number
  readonly host: string
  readonly since: string
  /** False where its process is known to be gone. */
  readonly isHeld: boolean
}

/** The locks of a stack in a backend of this machine; another backend keeps its own. */
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
    // Another user's process, which may not be signalled, is there all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Of a process that nobody has asked for its exit code yet; told on Linux alone. */
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

/** Creates a file with its whole content in one step; the first of several commands at the same time wins. */
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
 * Runs `work`, and leaves a stack's file without the salt that the CLI writes into it: it belongs to the passphrase of
 * this machine, and the file to everybody. A salt that was there before stays, and so does that of a file that holds a
 * secret, which cannot be read without it; a file that holds nothing else goes.
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

/** The same for the files of all stacks in a folder. */
export function withoutSalts<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const files = readdirSync(folder).filter((name) => /^Pulumi\.[\w.-]+\.yaml$/.test(name))
  return files.reduce<() => Promise<Result>>((inner, file) => () => withoutSalt(join(folder, file), inner), work)()
}
