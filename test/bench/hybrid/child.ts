import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TICK_MS = 10
const STOP_MS = 60_000

/** A process that runs a program of this repository. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: Interface
  /** When the process was started, by `performance.now()`. */
  readonly startedAt: number
  readonly stop: () => Promise<void>
}

/** Starts a program and reads lines from its stderr or stdout. */
export function startChild(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: 'stdout' | 'stderr',
): Child {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', output === 'stdout' ? 'pipe' : 'ignore', output === 'stderr' ? 'pipe' : 'inherit'],
  })
  const input = output === 'stdout' ? child.stdout : child.stderr
  if (input === null) throw new Error(`${file} has no ${output}`)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
  }
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  return { process: child, lines: createInterface({ input }), startedAt, stop }
}

/** Returns the processor time of all threads of a process so far. Linux only. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Returns the current and the peak resident memory of a process, in megabytes. */
export function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') }
}
