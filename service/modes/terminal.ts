import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { asFault } from '../errors.ts'

type Style = Extract<Parameters<typeof styleText>[0], string>

/** Output for the user of a command. Logs go elsewhere. */
export interface Terminal {
  /** Prints a line of the answer on stdout. */
  readonly print: (line: string) => void
  /** Prints a line beside the answer on stderr. */
  readonly note: (line: string) => void
  /** Shows a line that the next one replaces. Defined on a terminal only. */
  readonly replaceLine?: (line: string) => void
  /** Removes the line that waits to be replaced, so that nothing of it is left behind. */
  readonly clearLine?: () => void
  /** Width of the terminal in characters. Defined with `replaceLine`. */
  readonly columns?: () => number
  /** Colours a text. Defined if stdout supports colours and no setting turns them off. */
  readonly style?: (style: Style, text: string) => string
  /** Asks a yes-or-no question. Undefined if there is nobody to ask. */
  readonly ask?: (question: string) => Promise<boolean>
}

const ASSUMED_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[K'
/** The terminal cuts the line where it ends, because only it knows how wide each character is. */
const [CUT_LINES, WRAP_LINES] = ['\u001b[?7l', '\u001b[?7h']

type Environment = Readonly<Record<string, string | undefined>>

export function makeTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  environment: Environment = {},
): Terminal {
  const plain = {
    print: (line: string) => void stdout.write(`${stdout.isTTY ? harmless(line) : line}\n`),
    note: (line: string) => void stderr.write(`${stderr.isTTY ? harmless(line) : line}\n`),
    style: (style: Style, text: string) => styleText(style, text, { stream: stdout }),
  }
  if (stderr.isTTY !== true) return plain
  const ask = (question: string) => askOnTerminal(question, stderr)
  const asking = { ...plain, ...(process.stdin.isTTY && { ask }) }
  if (environment.TERM === 'dumb') return asking
  let clear = ''
  const erased = () => {
    if (clear !== '') stderr.write(clear)
    clear = ''
  }
  const columns = () => stderr.columns || ASSUMED_COLUMNS
  return {
    ...asking,
    columns,
    clearLine: erased,
    print: (line) => {
      erased()
      plain.print(line)
    },
    note: (line) => {
      erased()
      plain.note(line)
    },
    replaceLine: (line) => {
      const cut = drawn(harmless(line).slice(0, columns() - 1), environment)
      stderr.write(`${CLEAR_LINE}${CUT_LINES}${cut}${WRAP_LINES}`)
      clear = CLEAR_LINE
    },
  }
}

/** Returns the line with bars of ASCII if the locale has no others. */
function drawn(line: string, { LC_ALL, LC_CTYPE, LANG }: Environment): string {
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  if (process.platform === 'win32' || /utf-?8/i.test(locale)) return line
  return line.replaceAll('█', '#').replaceAll('░', '.')
}

/** Signs that would move the cursor or change the terminal, such as a file's name may contain. Colours are none of them. */
const ESCAPE = String.fromCharCode(27)
const CONTROL = new RegExp(`${ESCAPE}(?!\\[[\\d;]*m)|(?![\\t\\n${ESCAPE}])\\p{Cc}`, 'gu')

const harmless = (line: string) => line.replace(CONTROL, '\ufffd')

async function askOnTerminal(question: string, stderr: NodeJS.WriteStream): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: stderr })
  try {
    return /^y(?:es)?$/i.test((await asking.question(`${question} [y/N] `)).trim())
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    stderr.write('\n')
    return false
  } finally {
    asking.close()
  }
}

/** Prints an error and its remedy. Returns the exit code. */
export function reportFault(error: unknown, terminal: Pick<Terminal, 'note'>): number {
  const fault = asFault(error)
  terminal.note(fault.message)
  if (fault.code === 'internal') terminal.note(String((fault.cause as Error | undefined)?.stack ?? fault.cause))
  else terminal.note(fault.remedy)
  return fault.exitCode
}
