import { EVERY_REPOSITORY } from '../../access/repository-scope.ts'
import { parseQuery } from '../../lexical/query-terms.ts'
import type { Search, SearchResult } from '../../search/contract.ts'
import { tokensIn } from '../../tools/token-count.ts'
import type { Question } from './questions.ts'

/** How well a question is answered. */
export interface Score {
  readonly ndcg: number
  /** Share of the right files among the results of a default call. */
  readonly recall: number
  /** 1 if the first result is from a right file, else 0. */
  readonly first: number
  /** 1 if a result contains the right line, else 0. Undefined without a right line. */
  readonly place?: number
  readonly latencyMs: number
  /** Tokens of the results as an agent reads them. */
  readonly tokens: number
  /** The same for grep with the question's words. */
  readonly grepRecall: number
  readonly grepTokens: number
}

const RANKED = 50
const SHOWN = 10
const LINES_GREPPED = 200

export async function scoreOf(search: Pick<Search, 'search' | 'grep'>, question: Question): Promise<Score> {
  const { query, relevant, line } = question
  const request = { query, scope: EVERY_REPOSITORY }
  const shown = await search.search({ ...request, limit: SHOWN, detail: 'snippets' })
  const ranked = await search.search({ ...request, limit: RANKED, detail: 'paths' })
  const grepped = await grepFor(search, query)
  const holds = ({ path, startLine, endLine }: SearchResult) =>
    line !== undefined && path === relevant[0] && startLine <= line && line <= endLine
  return {
    ndcg: ndcg(
      ranked.results.map(({ path }) => path),
      relevant,
    ),
    recall: recallOf(shown.results, relevant),
    first: relevant.includes(shown.results[0]?.path ?? '') ? 1 : 0,
    ...(line !== undefined && { place: shown.results.some(holds) ? 1 : 0 }),
    latencyMs: shown.latencyMs,
    tokens: tokensIn(shown.results.map(textOf).join('')),
    grepRecall: recallOf(grepped, relevant),
    grepTokens: tokensIn(grepped.map(({ path, line: at, text }) => `${path}:${at}:${text}`).join('\n')),
  }
}

/** Formats a result as an agent reads it. */
export const textOf = ({ repository, path, startLine, endLine, symbol = '', snippet = '' }: SearchResult) =>
  `${repository}: ${path}:${startLine}-${endLine} ${symbol}\n${snippet}\n\n`

/** Greps for the question's words, with the default limits. */
async function grepFor({ grep }: Pick<Search, 'grep'>, query: string) {
  const words = parseQuery(query).words.map((word) => word.replace(/[^\p{L}\p{Nd}]/gu, '.'))
  if (words.length === 0) return []
  const request = { pattern: words.join('|'), ignoreCase: true, context: 0, limit: LINES_GREPPED }
  return (await grep({ ...request, scope: EVERY_REPOSITORY })).matches
}

function recallOf(found: readonly { readonly path: string }[], relevant: readonly string[]): number {
  const paths = new Set(found.map(({ path }) => path))
  return relevant.filter((path) => paths.has(path)).length / relevant.length
}

const PLACES = 10

/** Returns nDCG@10 of a list of paths. A path counts at its first place, and all targets have the same gain. */
export function ndcg(ranked: readonly string[], targets: readonly string[]): number {
  const wanted = new Set(targets)
  const gains = [...new Set(ranked)].slice(0, PLACES).map((path) => (wanted.has(path) ? 1 : 0))
  const ideal = Array.from({ length: Math.min(PLACES, wanted.size) }, () => 1)
  return wanted.size === 0 ? 0 : discounted(gains) / discounted(ideal)
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0)
}
