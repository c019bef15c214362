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

/** Exit code if a program cannot be started, as in a shell. */
export const NOT_STARTED = 127
const KILLED = 130

/**
 * Starts a program in its own process group, which Ctrl-C does not reach. Not on Windows, where it would open a window.
 */
export const APART: SpawnOptions = { detached: process.platform !== 'win32' }

export function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  const names = [program, `${program}.exe`]
  return PATH.split(delimiter).some((folder) => names.some((name) => existsSync(join(folder, name))))
}

export const linesOf = (output: string): string[] => output.split('\n').filter((line) => line !== '')

/** Runs a program and returns its exit code and output. */
export async function outputOf(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [exitCode, output, errors] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
  return { exitCode, output, errors }
}

/** With a signal, the program runs in its own process group, and aborting the signal sends it SIGINT. */
interface Interruptible extends SpawnOptions {
  readonly signal?: AbortSignal | undefined
}

/** Runs a program in this terminal and returns its exit code. */
export function runHere(command: string, args: readonly string[], options: Interruptible = {}): Promise<number> {
  const { signal, ...rest } = options
  const child = spawn(command, args, { ...rest, stdio: 'inherit', detached: signal !== undefined })
  if (signal !== undefined) return ended(child).finally(interruptedBy(child, signal))
  // Ctrl-C also reaches the program, which must shut down in order.
  const wait = () => {}
  process.on('SIGINT', wait)
  return ended(child).finally(() => process.off('SIGINT', wait))
}

/** Sends SIGINT to the process group of a program when `signal` aborts. The returned function removes the listener. */
export function interruptedBy(child: ChildProcess, signal: AbortSignal): () => void {
  const interrupt = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
  }
  if (signal.aborted) interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  return () => signal.removeEventListener('abort', interrupt)
}

/** Resolves to the exit code of a program once its output has been read to the end. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(NOT_STARTED))
    child.once('close', (code) => resolve(code ?? KILLED))
  })
}

export interface Pipes {
  /** Standard input. Undefined for none. */
  readonly input?: Readable | undefined
  /** Destination of standard output. If undefined, the output is returned. */
  readonly output?: Writable | undefined
  /** Aborting it terminates the program. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a program with streams as its input and output, in its own process group.
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

/**
 * Feeds standard input. A program that stops reading reports that by its exit code; only a failure to read the input is
 * an error here.
 */
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

/** Yields the lines that a program writes, as they arrive. Aborting the signal terminates it. */
export async function* streamLines(
  command: string,
  args: readonly string[],
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  if (signal.aborted) return
  // Lines of stdout and stderr are merged in the order of their arrival.
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

/** Merges several sources in the order of arrival. Ends with the last of them. */
export function inArrival<Item>(sources: readonly AsyncIterable<Item>[]): AsyncIterable<Item> {
  const merged = new PassThrough({ objectMode: true })
  void Promise.all(sources.map((source) => pourInto(merged, source))).then(
    () => merged.end(),
    (error: Error) => merged.destroy(error),
  )
  return merged
}

/** Writes the items of a source to `merged` until the source ends or `merged` is destroyed. */
export async function pourInto<Item>(merged: PassThrough, source: AsyncIterable<Item>): Promise<void> {
  for await (const item of source) {
    if (merged.destroyed) return
    if (!merged.write(item)) await once(merged, 'drain')
  }
}
