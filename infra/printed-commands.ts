/** The stack that commands in messages are about. */
export interface NamedStack {
  readonly stack: string
  /** Settings file. Undefined for that of the stack. */
  readonly configFile?: string | undefined
}

/** Environment variable in which the CLI passes the settings file to the program. */
export const FILE_VARIABLE = 'CODEBASE_MCP_STACK_FILE'

let chosen: NamedStack | undefined

/** Sets the stack of the commands that this process prints. A program that Pulumi runs knows its stack. */
export function printCommandsFor(stack: NamedStack): void {
  chosen = stack
}

function currentStack(): NamedStack | undefined {
  // Set by the engine for the program.
  const { PULUMI_NODEJS_STACK: stack, [FILE_VARIABLE]: configFile } = process.env
  return stack === undefined ? chosen : { stack, configFile }
}

/** Whether the process was started by `npm run`, which uses the project's backend and passphrase. */
const isByNpm = () => process.env.npm_lifecycle_event !== undefined

/** Returns a Pulumi command for the current stack, as whoever reads a message must enter it. */
export function pulumiCommand(...words: readonly string[]): string {
  const current = currentStack()
  const all = current === undefined ? words : [...words, '--stack', current.stack]
  if (!isByNpm()) return ['pulumi', ...all].join(' ')
  const options = all.findIndex((word) => word.startsWith('-'))
  return ['npm run pulumi', ...(options < 0 ? all : all.toSpliced(options, 0, '--'))].join(' ')
}

/** Returns an `npm run` command for a stack. `more` follows the stack options. */
export function npmRun({ stack, configFile }: NamedStack, name: string, ...more: readonly string[]): string {
  const select = [
    ...(stack === 'dev' ? [] : ['--stack', stack]),
    ...(configFile === undefined ? [] : ['--config-file', configFile]),
  ]
  const words = [...select, ...more]
  return ['npm run', name, ...(words.length === 0 ? [] : ['--', ...words])].join(' ')
}

/** Returns the command that deploys the current stack. */
export const upCommand = () => (isByNpm() ? npmCommand('up') : pulumiCommand('up'))

/** Returns an `npm run` command for the current stack. */
export const npmCommand = (name: string, ...more: readonly string[]) =>
  npmRun(currentStack() ?? { stack: 'dev' }, name, ...more)
