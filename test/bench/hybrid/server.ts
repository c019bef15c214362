import { cpuMs, memoryOf, startChild } from './child.ts'
import { type Client, makeClient } from './client.ts'

/** The real server in a process of its own. */
export interface Server {
  readonly client: Client
  /** When the server was started, by `performance.now()`. */
  readonly startedAt: number
  readonly listeningMs: number
  /** Returns when the server first logged the message. */
  logged(message: string): Promise<number>
  /** Rejects if the server ends without having been stopped. */
  readonly failed: Promise<never>
  cpuMs(): number
  memory(): { readonly nowMb: number; readonly peakMb: number }
  readonly stop: () => Promise<void>
}

type Settings = Readonly<Record<string, string>>

/** Starts `serve FOLDER` with these settings and waits until it listens. */
export async function startServer(folder: string, settings: Settings): Promise<Server> {
  const env = { PORT: '0', LOG_LEVEL: 'info', ...settings }
  const child = startChild('../../../service/main.ts', ['serve', folder], env, 'stderr')
  const log = logOf(child)
  const listening = await log.first('listening')
  const client = makeClient(String(listening.entry.url))
  const pid = Number(listening.entry.pid)
  return {
    client,
    startedAt: child.startedAt,
    listeningMs: listening.at - child.startedAt,
    failed: log.failed,
    logged: async (message) => (await log.first(message)).at,
    cpuMs: () => cpuMs(pid),
    memory: () => memoryOf(pid),
    stop: async () => {
      client.close()
      await child.stop()
    },
  }
}

interface Logged {
  readonly entry: Readonly<Record<string, unknown>>
  readonly at: number
}

function logOf(child: ReturnType<typeof startChild>) {
  const seen = new Map<string, Logged>()
  const waiting = new Set<() => void>()
  const lines: string[] = []
  child.lines.on('line', (line) => {
    lines.push(line)
    const entry = entryIn(line)
    const message = String(entry.msg)
    if (Number(entry.level) >= 40) process.stderr.write(`  the server: ${line.slice(0, 300)}\n`)
    if (!seen.has(message)) seen.set(message, { entry, at: performance.now() })
    for (const look of waiting) look()
  })
  const failed = new Promise<never>((_, reject) => {
    child.process.once('exit', (code, signal) => {
      reject(new Error(`The server ended with ${signal ?? code}:\n${lines.slice(-20).join('\n')}`))
    })
  })
  // Nothing awaits this promise while the server is being stopped.
  failed.catch(() => {})
  const seenFirst = (message: string) =>
    new Promise<Logged>((resolve) => {
      const look = () => {
        const logged = seen.get(message)
        if (logged === undefined) return
        waiting.delete(look)
        resolve(logged)
      }
      waiting.add(look)
      look()
    })
  return { failed, first: (message: string) => Promise.race([seenFirst(message), failed]) }
}

function entryIn(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return {}
  }
}
