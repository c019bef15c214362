import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { asFault } from '../errors.ts'

type Style = Extract<Parameters<typeof styleText>[0], string>

/** Where a mode talks to the person who started it; logs go elsewhere. */
export interface Terminal {
  /** A line of the answer, on stdout. */
  readonly print: (line: string) => void
  /** A line beside the answer, on stderr. */
  readonly note: (line: string) => void
  /** Shows a line that the next one replaces; on a terminal only. */
  readonly replaceLine?: (line: string) => void
  /** Text of an answer in colour, where stdout shows colours and nobody has forbidden them. */
  readonly style?: (style: Style, text: string) => string
  /** Whether a person says yes; absent where there is none. */
  readonly ask?: (question: string) => Promise<boolean>
}

const ASSUMED_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[K'

export function makeTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  // Whoever read may have gone, as `head` does when it has its lines.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  const plain = {
    print: (line: string) => void stdout.write(`${line}\n`),
    note: (line: string) => void stderr.write(`${line}\n`),
    style: (style: Style, text: string) => styleText(style, text, { stream: stdout }),
  }
  if (stderr.isTTY !== true) return plain
  let clear = ''
  const erased = () => {
    if (clear !== '') stderr.write(clear)
    clear = ''
  }
  return {
    ...plain,
    ...(process.stdin.isTTY && { ask: (question: string) => askOnTerminal(question, stderr) }),
    print: (line) => {
      erased()
      plain.print(line)
    },
    note: (line) => {
      erased()
      plain.note(line)
    },
    replaceLine: (line) => {
      stderr.write(`${CLEAR_LINE}${line.slice(0, (stderr.columns || ASSUMED_COLUMNS) - 1)}`)
      clear = CLEAR_LINE
    },
  }
}

async function askOnTerminal(question: string, stderr: NodeJS.WriteStream): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: stderr })
  try {
    return /^y(?:es)?$/i.test((await asking.question(`${question} [y/N] `)).trim())
  } finally {
    asking.close()
  }
}

/** Tells what went wrong and what to do; the exit code. */
export function reportFault(error: unknown, terminal: Pick<Terminal, 'note'>): number {
  const fault = asFault(error)
  terminal.note(fault.message)
  if (fault.code === 'internal') terminal.note(String((fault.cause as Error | undefined)?.stack ?? fault.cause))
  else terminal.note(fault.remedy)
  return fault.exitCode
}
