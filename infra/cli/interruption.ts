/** Whether somebody wants the command to end early. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Lets signals end the process again. */
  over(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** From here on signals end nothing by themselves: what was made has to be removed first. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  // Once the terminal has gone nobody reads what is written, and that must not end the removal.
  const unread = () => {}
  for (const signal of SIGNALS) process.on(signal, interrupt)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread)
  const over = () => {
    for (const signal of SIGNALS) process.off(signal, interrupt)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', unread)
  }
  return { signal: controller.signal, over }
}
