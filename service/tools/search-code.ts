import { z } from 'zod'
import { asFault } from '../errors.ts'
import { defined } from '../fields.ts'
import type { Filter, SearchAnswer, SearchRequest, SearchResult } from '../search/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { type FilterInput, filterFields, toFilter } from './filter.ts'
import { notesOf } from './paging.ts'
import { narrowedQuery } from './query-filters.ts'
import { ANSWER_TOKENS, TokenRoom } from './token-room.ts'
import { defineTool, READS } from './tool.ts'

const input = z.object({
  query: z
    .string()
    .trim()
    .min(1)
    .max(100_000)
    .describe('A question, a description of what the code does, identifiers, or a pasted error.'),
  ...filterFields,
  limit: z.int().min(1).max(50).default(10).describe('Maximum number of results. Default: 10.'),
  detail: z
    .enum(['paths', 'snippets', 'full'])
    .default('snippets')
    .describe('paths: places only. snippets (default): the lines that matter. full: whole chunks.'),
  max_tokens: z.int().min(100).max(100_000).optional().describe('Maximum number of tokens in the answer.'),
})

const output = z.object({
  results: z.array(
    z.object({
      repository: z.string(),
      path: z.string(),
      start_line: z.int(),
      end_line: z.int(),
      symbol: z.string().optional().describe('The definition that contains the place.'),
      language: z.string(),
      score: z.number().describe('Comparable only within this answer.'),
      snippet: z.string().optional().describe('Lines, each after its number.'),
      why: z
        .object({
          legs: z.array(z.enum(['lexical', 'semantic'])),
          words: z.array(z.string()).describe('Stems of the query’s words that the place contains.'),
          names: z.array(z.string()).describe('Those in the names that it defines.'),
          path: z.array(z.string()).describe('Those in its path.'),
          likeness: z.number().optional().describe('Likeness in meaning, in standard deviations above the mean.'),
          defines: z.literal(true).optional().describe('Whether it defines the one name that the query asks for.'),
        })
        .optional()
        .describe('Why it was found. For people; agents do not see it.'),
    }),
  ),
  omitted: z.int().optional().describe('Number of results found that do not fit into the answer.'),
  modes: z.array(z.enum(['lexical', 'semantic'])).describe('How the search was done: by words, by meaning, or both.'),
  models: z.array(z.string()).describe('The embedding models that the semantic search used.'),
  degraded: z.string().optional().describe('Why the answer may be worse than usual.'),
  note: z.string().optional().describe('A note on the state of the index or on the question.'),
  commit: z.string().optional(),
  indexed_at: z.string().optional().describe('When the searched repositories were last indexed.'),
  latency_ms: z.number(),
})

type Output = z.input<typeof output>
type Result = Output['results'][number]

export const searchCode = defineTool({
  name: 'search_code',
  title: 'Search code',
  description:
    'Finds code by meaning and by words, best first. Use it first whenever you do not know the exact text: "where are ' +
    'retries configured", "parse cron expression". For a known name use find_symbol, for exact text grep_code.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ query, limit, detail, max_tokens: maxTokens, ...filter }, { search, scope }, signal) {
    const ask = (request: Asked) => search.search({ limit, detail, scope, ...request }, signal)
    const answer = await narrowed(ask, query, filter)
    return withinTokens(toWire(answer), maxTokens ?? ANSWER_TOKENS)
  },
  fields: ({ results, ...rest }) => ({ results: results.map(withFewLines), ...rest }),
  render: (answer) => {
    if (answer.results.length === 0)
      return [
        'Nothing found. Try other words, or fewer filters; grep_code finds exact text and signs.',
        ...notes(answer),
      ].join('\n')
    return [...answer.results.map(renderResult), ...notes(answer)].join('\n\n')
  },
})

type Asked = Filter & Pick<SearchRequest, 'query'>

/** Searches with the filters in the question. If they leave no file, searches for the question as it stands. */
async function narrowed(
  ask: (request: Asked) => Promise<SearchAnswer>,
  query: string,
  given: FilterInput,
): Promise<SearchAnswer> {
  const own = toFilter(given)
  const narrow = narrowedQuery(query)
  if (narrow === undefined) return ask({ query, ...own })
  const written = toFilter(narrow.filter)
  const languages = defined({ languages: inBoth(own.languages, written.languages) })
  const answer = await ask({ ...written, ...own, query: narrow.query, within: narrow.within, ...languages }).catch(
    whyRefused,
  )
  if (typeof answer !== 'string' && answer.results.length > 0) return answer
  const plain = await ask({ query, ...own })
  if (plain.results.length === 0 && typeof answer !== 'string') return answer
  const why = typeof answer === 'string' ? answer : (answer.note ?? 'Nothing was found by the filters in the question.')
  return { ...plain, note: `${why} The question was searched for as it stands.` }
}

const inBoth = (one?: readonly string[], other?: readonly string[]) =>
  one === undefined || other === undefined ? (one ?? other) : one.filter((each) => other.includes(each))

/** Explains what is wrong with a filter in the question. */
function whyRefused(error: unknown): string {
  const { code, message } = asFault(error)
  if (code === 'request_invalid' || code === 'repository_unknown') return `${message}.`
  throw error
}

function toWire(answer: SearchAnswer): Output {
  return {
    results: answer.results.map(toWireResult),
    modes: [...answer.modes],
    models: [...answer.models],
    latency_ms: answer.latencyMs,
    ...defined({ degraded: answer.degraded, note: answer.note }),
    ...defined({ commit: answer.commit, indexed_at: answer.indexedAt?.toISOString() }),
  }
}

function toWireResult(result: SearchResult): Result {
  return {
    repository: result.repository,
    path: result.path,
    start_line: result.startLine,
    end_line: result.endLine,
    language: result.language,
    score: result.score,
    why: {
      ...result.why,
      legs: [...result.why.legs],
      words: [...result.why.words],
      names: [...result.why.names],
      path: [...result.why.path],
    },
    ...defined({ symbol: result.symbol, snippet: numbered(result) }),
  }
}

function numbered({ snippet, snippetLines = [] }: SearchResult): string | undefined {
  return snippet
    ?.split('\n')
    .map((line, at) => (snippetLines[at] ? `${snippetLines[at]}\t${line}` : line))
    .join('\n')
}

/** Maximum share of the tokens for the places. */
const PLACES_SHARE = 0.5
/** Keeps as many places as fit, and the snippets of the first of them. The last snippet is cut. */
function withinTokens(answer: Output, tokens: number): Output {
  const room = new TokenRoom(tokens)
  for (const note of notes({ ...answer, omitted: answer.results.length })) room.take(`${note}\n`)
  const places = placesIn(answer.results, room)
  const omitted = answer.results.length - places.length
  return {
    ...answer,
    results: places.map((result) => withSnippet(result, room)),
    ...(omitted > 0 && { omitted }),
  }
}

function placesIn(results: readonly Result[], room: TokenRoom): Result[] {
  const least = room.left * (1 - PLACES_SHARE)
  return results.filter((result, at) =>
    at === 0 || room.hasMoreThan(least) ? room.take(`${placeOf(result)}\n`) : false,
  )
}

function withSnippet({ snippet, ...result }: Result, room: TokenRoom): Result {
  if (snippet === undefined || !room.hasMoreThan(0)) return result
  const shown: string[] = []
  for (const line of snippet.split('\n')) {
    if (room.take(line)) shown.push(line)
    else {
      if (shown.length === 0) shown.push(room.takePart(line))
      break
    }
  }
  return { ...result, snippet: shown.join('\n') }
}

const FEW_LINES = 14

/** The text contains everything. */
function withFewLines(whole: Result): Result {
  const { snippet, why: _, ...result } = whole
  return snippet === undefined ? result : { ...result, snippet: snippet.split('\n').slice(0, FEW_LINES).join('\n') }
}

function notes({ note, degraded, omitted }: Pick<Output, 'note' | 'degraded' | 'omitted'>): string[] {
  const more =
    omitted === undefined ? [] : [`${omitted} more results do not fit: raise max_tokens, or narrow the search.`]
  return [...more, ...notesOf(note, degraded)]
}

function renderResult(result: Result): string {
  return result.snippet === undefined ? placeOf(result) : `${placeOf(result)}\n${result.snippet}`
}

function placeOf({ repository, path, start_line: start, end_line: end, symbol }: Result): string {
  return `${repository}: ${shownPath(path)}:${start}-${end}${symbol === undefined ? '' : ` ${symbol}`}`
}
