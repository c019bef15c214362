import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { findSymbol } from '../tools/find-symbol.ts'
import { getIndexingStatus, toWireJob } from '../tools/get-indexing-status.ts'
import { grepCode } from '../tools/grep-code.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { listFiles } from '../tools/list-files.ts'
import { toWireRepository } from '../tools/list-repositories.ts'
import { readFile } from '../tools/read-file.ts'
import { searchCode } from '../tools/search-code.ts'
import type { Tool, ToolServices } from '../tools/tool.ts'
import { readJson } from './body.ts'
import { sendJson } from './reply.ts'
import type { Exchange, Route } from './router.ts'

/** `/v1`: the tools over plain HTTP, with the same fields. */
export function apiRoutes(services: ToolServices): Route[] {
  const post = (path: string, tool: Tool): Route => ({
    method: 'POST',
    path,
    handle: async ({ request, response, grant, signal }) => {
      const { structured } = await tool.call(await readJson(request), { ...services, grant, calledAs: path }, signal)
      sendJson(response, 200, structured)
    },
  })
  const get = (path: string, tool: Tool): Route => ({
    method: 'GET',
    path,
    handle: async ({ response, grant, signal }) => {
      const { structured } = await tool.call({}, { ...services, grant }, signal)
      sendJson(response, 200, structured)
    },
  })
  return [
    post('/v1/search', searchCode),
    post('/v1/grep', grepCode),
    post('/v1/read', readFile),
    post('/v1/symbols', findSymbol),
    post('/v1/files', listFiles),
    { method: 'GET', path: '/v1/repositories', handle: (exchange) => getRepositories(exchange, services) },
    { method: 'POST', path: '/v1/repositories', handle: (exchange) => postRepository(exchange, services) },
    { method: 'DELETE', path: '/v1/repositories/{name}', handle: (exchange) => deleteRepository(exchange, services) },
    ...['/v1/repositories/{name}/left-out', '/v1/repositories/{name}/left-out/{after}'].map(
      (path): Route => ({ method: 'GET', path, handle: (exchange) => getLeftOut(exchange, services) }),
    ),
    { method: 'GET', path: '/v1/sources', handle: (exchange) => getSources(exchange, services) },
    get('/v1/jobs', getIndexingStatus),
    { method: 'GET', path: '/v1/jobs/{id}', handle: (exchange) => getJob(exchange, services) },
  ]
}

/** Returns all repositories: unlike an agent, a program can handle thousands. */
async function getRepositories({ response, grant, signal }: Exchange, { catalogue }: ToolServices): Promise<void> {
  const scope = grant.to('read')
  const repositories = await inTime(CALL_DEADLINE_MS, () => catalogue.list(scope), signal)
  sendJson(response, 200, { repositories: repositories.map(toWireRepository), total: repositories.length })
}

/** Lists the sources with their repositories, or with the reason why one cannot be listed. */
async function getSources({ response, grant, signal }: Exchange, { catalogue }: ToolServices): Promise<void> {
  const scope = grant.to('read')
  const sources = await inTime(CALL_DEADLINE_MS, () => catalogue.sources(scope), signal)
  const wire = sources.map(({ listedAt, ...rest }) => ({
    ...rest,
    ...(listedAt && { listed_at: listedAt.toISOString() }),
  }))
  sendJson(response, 200, { sources: wire })
}

async function postRepository({ request, response, grant, signal }: Exchange, services: ToolServices): Promise<void> {
  const context = { ...services, grant, calledAs: '/v1/repositories' }
  const { structured } = await indexRepository.call(await readJson(request), context, signal)
  sendJson(response, 202, structured, { location: `/v1/jobs/${String(structured.job_id)}` })
}

async function deleteRepository({ response, parameters, grant, signal }: Exchange, { catalogue }: ToolServices) {
  const scope = grant.to('index')
  await inTime(CALL_DEADLINE_MS, () => catalogue.remove(parameters.name ?? '', scope), signal)
  response.writeHead(204).end()
}

async function getLeftOut({ response, parameters, grant, signal }: Exchange, services: ToolServices): Promise<void> {
  const { name: repository, after } = parameters
  const { structured } = await getIndexingStatus.call({ repository, after }, { ...services, grant }, signal)
  const { left_out, left_out_next } = structured
  sendJson(response, 200, { left_out, left_out_next })
}

async function getJob({ response, parameters, grant, signal }: Exchange, { catalogue }: ToolServices): Promise<void> {
  const scope = grant.to('read')
  const job = await inTime(CALL_DEADLINE_MS, () => catalogue.job(parameters.id ?? '', scope), signal)
  sendJson(response, 200, toWireJob(job))
}
