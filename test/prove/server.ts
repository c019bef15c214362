import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { unusedPort } from '../fakes/unused-port.ts'
import { type Program, startProgram } from '../service/modes/run-program.ts'
import { type Debugger, debuggerOf } from './debugger.ts'

const START_MS = 60_000
const STOP_MS = 30_000
const POLL_MS = 20

export interface ServerOptions {
  readonly mode?: 'serve' | 'worker'
  /** Folders to index. */
  readonly folders?: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  /** Whether to enable the debugger. */
  readonly debugged?: boolean
}

/** The service, run from source in a process of its own. */
export interface Server {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Returns its log so far: warnings and errors, unless the settings change the level. */
  log(): string
  /** Returns its resident memory, in megabytes. */
  residentMb(): number
  /** Returns its peak resident memory, in megabytes. */
  peakMb(): number
  /** Undefined unless it is `debugged`. */
  readonly debugger: Debugger | undefined
  /** Tells whether it is running. */
  lives(): boolean
  /** Stops it and returns the exit code. Null if a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts the service on a free port and without Ollama, unless the settings say otherwise, and waits until it answers.
 */
export async function startServer({
  mode = 'serve',
  folders = [],
  settings,
  debugged,
}: ServerOptions): Promise<Server> {
  const port = await unusedPort()
  const inspected: Record<string, string> = debugged === true ? { NODE_OPTIONS: '--inspect=127.0.0.1:0' } : {}
  const environment = { PORT: String(port), LOG_LEVEL: 'warn', NO_COLOR: '1', ...inspected, ...settings }
  const program = startProgram([mode, ...folders], environment)
  const kill = () => program.child.kill('SIGKILL')
  process.once('exit', kill)
  void program.ended.then(() => process.off('exit', kill))
  const url = `http://127.0.0.1:${port}`
  await untilAnswering(url, program)
  const { pid } = program.child
  if (pid === undefined) throw new Error('The server has no process')
  return {
    url,
    port,
    pid,
    log: () => program.stderr(),
    residentMb: () => memoryMb(pid, 'VmRSS'),
    peakMb: () => memoryMb(pid, 'VmHWM'),
    debugger: debugged === true ? await debuggerOf(program.stderr()) : undefined,
    lives: () => program.child.exitCode === null && program.child.signalCode === null,
    stop: async (signal = 'SIGTERM') => {
      program.child.kill(signal)
      const timer = setTimeout(kill, STOP_MS)
      const { code } = await program.ended
      clearTimeout(timer)
      return code
    },
  }
}

function memoryMb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}

async function untilAnswering(url: string, program: Program): Promise<void> {
  const deadline = Date.now() + START_MS
  for (;;) {
    const answered = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (answered) return
    if (program.child.exitCode !== null || Date.now() > deadline) {
      program.child.kill('SIGKILL')
      throw new Error(`The server does not start:\n${program.stderr()}`)
    }
    await delay(POLL_MS)
  }
}
