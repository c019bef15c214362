/** Which stack a message is about, for the commands in it. */
interface Reader {
  readonly stack: string
  /** Another file than that of the stack. */
  readonly configFile?: string | undefined
}

/** The variable by which the commands around the program tell it which file they were given. */
export const FILE_VARIABLE = 'CODEBASE_MCP_STACK_FILE'

let chosen: Reader | undefined

/** Says what the commands in messages of this process are about; a program knows its stack by itself. */
export function readBy(reader: Reader): void {
  chosen = reader
}

function reader(): Reader | undefined {
  // As the engine tells a program.
  const { PULUMI_NODEJS_STACK: stack, [FILE_VARIABLE]: configFile } = process.env
  return stack === undefined ? chosen : { stack, configFile }
}

/** Whether whoever reads a message has called `npm run`, whose backend and passphrase are the project's. */
const isByNpm = () => process.env.npm_lifecycle_event !== undefined

/** A command of the Pulumi CLI for the stack that a message is about, as whoever reads it has to write it. */
export function pulumiCommand(...words: readonly string[]): string {
  const about = reader()
  const all = about === undefined ? words : [...words, '--stack', about.stack]
  if (!isByNpm()) return ['pulumi', ...all].join(' ')
  const options = all.findIndex((word) => word.startsWith('-'))
  return ['npm run pulumi', ...(options < 0 ? all : all.toSpliced(options, 0, '--'))].join(' ')
}

/** A command of `npm run` for a stack; what follows comes after it. */
export function npmRun({ stack, configFile }: Reader, name: string, ...more: readonly string[]): string {
  const select = [
    ...(stack === 'dev' ? [] : ['--stack', stack]),
    ...(configFile === undefined ? [] : ['--config-file', configFile]),
  ]
  const words = [...select, ...more]
  return ['npm run', name, ...(words.length === 0 ? [] : ['--', ...words])].join(' ')
}

/** The command that makes the stack that a message is about. */
export const upCommand = () => (isByNpm() ? npmCommand('up') : pulumiCommand('up'))

/** A command of `npm run` for the stack that a message is about. */
export const npmCommand = (name: string, ...more: readonly string[]) =>
  npmRun(reader() ?? { stack: 'dev' }, name, ...more)
