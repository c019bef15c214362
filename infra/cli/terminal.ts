import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted, Refused } from '../faults.ts'

/** Terminal of the user. */
export interface Terminal {
  readonly isInteractive: boolean
  /** Whether the output can be coloured. */
  readonly hasColours: boolean
  /** Prints a line of the result to stdout. */
  readonly print: (text: string) => void
  /** Prints a line that is not part of the result to stderr. */
  readonly note: (line: string) => void
  /** Shows progress: on a terminal in one line that is overwritten, otherwise in an occasional line. */
  readonly progress: (line: string) => void
  ask(question: string): Promise<string>
  /** Resolves a path that the user gave. */
  absolute(path: string): string
  /** Keeps signals from ending the process until `over` is called. */
  interruption(): Interruption
  /** Aborted when stdout is closed by its reader. */
  readonly unread: AbortSignal
  readonly now: () => Date
  /** Waits before the next poll, until the signal aborts. */
  pause(signal?: AbortSignal): Promise<void>
}

/** Request of the user to end the command early. */
interface Interruption {
  readonly signal: AbortSignal
  /** Lets signals end the process again. */
  over(): void
}

interface Consent {
  readonly yes: boolean
  /** Question without the expected answer. */
  readonly question: string
  /** Answer that means consent. */
  readonly answer: string
  /** Message if the user declines. */
  readonly otherwise: string
}

/** Asks the user for consent. @throws Refused, Interrupted */
export async function agreed(
  { yes, question, answer, otherwise }: Consent,
  terminal: Pick<Terminal, 'isInteractive' | 'ask'>,
): Promise<void> {
  if (yes) return
  if (!terminal.isInteractive) throw new Refused(`Not a terminal; pass --yes. ${question}`)
  const told = await terminal.ask(`${question} Type ${answer} to continue: `).catch((error: Error) => {
    throw error.name === 'AbortError' ? new Interrupted(`\n${otherwise}`) : error
  })
  if (told !== answer) throw new Refused(otherwise)
}

const LOOKED_AGAIN_AFTER_MS = 500

export function makeTerminal(): Terminal {
  const { npm_lifecycle_event: script, INIT_CWD } = process.env
  // npm runs scripts in the package's folder and passes the user's folder in INIT_CWD.
  const from = (script === undefined ? undefined : INIT_CWD) ?? process.cwd()
  const unread = new AbortController()
  process.stdout.on('error', () => unread.abort())
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    hasColours: process.stdout.isTTY === true && process.stdout.hasColors(),
    print: (text) => void process.stdout.write(`${text}\n`),
    ...makeNotes(screenOf(process.stderr, process.env)),
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stdout })
      try {
        return (await lines.question(question)).trim()
      } finally {
        lines.close()
      }
    },
    absolute: (path) => resolve(from, path),
    interruption: listenForInterruption,
    unread: unread.signal,
    now: () => new Date(),
    pause: (signal) => delay(LOOKED_AGAIN_AFTER_MS, undefined, { signal }).catch(() => {}),
  }
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Returns a stream as it can show progress. A dumb terminal cannot overwrite a line. */
export function screenOf(stream: Screen, { TERM }: Readonly<Record<string, string | undefined>>): Screen {
  if (TERM !== 'dumb') return stream
  return { isTTY: false, write: (text) => stream.write(text) }
}

const CLEAR_LINE = '\r\u001b[K'
/** The terminal cuts the line where it ends, because only it knows how wide each character is. */
const [CUT_LINES, WRAP_LINES] = ['\u001b[?7l', '\u001b[?7h']
const ASSUMED_COLUMNS = 80
const PLAIN_LINE_EVERY_MS = 10_000
const DRAWN_EVERY_MS = 100

/** Returns the output to stderr. @param now milliseconds */
export function makeNotes(screen: Screen, now: () => number = Date.now): Pick<Terminal, 'note' | 'progress'> {
  const every = screen.isTTY === true ? DRAWN_EVERY_MS : PLAIN_LINE_EVERY_MS
  let last = screen.isTTY === true ? 0 : now()
  let isDrawn = false
  return {
    note(line) {
      screen.write(`${isDrawn ? CLEAR_LINE : ''}${line}\n`)
      isDrawn = false
    },
    progress(line) {
      if (now() - last < every) return
      last = now()
      isDrawn = screen.isTTY === true
      const cut = line.slice(0, (screen.columns || ASSUMED_COLUMNS) - 1)
      screen.write(isDrawn ? `${CLEAR_LINE}${CUT_LINES}${cut}${WRAP_LINES}` : `${line}\n`)
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Keeps signals from ending the process, because work in progress must finish cleanly first. */
function listenForInterruption(): Interruption {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  // When the terminal is closed, failing writes must not end the work in progress.
  const unread = () => {}
  for (const signal of SIGNALS) process.on(signal, interrupt)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread)
  const over = () => {
    for (const signal of SIGNALS) process.off(signal, interrupt)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', unread)
  }
  return { signal: controller.signal, over }
}
