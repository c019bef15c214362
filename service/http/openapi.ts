import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { FAULTS } from '../errors.ts'
import { jobFields, leftOutFields } from '../tools/get-indexing-status.ts'
import { faultFields } from '../tools/tool.ts'
import { OPERATIONS, type Operation } from './operations.ts'

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

/** Descriptions of the operations that no tool describes. */
const DESCRIPTIONS: Readonly<Record<string, object>> = {
  remove_repository: {
    summary: 'Remove a repository from the index',
    responses: { '204': { description: 'Removed.' }, ...faulty },
  },
  list_left_out: leftOut,
  list_more_left_out: leftOut,
  list_sources: {
    summary: 'Organisations and groups whose repositories are indexed, and why one cannot be listed',
    responses: { '200': { description: 'All of them.', content: json(sourcesFields, 'output') }, ...faulty },
  },
  get_job: {
    summary: 'One job',
    responses: { '200': { description: 'The job.', content: json(jobFields, 'output') }, ...faulty },
  },
}

/** Returns the API as OpenAPI 3.1, generated from the schemas that the tools validate with. */
export function openApi() {
  const paths: Record<string, Record<string, object>> = {}
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    const described = { operationId: id, ...parametersOf(operation), ...describe(id, operation) }
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: described }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Codebase MCP', version: manifest.version, license: { name: 'Apache-2.0' } },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{}, { token: [] }],
  }
}

function describe(id: string, { method, tool }: Operation) {
  if (tool === undefined) return DESCRIPTIONS[id]
  const status = id === 'index_repository' ? '202' : '200'
  return {
    summary: tool.title,
    description: tool.description,
    ...(method === 'POST' ? { requestBody: { required: true, content: json(tool.input, 'input') } } : {}),
    responses: { [status]: { description: 'The answer.', content: json(tool.output, 'output') }, ...faulty },
  }
}

function parametersOf({ path }: Operation) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  return parameters.length === 0 ? {} : { parameters }
}

function withoutDialect(schema: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'))
}
