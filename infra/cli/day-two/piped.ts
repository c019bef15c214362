import { type SpawnOptions, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { APART, type Ended, ended } from '../child-process.ts'

export interface Pipes {
  /** What the program reads; nothing where it is absent. */
  readonly input?: Readable | undefined
  /** Where what it writes goes, instead of into the answer. */
  readonly output?: Writable | undefined
  readonly onErrorLine?: ((line: string) => void) | undefined
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
  { input, output, onErrorLine, signal }: Pipes,
  options: SpawnOptions = {},
): Promise<Ended> {
  signal?.throwIfAborted()
  const child = spawn(command, args, { ...options, ...APART, stdio: ['pipe', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGTERM')
  signal?.addEventListener('abort', kill, { once: true })
  if (onErrorLine !== undefined) createInterface({ input: child.stderr }).on('line', onErrorLine)
  const exited = ended(child)
  try {
    const [exitCode, written, errors] = await Promise.all([
      exited,
      output === undefined ? text(child.stdout) : poured(child.stdout, output),
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

async function poured(from: Readable, to: Writable): Promise<string> {
  await pipeline(from, to)
  return ''
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
