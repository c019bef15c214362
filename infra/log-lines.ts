import { stripVTControlCharacters } from 'node:util'

/** A line of a container's log. */
export interface LogLine {
  /** Timestamp in UTC with nanoseconds, so that timestamps compare as text. */
  readonly time: string
  readonly text: string
}

export interface LogWindow {
  /** Start of the window: a timestamp, or an age such as 10m. */
  readonly since?: string | undefined
  /** Number of lines from the end. Undefined for all lines. */
  readonly tail?: number | undefined
}

/**
 * Parses a line of a timestamped log. Returns undefined for messages of the command itself.
 * @param line timestamp, space, text
 */
export function logLineOf(line: string): LogLine | undefined {
  const [, time, text] = /^(\d{4}-\d\d-\d\dT\S+)(?: (.*))?$/s.exec(line) ?? []
  return time === undefined ? undefined : { time, text: shown(text ?? '') }
}

/** Returns what a terminal would show of a line that overwrites itself. */
const shown = (text: string) => stripVTControlCharacters(text).trimEnd().split('\r').at(-1) ?? ''

/** Returns the arguments of `docker logs`. */
export const logArguments = (container: string, { since, tail }: LogWindow, ...more: string[]): string[] => [
  'logs',
  '--timestamps',
  ...(since === undefined ? [] : ['--since', since]),
  ...(tail === undefined ? [] : ['--tail', String(tail)]),
  ...more,
  container,
]

/** Sorts lines by time. Lines with the same time keep their order. */
export function byTime<Line extends { readonly time: string }>(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}
