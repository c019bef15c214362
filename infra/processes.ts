import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

export interface Ended {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
}

/** The exit code of what cannot be started, as in a shell. */
export const NOT_STARTED = 127
const KILLED = 130

/** In a process group of its own, which a Ctrl-C does not reach; on Windows that would open a window. */
export const APART: SpawnOptions = { detached: process.platform !== 'win32' }

export function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  const names = [program, `${program}.exe`]
  return PATH.split(delimiter).some((folder) => names.some((name) => existsSync(join(folder, name))))
}

export const linesOf = (output: string): string[] => output.split('\n').filter((line) => line !== '')

/** What a program wrote, once it has ended. */
export async function outputOf(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [exitCode, output, errors] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
  return { exitCode, output, errors }
}

/** With a signal the program is in a process group of its own, and the signal interrupts it. */
interface Interruptible extends SpawnOptions {
  readonly signal?: AbortSignal | undefined
}

/** Runs a program at this terminal; its exit code. */
export function runHere(command: string, args: readonly string[], options: Interruptible = {}): Promise<number> {
  const { signal, ...rest } = options
  const child = spawn(command, args, { ...rest, stdio: 'inherit', detached: signal !== undefined })
  if (signal !== undefined) return ended(child).finally(interruptedBy(child, signal))
  // A Ctrl-C reaches the program too, and it is for the program to end in order.
  const wait = () => {}
  process.on('SIGINT', wait)
  return ended(child).finally(() => process.off('SIGINT', wait))
}

/** Interrupts a program in a process group of its own when `signal` aborts; what is returned ends that. */
export function interruptedBy(child: ChildProcess, signal: AbortSignal): () => void {
  const interrupt = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
  }
  if (signal.aborted) interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  return () => signal.removeEventListener('abort', interrupt)
}

/** The exit code of a program, once its output was read to the end. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(NOT_STARTED))
    child.once('close', (code) => resolve(code ?? KILLED))
  })
}

export interface Pipes {
  /** What the program reads; nothing where it is absent. */
  readonly input?: Readable | undefined
  /** Where what it writes goes, instead of into the answer. */
  readonly output?: Writable | undefined
  /** Ends the program. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a program between streams, out of reach of a Ctrl-C; what it wrote, once it has ended.
 * @throws what `output` throws, and the reason of `signal`
 */
export async function runPiped(
  command: string,
  args: readonly string[],
  { input, output, signal }: Pipes,
  options: SpawnOptions = {},
): Promise<Ended> {
  signal?.throwIfAborted()
  const child = spawn(command, args, { ...options, ...APART, stdio: ['pipe', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGTERM')
  signal?.addEventListener('abort', kill, { once: true })
  const exited = ended(child)
  try {
    const [exitCode, written, errors] = await Promise.all([
      exited,
      output === undefined ? text(child.stdout) : pipeline(child.stdout, output).then(() => ''),
      text(child.stderr),
      fed(input, child.stdin),
    ])
    signal?.throwIfAborted()
    return { exitCode, output: written, errors }
  } catch (error) {
    kill()
    await exited
    throw error
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

/** That a program stops reading shows in its exit code; that the input cannot be read is a fault of its own. */
async function fed(input: Readable | undefined, stdin: Writable): Promise<void> {
  stdin.on('error', () => {})
  if (input === undefined) {
    stdin.end()
    return
  }
  await pipeline(input, stdin).catch((error: NodeJS.ErrnoException) => {
    if (!STOPPED_READING.includes(error.code ?? '')) throw error
  })
}

const STOPPED_READING = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']

/** The lines that a program writes, as they come; the signal ends it. */
export async function* streamLines(
  command: string,
  args: readonly string[],
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  if (signal.aborted) return
  // A log has one order, also of what is written to stderr.
  const child = spawn(command, args, { env, ...APART, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGTERM')
  child.once('error', kill)
  signal.addEventListener('abort', kill, { once: true })
  try {
    yield* inArrival([child.stdout, child.stderr].map((input) => createInterface({ input })))
  } finally {
    kill()
    signal.removeEventListener('abort', kill)
  }
}

/** What several sources give, as it comes; ends with the last of them. */
export function inArrival<Item>(sources: readonly AsyncIterable<Item>[]): AsyncIterable<Item> {
  const merged = new PassThrough({ objectMode: true })
  void Promise.all(sources.map((source) => pourInto(merged, source))).then(
    () => merged.end(),
    (error: Error) => merged.destroy(error),
  )
  return merged
}

/** Hands over what a source gives until it ends, or nobody takes it any more. */
export async function pourInto<Item>(merged: PassThrough, source: AsyncIterable<Item>): Promise<void> {
  for await (const item of source) {
    if (merged.destroyed) return
    if (!merged.write(item)) await once(merged, 'drain')
  }
}
