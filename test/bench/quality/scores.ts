import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { ndcg, textOf } from '../../../service/modes/eval/scores.ts'
import type { Search, SearchAnswer, SearchResult } from '../../../service/search/contract.ts'
import { tokensIn } from '../../../service/tools/token-count.ts'
import { type Corpus, type DefinitionQuestion, type FileQuestion, groupOf, type Question } from './questions.ts'

export type Measure = 'ndcg' | 'first' | 'within' | 'tokens' | 'r1' | 'r10' | 'mrr' | 'fileMrr'
export type Measures = Readonly<Partial<Record<Measure, number>>>

export interface QuestionScore {
  readonly repository: string
  /** A category or a language. */
  readonly group: string
  readonly query: string
  readonly measures: Measures
}

const LIMIT = 50
const PLACES = 10
const FIRST_TOKENS = 1000

/** Scores each question. `repository` selects the corpus if `search` covers several. */
export async function scoresOf(
  search: Pick<Search, 'search'>,
  { name, questions }: Corpus,
  repository?: string,
): Promise<QuestionScore[]> {
  const scores: QuestionScore[] = []
  const filter = repository === undefined ? {} : { repository }
  for (const question of questions) {
    const { query } = question
    const request = { query, scope: EVERY_REPOSITORY, limit: LIMIT, detail: 'paths' as const, ...filter }
    const { results } = await search.search(request)
    const measures = measured(question, results)
    const asCalled =
      'path' in question ? {} : answerMeasures(question, await search.search({ ...request, ...AS_CALLED }))
    scores.push({ repository: name, group: groupOf(question), query, measures: { ...measures, ...asCalled } })
  }
  return scores
}

/** Returns the mean of each measure over the questions that have it. */
export function meanOf(scores: readonly { readonly measures: Measures }[]): Measures {
  const names = new Set(scores.flatMap(({ measures }) => Object.keys(measures) as Measure[]))
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = scores.flatMap(({ measures }) => measures[name] ?? [])
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length]
    }),
  )
}

function measured(question: Question, results: readonly SearchResult[]): Measures {
  if ('path' in question) return definitionMeasures(question, results)
  const paths = results.map(({ path }) => path)
  const targets = [...question.relevant, ...question.secondary]
  return { ndcg: ndcg(paths, targets), first: targets.includes(paths[0] ?? '') ? 1 : 0 }
}

/** The defaults of the tool. */
const AS_CALLED = { limit: 10, detail: 'snippets' } as const

/**
 * Returns the share of relevant files that begin within the first tokens of the answer, and the number of its tokens.
 */
function answerMeasures({ relevant }: FileQuestion, { results }: SearchAnswer): Measures {
  const seen = new Set<string>()
  let tokens = 0
  for (const result of results) {
    if (tokens < FIRST_TOKENS) seen.add(result.path)
    tokens += tokensIn(textOf(result))
  }
  const found = relevant.filter((path) => seen.has(path)).length
  return { within: found / relevant.length, tokens }
}

function definitionMeasures({ path, line }: DefinitionQuestion, results: readonly SearchResult[]): Measures {
  const place = results.findIndex((each) => each.path === path && each.startLine <= line && line <= each.endLine)
  const filePlace = [...new Set(results.map((each) => each.path))].indexOf(path)
  return {
    r1: place === 0 ? 1 : 0,
    r10: place >= 0 && place < PLACES ? 1 : 0,
    mrr: reciprocal(place),
    fileMrr: reciprocal(filePlace),
  }
}

const reciprocal = (place: number) => (place < 0 ? 0 : 1 / (place + 1))
