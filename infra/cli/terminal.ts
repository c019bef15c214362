import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted, Refused } from '../faults.ts'

/** The person, and what is between this program and them. */
export interface Terminal {
  readonly isInteractive: boolean
  /** Whether what is printed may be coloured. */
  readonly hasColours: boolean
  /** A line of the answer, on stdout. */
  readonly print: (text: string) => void
  /** A line beside the answer, on stderr. */
  readonly note: (line: string) => void
  /** How far something is: on a terminal in a line that the next one replaces, elsewhere in a line now and then. */
  readonly progress: (line: string) => void
  ask(question: string): Promise<string>
  /** An absolute path out of what a person typed. */
  absolute(path: string): string
  /** From here on signals end nothing by themselves, until `over`. */
  interruption(): Interruption
  /** Aborted once nobody reads what is printed. */
  readonly unread: AbortSignal
  readonly now: () => Date
  /** Waits before something is looked at again, unless the signal ends it. */
  pause(signal?: AbortSignal): Promise<void>
}

/** Whether somebody wants the command to end early. */
interface Interruption {
  readonly signal: AbortSignal
  /** Lets signals end the process again. */
  over(): void
}

interface Consent {
  readonly yes: boolean
  /** What is asked, without what is to be answered. */
  readonly question: string
  /** What has to be answered. */
  readonly answer: string
  /** What became of things where somebody says no. */
  readonly otherwise: string
}

/** Goes on where a person agrees. @throws Refused, Interrupted */
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
  // npm runs scripts in the package's folder and keeps the person's here.
  const from = (script === undefined ? undefined : INIT_CWD) ?? process.cwd()
  const unread = new AbortController()
  process.stdout.on('error', () => unread.abort())
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    hasColours: process.stdout.isTTY === true && process.stdout.hasColors(),
    print: (text) => void process.stdout.write(`${text}\n`),
    ...makeNotes(process.stderr),
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

const CLEAR_LINE = '\r\u001b[K'
const ASSUMED_COLUMNS = 80
const PLAIN_LINE_EVERY_MS = 10_000
const DRAWN_EVERY_MS = 100

/** @param now milliseconds */
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
      if (isDrawn) screen.write(`${CLEAR_LINE}${line.slice(0, (screen.columns ?? ASSUMED_COLUMNS) - 1)}`)
      else screen.write(`${line}\n`)
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** From here on signals end nothing by themselves: what was begun has to end in order first. */
function listenForInterruption(): Interruption {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  // Once the terminal has gone nobody reads what is written, and that must not end what is under way.
  const unread = () => {}
  for (const signal of SIGNALS) process.on(signal, interrupt)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread)
  const over = () => {
    for (const signal of SIGNALS) process.off(signal, interrupt)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', unread)
  }
  return { signal: controller.signal, over }
}
