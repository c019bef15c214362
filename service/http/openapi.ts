import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { FAULTS } from '../errors.ts'
import { findSymbol } from '../tools/find-symbol.ts'
import { getIndexingStatus, jobFields, leftOutFields } from '../tools/get-indexing-status.ts'
import { grepCode } from '../tools/grep-code.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { listFiles } from '../tools/list-files.ts'
import { listRepositories } from '../tools/list-repositories.ts'
import { readFile } from '../tools/read-file.ts'
import { searchCode } from '../tools/search-code.ts'
import { faultFields, type Tool } from '../tools/tool.ts'

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(FAULTS)),
  remedy: z.string(),
  id: z.string().optional().describe('Where to look in the log.'),
})

const sourcesFields = z.object({
  sources: z.array(
    z.object({
      url: z.string(),
      repositories: z.int(),
      listed_at: z.string().optional(),
      fault: faultFields.optional(),
    }),
  ),
})

const json = (schema: z.ZodType, io: 'input' | 'output') => ({
  'application/json': { schema: withoutDialect(z.toJSONSchema(schema, { io, target: 'draft-2020-12' })) },
})

const faulty = {
  default: {
    description: 'A fault, with what to do.',
    content: { 'application/problem+json': json(problem, 'input')['application/json'] },
  },
}

const leftOut = {
  summary: 'What the index of a repository leaves out, by path, with the reason',
  responses: { '200': { description: 'A page.', content: json(leftOutFields, 'output') }, ...faulty },
}

/** Returns the API as OpenAPI 3.1, generated from the schemas that the tools validate with. */
export function openApi() {
  return {
    openapi: '3.1.0',
    info: { title: 'Codebase MCP', version: manifest.version, license: { name: 'Apache-2.0' } },
    paths: {
      '/v1/search': { post: withBody(searchCode) },
      '/v1/grep': { post: withBody(grepCode) },
      '/v1/read': { post: withBody(readFile) },
      '/v1/symbols': { post: withBody(findSymbol) },
      '/v1/files': { post: withBody(listFiles) },
      '/v1/repositories': { get: withoutBody(listRepositories), post: withBody(indexRepository, '202') },
      '/v1/repositories/{name}': {
        delete: {
          operationId: 'remove_repository',
          summary: 'Remove a repository from the index',
          parameters: [pathParameter('name')],
          responses: { '204': { description: 'Removed.' }, ...faulty },
        },
      },
      '/v1/repositories/{name}/left-out': {
        get: { operationId: 'list_left_out', parameters: [pathParameter('name')], ...leftOut },
      },
      '/v1/repositories/{name}/left-out/{after}': {
        get: {
          operationId: 'list_more_left_out',
          parameters: [pathParameter('name'), pathParameter('after')],
          ...leftOut,
        },
      },
      '/v1/sources': {
        get: {
          operationId: 'list_sources',
          summary: 'Organisations and groups whose repositories are indexed, and why one cannot be listed',
          responses: { '200': { description: 'All of them.', content: json(sourcesFields, 'output') }, ...faulty },
        },
      },
      '/v1/jobs': { get: withoutBody(getIndexingStatus) },
      '/v1/jobs/{id}': {
        get: {
          operationId: 'get_job',
          summary: 'One job',
          parameters: [pathParameter('id')],
          responses: { '200': { description: 'The job.', content: json(jobFields, 'output') }, ...faulty },
        },
      },
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{}, { token: [] }],
  }
}

function withoutBody(tool: Tool) {
  return {
    operationId: tool.name,
    summary: tool.title,
    description: tool.description,
    responses: { '200': { description: 'The answer.', content: json(tool.output, 'output') }, ...faulty },
  }
}

function withBody(tool: Tool, status = '200') {
  return {
    ...withoutBody(tool),
    requestBody: { required: true, content: json(tool.input, 'input') },
    responses: { [status]: { description: 'The answer.', content: json(tool.output, 'output') }, ...faulty },
  }
}

function pathParameter(name: string) {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}

function withoutDialect(schema: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'))
}
