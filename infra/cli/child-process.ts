import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface Ended {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
}

export function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  const names = [program, `${program}.exe`]
  return PATH.split(delimiter).some((folder) => names.some((name) => existsSync(join(folder, name))))
}

/** What a program wrote, once it has ended; one that cannot be started ends with 127, as in a shell. */
export async function outputOf(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [exitCode, output, errors] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
  return { exitCode, output, errors }
}

/** Runs a program at this terminal; its exit code. */
export function runHere(command: string, args: readonly string[], options: Interruptible = {}): Promise<number> {
  const { signal, ...rest } = options
  const child = spawn(command, args, { ...rest, stdio: 'inherit', detached: signal !== undefined })
  return ended(child).finally(interruptible(child, signal))
}

/** Runs a program and hands over each line that it writes; its exit code. */
export async function runLines(
  command: string,
  args: readonly string[],
  options: Interruptible,
  take: (line: string) => void,
): Promise<number> {
  const { signal, ...rest } = options
  const child = spawn(command, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'], detached: signal !== undefined })
  const release = interruptible(child, signal)
  const read = async (input: Readable) => {
    for await (const line of createInterface({ input })) take(line)
  }
  try {
    const [exitCode] = await Promise.all([ended(child), read(child.stdout), read(child.stderr)])
    return exitCode
  } finally {
    release()
  }
}

/** With a signal the program is in a process group of its own, that a Ctrl-C does not reach: the signal interrupts it. */
interface Interruptible extends SpawnOptions {
  readonly signal?: AbortSignal | undefined
}

/** Sees to how `child` is interrupted until what is returned is called. */
function interruptible(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) {
    // A Ctrl-C reaches the program too, and it is for the program to end in order.
    const wait = () => {}
    process.on('SIGINT', wait)
    return () => process.off('SIGINT', wait)
  }
  const interrupt = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
  }
  if (signal.aborted) interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  return () => signal.removeEventListener('abort', interrupt)
}

/** In a process group of its own; on Windows that would open a window. */
export const APART: SpawnOptions = { detached: process.platform !== 'win32' }

/** The exit code of what cannot be started. */
export const NOT_STARTED = 127
const KILLED = 130

/** The exit code of a program, once its output was read to the end. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(NOT_STARTED))
    child.once('close', (code) => resolve(code ?? KILLED))
  })
}
