import { Refused } from '../../faults.ts'
import type { Containers } from '../containers/containers.ts'
import type { ContainerFacts } from '../containers/facts.ts'
import { briefly } from '../logs/show.ts'
import { isThere, type Part } from '../parts.ts'

/** The containers that work on the database: the server, and the worker where there is one. */
export interface Service {
  stop(): Promise<void>
  /** Starts them, and waits until the server is ready. @throws Refused with its last lines where it ends instead */
  start(signal?: AbortSignal): Promise<void>
}

export interface ServiceTools {
  readonly containers: Pick<Containers, 'of' | 'stop' | 'start' | 'log'>
  pause(signal: AbortSignal): Promise<void>
  /** Whether the server at an address answers that it is ready. */
  isReady(address: string): Promise<boolean>
  readonly now: () => Date
}

const LINES = 8
const PATIENCE_MS = 15 * 60 * 1000

/** @param name of the stack */
export function makeService(name: string, parts: readonly Part[], tools: ServiceTools): Service {
  const { containers, now } = tools
  const own = parts.filter(isThere).filter((part) => part.name === 'server' || part.name === 'worker')
  const names = own.map(({ container }) => container.name)
  const server = own.find((part) => part.name === 'server')?.container
  const find = async () => (await containers.of(name)).find((each) => each.name === server?.name)
  const end = async (container: ContainerFacts | undefined, since: Date) => {
    const lines =
      container === undefined ? [] : await containers.log(container.name, { since: since.toISOString(), tail: LINES })
    const told = lines.map(({ text }) => `  ${briefly(text)}`).join('\n')
    return new Refused(`The server does not start on it. Its last lines:\n${told}`)
  }
  return {
    stop: () => containers.stop(names),
    async start(signal = new AbortController().signal) {
      const before = (await find())?.restarts ?? 0
      const began = now()
      await containers.start(names)
      const address = server?.published[0]?.address
      if (address === undefined) return
      while (!(await tools.isReady(address))) {
        signal.throwIfAborted()
        const container = await find()
        const hasEnded = container?.state !== 'running' || container.restarts > before
        if (hasEnded || now().getTime() - began.getTime() > PATIENCE_MS) throw await end(container, began)
        await tools.pause(signal)
      }
    },
  }
}
