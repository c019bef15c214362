import type { Log } from '../log.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Why a serving process ends, and its exit code. */
export interface Stop {
  readonly reason: NodeJS.Signals | 'uncaught'
  readonly code: 0 | 1
}

/**
 * Settles at the first signal to stop, or at an uncaught error, after which no state is reliable. A second signal ends
 * the process at once. An unhandled rejection is logged and ends nothing.
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
