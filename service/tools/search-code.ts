import { z } from 'zod'
import type { SearchAnswer, SearchResult } from '../search/contract.ts'
import { defined, filterFields, toFilter } from './filter.ts'
import { defineTool, READS } from './tool.ts'

const input = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .max(4000)
    .describe('What the code does or is called: a question, a description, an identifier, an error message.'),
  ...filterFields,
  limit: z.int().min(1).max(50).default(10).describe('How many results.'),
  detail: z
    .enum(['paths', 'snippets', 'full'])
    .default('snippets')
    .describe('paths: places only, cheapest. snippets: the lines that matter. full: whole chunks.'),
  max_tokens: z
    .int()
    .min(100)
    .max(100_000)
    .optional()
    .describe('Snippets end when they have used up about this many tokens.'),
})

const output = z.object({
  results: z.array(
    z.object({
      repository: z.string(),
      path: z.string(),
      start_line: z.int(),
      end_line: z.int(),
      symbol: z.string().optional().describe('The definition that the place belongs to.'),
      language: z.string(),
      score: z.number().describe('Comparable within this answer only.'),
      snippet: z.string().optional(),
    }),
  ),
  modes: z.array(z.enum(['lexical', 'semantic'])).describe('The ways of searching that answered.'),
  models: z.array(z.string()).describe('The embedding models that the semantic way answered by.'),
  degraded: z.string().optional().describe('Why an answer may be worse than usual.'),
  commit: z.string().optional(),
  indexed_at: z.string().optional().describe('When what was searched was brought up to date.'),
  note: z.string().optional().describe('Why no file passes path and language.'),
  latency_ms: z.number(),
})

export const searchCode = defineTool({
  name: 'search_code',
  title: 'Search code',
  description:
    'Finds code by meaning and by words at once, best first, over all indexed repositories. Use it first, whenever you do ' +
    'not know the exact text: "where are retries configured", "parse cron expression", UserRepository. Ask in plain words ' +
    'or name identifiers; camelCase and snake_case parts match too. For an exact string or a regular expression use ' +
    'grep_code; to see more of a file that was found use read_file.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ query, limit, detail, max_tokens: maxTokens, ...filter }, { search, scope }, signal) {
    const request = { query, limit, detail, scope, ...toFilter(filter), ...defined({ maxTokens }) }
    return toWire(await search.search(request, signal))
  },
  render: ({ results, note: unmatched, degraded }) => {
    const note = degraded === undefined ? [] : [`Note: ${degraded}`]
    if (unmatched !== undefined) return unmatched
    if (results.length === 0) return ['Nothing found. Try other words, or fewer filters.', ...note].join('\n')
    return [...results.map(renderResult), ...note].join('\n\n')
  },
})

function toWire(answer: SearchAnswer): z.input<typeof output> {
  return {
    results: answer.results.map(toWireResult),
    modes: [...answer.modes],
    models: [...answer.models],
    latency_ms: answer.latencyMs,
    ...defined({
      note: answer.note,
      degraded: answer.degraded,
      commit: answer.commit,
      indexed_at: answer.indexedAt?.toISOString(),
    }),
  }
}

function toWireResult(result: SearchResult) {
  return {
    repository: result.repository,
    path: result.path,
    start_line: result.startLine,
    end_line: result.endLine,
    language: result.language,
    score: result.score,
    ...defined({ symbol: result.symbol, snippet: result.snippet }),
  }
}

function renderResult(result: z.input<typeof output>['results'][number]): string {
  const symbol = result.symbol === undefined ? '' : ` ${result.symbol}`
  const place = `${result.repository}: ${result.path}:${result.start_line}-${result.end_line}${symbol}`
  return result.snippet === undefined ? place : `${place}\n${result.snippet}`
}
