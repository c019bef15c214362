import { isAbsolute, resolve } from 'node:path'
import { type Config, readConfig, readUsableConfig, type SettingFault } from '../config.ts'
import { fromHome } from '../environment.ts'
import { isGitUrl } from '../git-url.ts'
import { absolutePath } from '../indexing/folder.ts'
import { type Log, makeLog } from '../log.ts'
import { makeTerminal, reportFault, type Terminal } from './terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What every mode starts from. */
export interface Setup {
  readonly config: Config
  /** Faulty variables, which count as absent; only `doctor` starts where there are any. */
  readonly settingFaults: readonly SettingFault[]
  readonly log: Log
  readonly terminal: Terminal
  /** Absolute paths out of what a person typed; URLs stay as they are. */
  readonly absolute: (paths: readonly string[]) => string[]
}

// These answer a person, who is told of faults anyway.
const TERMINAL_MODES = ['healthcheck', 'pull-model', 'index', 'search', 'status', 'eval']

/** Reads the settings and runs the mode; a fault is told on stderr, and its exit code returned. */
export async function withSetup(
  mode: string,
  environment: Environment,
  work: (setup: Setup) => Promise<number>,
): Promise<number> {
  const terminal = makeTerminal(process.stdout, process.stderr)
  try {
    const from = startedFrom(environment)
    const absolute = (paths: readonly string[]) =>
      paths.map(fromHome).map((path) => {
        if (NOT_RELATIVE.test(path)) return absolutePath(path)
        return isAbsolute(path) || isGitUrl(path) ? path : resolve(from, path)
      })
    return await work({ ...settingsFor(mode, environment), terminal, absolute })
  } catch (error) {
    return reportFault(error, terminal)
  }
}

function settingsFor(mode: string, environment: Environment): Pick<Setup, 'config' | 'settingFaults' | 'log'> {
  if (mode === 'doctor') {
    const { config, faults } = readUsableConfig(environment)
    // It says itself what is wrong, also that LOG_FILE cannot be written.
    return { config, settingFaults: faults, log: makeLog({ level: 'error' }) }
  }
  const config = readConfig(environment, logLevel(mode, environment))
  return { config, settingFaults: [], log: makeLog(config.log) }
}

// JSON between the lines of a progress bar helps nobody.
function logLevel(mode: string, environment: Environment): Environment {
  if (environment.LOG_LEVEL || environment.LOG_FILE) return {}
  const forAPerson = TERMINAL_MODES.includes(mode) || (mode === 'serve' && process.stderr.isTTY === true)
  return forAPerson ? { LOG_LEVEL: 'error' } : {}
}

// What a shell has left as it is, and what another system calls absolute.
const NOT_RELATIVE = /^(?:[~$%]|file:|[a-z]:[\\/]|\\\\)/i

// npm runs scripts in the package's folder and keeps the person's in INIT_CWD.
function startedFrom(environment: Environment): string {
  return (environment.npm_lifecycle_event === undefined ? undefined : environment.INIT_CWD) ?? process.cwd()
}
