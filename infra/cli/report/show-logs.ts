import { styleText } from 'node:util'
import { parseJson } from '../../json.ts'
import type { LogLine } from '../../log-lines.ts'

export interface PartLine extends LogLine {
  readonly part: string
}

/** Formats a log line. */
export type Show = (line: PartLine) => string

type Paint = (style: Style, text: string) => string
type Style = (typeof COLOURS)[number] | 'red' | 'yellow' | 'gray'

const COLOURS = [
  'cyan',
  'magenta',
  'green',
  'blue',
  'cyanBright',
  'magentaBright',
  'greenBright',
  'blueBright',
] as const

const plain: Paint = (_, text) => text
const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false })

/** Prefixes each line with the part's name, and formats the JSON lines of the service as text. */
export function showLines(parts: readonly string[], isColoured: boolean): Show {
  const paint = isColoured ? coloured : plain
  const width = Math.max(0, ...parts.map((part) => part.length))
  return ({ part, text }) => {
    const prefix = paint(COLOURS[parts.indexOf(part) % COLOURS.length] ?? 'cyan', `${part.padEnd(width)} |`)
    return wordsOf(text, paint)
      .split('\n')
      .map((line) => `${prefix} ${line}`)
      .join('\n')
  }
}

/** Formats each line as JSON. Includes a JSON log entry as an object. */
export const showJson: Show = ({ part, time, text }) => {
  const entry = entryOf(text)
  return JSON.stringify({ part, time, ...(entry === undefined ? { text } : { entry }) })
}

/** Formats a log line as a single line of text. Of an error, includes only the message. */
export const briefly = (text: string) =>
  wordsOf(text, plain)
    .split('\n', 2)
    .map((line) => line.trim())
    .join(': ')

function wordsOf(text: string, paint: Paint): string {
  const entry = entryOf(text)
  if (entry === undefined) return text
  const { time, level, msg, error, ...rest } = entry
  const label = level.toUpperCase().padEnd(5)
  const style = level === 'error' || level === 'fatal' ? 'red' : level === 'warn' ? 'yellow' : 'gray'
  const fields = Object.entries(rest).map(([key, value]) => `${paint('gray', `${key}=`)}${shown(value)}`)
  const head = [paint('gray', clockOf(time)), paint(style, label), msg ?? '', ...fields].filter((word) => word !== '')
  return [head.join(' '), ...errorLines(error)].join('\n')
}

interface Entry {
  readonly time: string
  readonly level: string
  readonly msg?: string
  readonly error?: unknown
}

/** Parses a line of the service's log. Undefined if it is not one. */
function entryOf(text: string): Entry | undefined {
  if (!text.startsWith('{')) return undefined
  const entry = parseJson(text) as Partial<Entry> | undefined
  return typeof entry?.time === 'string' && typeof entry.level === 'string' ? (entry as Entry) : undefined
}

const clockOf = (time: string) => time.replace('T', ' ').replace(/Z$/, '')

function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

function errorLines(error: unknown): string[] {
  if (error === undefined) return []
  const { stack, message } = (typeof error === 'object' ? error : {}) as { stack?: unknown; message?: unknown }
  const words = [stack, message].find((each) => typeof each === 'string') ?? shown(error)
  return String(words)
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
}
