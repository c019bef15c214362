/** Lines beside the answer of a command, on stderr. */
export interface Notes {
  readonly note: (line: string) => void
  /** Tells how far something is: on a terminal in a line that the next one replaces, elsewhere in a line now and then. */
  readonly progress: (line: string) => void
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
export function makeNotes(screen: Screen, now: () => number = Date.now): Notes {
  const every = screen.isTTY === true ? DRAWN_EVERY_MS : PLAIN_LINE_EVERY_MS
  let last = screen.isTTY === true ? 0 : now()
  let isDrawn = false
  const clear = () => {
    if (isDrawn) screen.write(CLEAR_LINE)
    isDrawn = false
  }
  return {
    note(line) {
      clear()
      screen.write(`${line}\n`)
    },
    progress(line) {
      if (now() - last < every) return
      last = now()
      if (screen.isTTY !== true) {
        screen.write(`${line}\n`)
        return
      }
      screen.write(`${CLEAR_LINE}${line.slice(0, (screen.columns ?? ASSUMED_COLUMNS) - 1)}`)
      isDrawn = true
    },
  }
}
