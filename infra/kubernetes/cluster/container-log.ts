import { type LogLine, type LogWindow, logLineOf } from '../../log-lines.ts'

/** Returns the arguments of `kubectl logs`. @param name POD or POD/CONTAINER */
export function clusterLogArguments(name: string, { since, tail }: LogWindow, ...more: string[]): string[] {
  const [pod = '', container] = name.split('/')
  return [
    'logs',
    '--timestamps',
    ...(since === undefined ? [] : [sinceOf(since)]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    ...more,
    pod,
    ...(container === undefined ? [] : ['--container', container]),
  ]
}

/** Returns the option for a time or an age. */
function sinceOf(since: string): string {
  if (!/^\d{4}-/.test(since)) return `--since=${since}`
  return `--since-time=${since.includes('T') ? since : new Date(since).toISOString()}`
}

/** Parses a line of `kubectl logs --timestamps`. Undefined for messages of kubectl itself. */
export function clusterLogLineOf(line: string): LogLine | undefined {
  const read = logLineOf(line)
  return read === undefined ? undefined : { ...read, time: inUtc(read.time) }
}

/** Converts a time to UTC with nine decimals, so that lines from nodes in different time zones sort as text. */
function inUtc(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  const [seconds = ''] = new Date(time).toISOString().split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}Z`
}
