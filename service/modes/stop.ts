import type { Log } from '../log.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** What ends a process that serves, and the exit code it ends with. */
export interface Stop {
  readonly reason: NodeJS.Signals | 'uncaught'
  readonly code: 0 | 1
}

/**
 * Settles at the first request to stop, or at an error that nothing catches, after which no state can be relied on; a
 * second signal ends the process at once. A promise that fails unheard is logged and ends nothing.
 */
export function untilStopped(log: Pick<Log, 'error'>): Promise<Stop> {
  return new Promise((resolve) => {
    let stopping = false
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (stopping) process.exit(1)
        stopping = true
        resolve({ reason: signal, code: 0 })
      })
    }
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'this error was not caught, so the process exits')
      resolve({ reason: 'uncaught', code: 1 })
    })
    process.on('unhandledRejection', (error) => log.error({ error }, 'a promise was rejected, and nothing handled it'))
  })
}
