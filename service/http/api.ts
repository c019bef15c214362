import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { getIndexingStatus, toWireJob } from '../tools/get-indexing-status.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { toWireRepository } from '../tools/list-repositories.ts'
import type { ToolServices } from '../tools/tool.ts'
import { readJson } from './body.ts'
import { OPERATIONS, type OperationId, type ToolId } from './operations.ts'
import { sendJson } from './reply.ts'
import type { Exchange, Route } from './router.ts'

/** `/v1`: the tools over plain HTTP, with the same fields. */
export function apiRoutes(services: ToolServices): Route[] {
  const route = (id: OperationId, handle: (exchange: Exchange, services: ToolServices) => Promise<void>): Route => {
    const { method, path } = OPERATIONS[id]
    return { method, path, handle: (exchange) => handle(exchange, services) }
  }
  return [
    ...(['search_code', 'grep_code', 'read_file', 'find_symbol', 'list_files'] as const).map((id) =>
      toolRoute(id, services),
    ),
    route('list_repositories', getRepositories),
    route('index_repository', postRepository),
    route('remove_repository', deleteRepository),
    route('list_left_out', getLeftOut),
    route('list_more_left_out', getLeftOut),
    route('list_sources', getSources),
    route('get_indexing_status', getJobs),
    route('get_job', getJob),
  ]
}

/** Calls a tool with the body as its arguments. */
function toolRoute(id: ToolId, services: ToolServices): Route {
  const { method, path, tool } = OPERATIONS[id]
  return {
    method,
    path,
    handle: async ({ request, response, grant, signal }) => {
      const { structured } = await tool.call(await readJson(request), { ...services, grant, calledAs: path }, signal)
      sendJson(response, 200, structured)
    },
  }
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
  const context = { ...services, grant, calledAs: OPERATIONS.index_repository.path }
  const { structured } = await indexRepository.call(await readJson(request), context, signal)
  sendJson(response, 202, structured, {
    location: OPERATIONS.get_job.path.replace('{id}', String(structured.job_id)),
  })
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

async function getJobs({ response, grant, signal }: Exchange, services: ToolServices): Promise<void> {
  const { structured } = await getIndexingStatus.call({}, { ...services, grant }, signal)
  sendJson(response, 200, structured)
}

async function getJob({ response, parameters, grant, signal }: Exchange, { catalogue }: ToolServices): Promise<void> {
  const scope = grant.to('read')
  const job = await inTime(CALL_DEADLINE_MS, () => catalogue.job(parameters.id ?? '', scope), signal)
  sendJson(response, 200, toWireJob(job))
}
