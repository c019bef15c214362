import { asFault } from '../errors.ts'

/** Where a mode talks to the person who started it; logs go elsewhere. */
export interface Terminal {
  /** A line of the answer, on stdout. */
  readonly print: (line: string) => void
  /** A line beside the answer, on stderr. */
  readonly note: (line: string) => void
  /** Shows a line that the next one replaces; on a terminal only. */
  readonly replaceLine?: (line: string) => void
}

const ASSUMED_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[K'

export function makeTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  // Whoever read may have gone, as `head` does when it has its lines.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  const plain = {
    print: (line: string) => void stdout.write(`${line}\n`),
    note: (line: string) => void stderr.write(`${line}\n`),
  }
  if (stderr.isTTY !== true) return plain
  let clear = ''
  const erased = () => {
    if (clear !== '') stderr.write(clear)
    clear = ''
  }
  return {
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

/** Tells what went wrong and what to do; the exit code. */
export function reportFault(error: unknown, terminal: Pick<Terminal, 'note'>): number {
  const fault = asFault(error)
  terminal.note(fault.message)
  if (fault.code === 'internal') terminal.note(String((fault.cause as Error | undefined)?.stack ?? fault.cause))
  else terminal.note(fault.remedy)
  return fault.exitCode
}
