import type { Engine } from '../../docker/engine/engine.ts'
import type { ContainerFacts } from '../../docker/engine/facts.ts'
import { Refused, unlessRefused } from '../../faults.ts'
import { briefly } from '../report/show-logs.ts'
import type { Restoring } from '../target.ts'
import type { Terminal } from '../terminal.ts'

const LINES = 8
const PATIENCE_MS = 15 * 60 * 1000

interface ServiceTools {
  readonly engine: Pick<Engine, 'inspect' | 'stop' | 'start' | 'log'>
  readonly terminal: Pick<Terminal, 'pause' | 'now'>
  /** Whether the server at this address reports that it is ready. */
  readonly isReady: (address: string) => Promise<boolean>
}

/** Stops and starts the containers that use the database. @param containers the server and, if enabled, the worker */
export function makeService(
  containers: readonly ContainerFacts[],
  { engine, terminal, isReady }: ServiceTools,
): Restoring {
  const names = containers.map(({ name }) => name)
  const server = containers.find(({ published }) => published.length > 0)
  const find = async () => (server === undefined ? undefined : (await engine.inspect([server.name]))[0])
  const end = async (since: Date) => {
    const window = { since: since.toISOString(), tail: LINES }
    const lines = server && (await unlessRefused(engine.log(server.name, window)))
    const told = (lines ?? []).map(({ text }) => `  ${briefly(text)}`).join('\n')
    return new Refused(`The server does not start with the restored database. Its last lines:\n${told}`)
  }
  return {
    stop: () => engine.stop(names),
    async start(signal = new AbortController().signal) {
      const before = (await find())?.restarts ?? 0
      const began = terminal.now()
      await engine.start(names)
      const [address] = server?.published ?? []
      if (address === undefined) return
      while (!(await isReady(address))) {
        signal.throwIfAborted()
        const container = await find()
        const hasEnded = container?.state !== 'running' || container.restarts > before
        if (hasEnded || terminal.now().getTime() - began.getTime() > PATIENCE_MS) throw await end(began)
        await terminal.pause(signal)
      }
    },
  }
}

const READY_TIMEOUT_MS = 2_000

export async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) })).ok
  } catch {
    return false
  }
}
