import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { APART } from '../../child-process.ts'
import { inArrival } from './arrival.ts'
import type { LogLine } from './log-lines.ts'

interface Streamed {
  readonly env: NodeJS.ProcessEnv
  /** Ends the program. */
  readonly signal: AbortSignal
  /** Undefined for what is no line of a log. */
  readonly read: (line: string) => LogLine | undefined
}

/** The lines of a log that a program prints, as they come. */
export async function* streamLog(
  program: string,
  args: readonly string[],
  { env, signal, read }: Streamed,
): AsyncGenerator<LogLine> {
  if (signal.aborted) return
  const child = spawn(program, args, { env, ...APART, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGTERM')
  child.once('error', kill)
  signal.addEventListener('abort', kill, { once: true })
  try {
    for await (const line of inArrival([child.stdout, child.stderr].map((input) => createInterface({ input })))) {
      const known = read(line)
      if (known !== undefined) yield known
    }
  } finally {
    kill()
    signal.removeEventListener('abort', kill)
  }
}
