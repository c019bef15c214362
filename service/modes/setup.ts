import { isAbsolute, resolve } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { type Config, readConfig, readUsableConfig } from '../config.ts'
import { fromHome } from '../environment.ts'
import { Fault, type SettingFault } from '../errors.ts'
import { isGitUrl } from '../git-url.ts'
import { absolutePath } from '../indexing/folder.ts'
import { type Log, makeLog } from '../log.ts'
import { readEnvFile } from './env-file.ts'
import { runnerOf } from './lasting-command.ts'
import { makeTerminal, reportFault, type Terminal } from './terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What every command starts from. */
export interface Setup {
  readonly config: Config
  /** Invalid variables, which count as not set. Only `doctor` runs if there are any. */
  readonly settingFaults: readonly SettingFault[]
  readonly log: Log
  readonly terminal: Terminal
  /** Makes the paths that the user typed absolute. URLs stay as they are. */
  readonly absolute: (paths: readonly string[]) => string[]
  /** The folder in which the user started the program. */
  readonly startedFrom: string
  /** Returns how the user calls a command of the program. */
  readonly command: (mode: string, words: string) => string
  /** Whether `npm run` started the program, in a checkout, whose other scripts run stacks. */
  readonly isByNpmRun: boolean
  /** Whether no port was chosen. */
  readonly anyPort: boolean
}

/** Settings on the command line. */
export interface SettingOptions {
  readonly port?: string
  readonly data?: string
  readonly envFile?: string
}

// Commands for people, which print faults anyway.
const TERMINAL_MODES = [
  'healthcheck',
  'pull-model',
  'index',
  'add',
  'remove',
  'search',
  'grep',
  'status',
  'eval',
  'connect',
]

/** Reads the settings and runs the command. Prints a fault on stderr, and returns its exit code. */
export async function withSetup(
  mode: string,
  environment: Environment,
  options: SettingOptions,
  work: (setup: Setup) => Promise<number>,
): Promise<number> {
  const terminal = makeTerminal(process.stdout, process.stderr, environment)
  let unwritten: string | undefined
  process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    // A reader may have enough, as `head` does.
    if (code !== 'EPIPE') unwritten = code
  })
  try {
    const from = startedFrom(environment)
    const file = readEnvFile(options.envFile === undefined ? process.cwd() : from, options.envFile)
    if (file.note !== undefined && mode === 'serve') terminal.note(file.note)
    const absolute = (paths: readonly string[]) =>
      paths.map(fromHome).map((path) => {
        if (NOT_RELATIVE.test(path)) return absolutePath(path)
        return isAbsolute(path) || isGitUrl(path) ? path : resolve(from, path)
      })
    const given: Environment = {
      ...file.variables,
      ...withoutEmpty(environment),
      ...(options.port !== undefined && { PORT: options.port }),
      ...(options.data !== undefined && { DATA_FOLDER: resolve(from, fromHome(options.data)) }),
    }
    if (options.port !== undefined && !isPort(options.port)) {
      const message = `--port ${JSON.stringify(options.port)} is not a whole number from 0 to 65535`
      throw new Fault('configuration_invalid', message, 'Give a port, such as --port 8000, or 0 for any free one')
    }
    const anyPort = given.PORT === undefined
    const code = await work({
      ...settingsFor(mode, given),
      terminal,
      absolute,
      anyPort,
      startedFrom: from,
      command: commandBy(environment),
      isByNpmRun: isByNpmRun(environment),
    })
    // Errors of stdout are told in the next turn.
    await new Promise((resolve) => setImmediate(resolve))
    if (unwritten === undefined) return code
    terminal.note(`The output could not be written (${unwritten}): free disk space, or write it elsewhere`)
    return code || 1
  } catch (error) {
    return reportFault(error, terminal)
  }
}

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65535

const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))

function settingsFor(mode: string, environment: Environment): Pick<Setup, 'config' | 'settingFaults' | 'log'> {
  if (mode === 'doctor') {
    const { config, faults } = readUsableConfig(environment)
    // It reports everything itself, including a LOG_FILE that cannot be written.
    return { config, settingFaults: faults, log: makeLog({ level: 'error' }) }
  }
  const config = readConfig(environment, logLevel(mode, environment))
  return { config, settingFaults: [], log: makeLog(config.log) }
}

/** Whether npm runs a script of this project's checkout, and not one of a project that uses the program. */
const isByNpmRun = ({ npm_command: npm, npm_lifecycle_event: script, npm_package_name: project }: Environment) =>
  npm !== 'exec' && script !== undefined && project === manifest.name

function commandBy(environment: Environment): Setup['command'] {
  if (isByNpmRun(environment))
    return (mode, words) => (words === '' ? `npm run ${mode}` : `npm run ${mode} -- ${words}`)
  const isByNpx = environment.npm_command === 'exec'
  const program = (runnerOf() ?? (isByNpx ? ['npx', manifest.name] : [manifest.name])).join(' ')
  return (mode, words) => `${program} ${mode} ${words}`.trimEnd()
}

// JSON lines would interrupt the progress bar.
function logLevel(mode: string, environment: Environment): Environment {
  if (environment.LOG_LEVEL || environment.LOG_FILE) return {}
  const forAPerson = TERMINAL_MODES.includes(mode) || (mode === 'serve' && process.stderr.isTTY === true)
  return forAPerson ? { LOG_LEVEL: 'error' } : {}
}

// What a shell left unexpanded, and absolute paths of other systems.
const NOT_RELATIVE = /^(?:[~$%]|file:|[a-z]:[\\/]|\\\\)/i

// npm runs scripts in the package's folder, and passes the user's in INIT_CWD.
function startedFrom(environment: Environment): string {
  return (isByNpmRun(environment) ? environment.INIT_CWD : undefined) ?? process.cwd()
}
