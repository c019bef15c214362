import { EVERYTHING } from '../access/grant.ts'
import type { Log } from '../log.ts'
import type { Service } from '../open.ts'
import { getIndexingStatus } from '../tools/get-indexing-status.ts'
import { grepCode } from '../tools/grep-code.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { listRepositories } from '../tools/list-repositories.ts'
import { searchCode } from '../tools/search-code.ts'
import type { Answer, Tool } from '../tools/tool.ts'
import { findServer, type ServerAddress } from './announced-server.ts'
import type { Closers } from './closers.ts'
import { askServer } from './remote.ts'
import type { Setup } from './setup.ts'

/** Answers terminal commands, from a running server or from the database. */
export interface Backend {
  /** @throws Fault */
  call(tool: Tool, input: Record<string, unknown>): Promise<Pick<Answer, 'structured' | 'text'>>
}

const ROUTES = new Map<Tool, { readonly method: 'GET' | 'POST'; readonly path: string }>([
  [searchCode, { method: 'POST', path: '/v1/search' }],
  [grepCode, { method: 'POST', path: '/v1/grep' }],
  [indexRepository, { method: 'POST', path: '/v1/repositories' }],
  [listRepositories, { method: 'GET', path: '/v1/repositories' }],
  [getIndexingStatus, { method: 'GET', path: '/v1/jobs' }],
])

/** Whether there is no repository at all that this caller may read. */
export async function indexesNothing(backend: Backend): Promise<boolean> {
  return (await backend.call(listRepositories, { limit: 1 })).structured.total === 0
}

/** `works` says whether this process runs jobs if no server does. */
export async function openBackend(setup: Setup, closers: Closers, works: boolean): Promise<Backend> {
  const server = await findServer(setup.config)
  return server === undefined ? openDatabaseBackend(setup, closers, works) : serverBackend(server)
}

/** Returns a backend that calls a running server. */
export function serverBackend(server: ServerAddress): Backend {
  return {
    async call(tool, input) {
      const route = ROUTES.get(tool)
      if (route === undefined) throw new Error(`${tool.name} has no route`)
      const body = route.method === 'POST' ? input : undefined
      const structured = await askServer(server, route.method, route.path, body)
      return { structured, text: tool.render(structured) }
    },
  }
}

async function openDatabaseBackend({ config, log }: Setup, closers: Closers, works: boolean): Promise<Backend> {
  const { openService } = await import('../open.ts')
  const service = await openService(config, log, closers)
  if (works) service.startWorker(() => {})
  return serviceBackend(service, log)
}

/** Returns a backend in this process. */
export function serviceBackend({ search, catalogue }: Pick<Service, 'search' | 'catalogue'>, log: Log): Backend {
  return { call: (tool, input) => tool.call(input, { search, catalogue, log, grant: EVERYTHING }) }
}
