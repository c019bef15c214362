import { stripVTControlCharacters } from 'node:util'

/** A line that a container wrote. */
export interface LogLine {
  /** As it was noted when it was written, in UTC with nanoseconds, so that two compare as text. */
  readonly time: string
  readonly text: string
}

export interface LogWindow {
  /** A time, or how long ago, such as 10m. */
  readonly since?: string | undefined
  /** How many lines at the end; all of them where it is absent. */
  readonly tail?: number | undefined
}

/** @param line its time and its text; undefined for what a command itself has to say */
export function logLineOf(line: string): LogLine | undefined {
  const [, time, text] = /^(\d{4}-\d\d-\d\dT\S+)(?: (.*))?$/s.exec(line) ?? []
  return time === undefined ? undefined : { time, text: shown(text ?? '') }
}

/** What a terminal would have left of a line that draws over itself. */
const shown = (text: string) => stripVTControlCharacters(text).trimEnd().split('\r').at(-1) ?? ''

/** The arguments of `docker logs`. */
export const logArguments = (container: string, { since, tail }: LogWindow, ...more: string[]): string[] => [
  'logs',
  '--timestamps',
  ...(since === undefined ? [] : ['--since', since]),
  ...(tail === undefined ? [] : ['--tail', String(tail)]),
  ...more,
  container,
]

/** All lines by time; those of the same moment stay in their order. */
export function byTime<Line extends { readonly time: string }>(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}
