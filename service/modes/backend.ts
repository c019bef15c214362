import { EVERYTHING } from '../access/grant.ts'
import { operationOf } from '../http/operations.ts'
import type { Log } from '../log.ts'
import type { Service } from '../open.ts'
import { listRepositories } from '../tools/list-repositories.ts'
import type { Answer, Tool } from '../tools/tool.ts'
import { findAnswering, type ServerAddress } from './announced-server.ts'
import type { Closers } from './closers.ts'
import { askServer } from './remote.ts'
import type { Setup } from './setup.ts'

/** Answers terminal commands, from a running server or from the database. */
export interface Backend {
  /** @throws Fault */
  call(tool: Tool, input: Record<string, unknown>): Promise<Pick<Answer, 'structured' | 'text'>>
}

/** Whether there is no repository at all that this caller may read. */
export async function indexesNothing(backend: Backend): Promise<boolean> {
  return (await backend.call(listRepositories, { limit: 1 })).structured.total === 0
}

/** Opens a running server, or else the database. With `runsJobs`, this process then runs the jobs. */
export async function openBackend(setup: Setup, closers: Closers, { runsJobs = false } = {}): Promise<Backend> {
  const server = await findAnswering(setup)
  if (server !== undefined) return serverBackend(server)
  const { config, log } = setup
  const { openService } = await import('../open.ts')
  const service = await openService(config, log, closers)
  if (runsJobs) service.startWorker(() => {})
  return serviceBackend(service, log)
}

/** Returns a backend that calls a running server. */
export function serverBackend(server: ServerAddress): Backend {
  return {
    async call(tool, input) {
      const operation = operationOf(tool)
      if (operation === undefined) throw new Error(`The HTTP API does not offer ${tool.name}`)
      const body = operation.method === 'POST' ? input : undefined
      const structured = await askServer(server, operation, body)
      return { structured, text: tool.render(structured) }
    },
  }
}

/** Returns a backend in this process. */
export function serviceBackend({ search, catalogue }: Pick<Service, 'search' | 'catalogue'>, log: Log): Backend {
  return { call: (tool, input) => tool.call(input, { search, catalogue, log, grant: EVERYTHING }) }
}
