import { type LogLine, type LogWindow, logLineOf } from '../../log-lines.ts'

/** The arguments of `kubectl logs`. @param name of the pod, and after a "/" that of the container */
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

/** A time, or how long ago. */
function sinceOf(since: string): string {
  if (!/^\d{4}-/.test(since)) return `--since=${since}`
  return `--since-time=${since.includes('T') ? since : new Date(since).toISOString()}`
}

/** @param line as `kubectl logs --timestamps` prints it; undefined for what the command itself has to say */
export function clusterLogLineOf(line: string): LogLine | undefined {
  const read = logLineOf(line)
  return read === undefined ? undefined : { ...read, time: inUtc(read.time) }
}

/** A node notes times in its own zone, and lines of several compare as text. */
function inUtc(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  const [seconds = ''] = new Date(time).toISOString().split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}Z`
}
