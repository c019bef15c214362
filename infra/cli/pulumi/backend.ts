import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROJECT } from '../../settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The CLI's environment: a backend and a passphrase in `.pulumi/` of the project, made on first use, where nothing else
 * is set, and the project's own Node first on the PATH.
 */
export function backendEnvironment(root: string, environment: Environment): Environment {
  const folder = join(root, '.pulumi')
  return {
    ...environment,
    PATH: [join(root, 'node_modules', '.bin'), environment.PATH ?? ''].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // A plugin that is missing is installed when it is asked for; to look for all of them first takes half a second.
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    // Loading the program is most of what a preview takes.
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE ?? join(folder, 'compile-cache'),
    PULUMI_BACKEND_URL: environment.PULUMI_BACKEND_URL ?? `file://${root}`,
    ...passphrase(folder, environment),
  }
}

/** Whether a stack is in a backend of this machine; false also where that cannot be seen without the CLI. */
export function isStackHere(stack: string, { PULUMI_BACKEND_URL: url = '' }: Environment): boolean {
  return (
    url.startsWith('file:///') && existsSync(join(fileURLToPath(url), '.pulumi', 'stacks', PROJECT, `${stack}.json`))
  )
}

function passphrase(folder: string, environment: Environment): Environment {
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined || environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {}
  }
  const file = join(folder, 'passphrase')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file }
}

const SALT = /^encryptionsalt: .*\n?/m

/**
 * Runs `work`, and leaves a stack's file without the salt that the CLI writes into it: it belongs to the passphrase of
 * this machine, and the file to everybody. A salt that was there before stays; a file that holds nothing else goes.
 */
export async function withoutSalt<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const before = read()
  try {
    return await work()
  } finally {
    const rest = read().replace(SALT, '')
    if (before === '' && rest === '') rmSync(file, { force: true })
    else if (!SALT.test(before) && SALT.test(read())) writeFileSync(file, rest)
  }
}
