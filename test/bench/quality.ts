import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { optionsOf } from './arguments.ts'
import { withIndexed } from './indexed-service.ts'
import { ndcg } from './ndcg.ts'

interface Question {
  readonly query: string
  readonly relevant: readonly string[]
  readonly secondary: readonly string[]
  readonly category: string
}

interface Score {
  readonly repository: string
  readonly category: string
  readonly value: number
}

const LIMIT = 50

/**
 * File-level nDCG@10 of the answers to the questions in `--queries DIR` (one JSON file a repository) over the source trees
 * in `--corpora DIR`, indexed as the product indexes them, without embeddings.
 */
export async function quality(options: readonly string[]): Promise<number> {
  const { corpora, queries } = optionsOf(options, { corpora: undefined, queries: undefined })
  const scores: Score[] = []
  for (const file of readdirSync(queries)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const repository = file.slice(0, -'.json'.length)
    const folder = join(corpora, repository)
    if (!existsSync(folder)) throw new Error(`There is no folder ${folder} for the questions in ${file}`)
    const questions = JSON.parse(readFileSync(join(queries, file), 'utf8')) as Question[]
    scores.push(...(await scoresOf(repository, folder, questions)))
    print(
      repository,
      scores.filter((score) => score.repository === repository),
    )
  }
  for (const [category, ofCategory] of Map.groupBy(scores, (score) => score.category)) print(category, ofCategory)
  print('overall', scores)
  return 0
}

function scoresOf(repository: string, folder: string, questions: readonly Question[]): Promise<Score[]> {
  return withIndexed(folder, async ({ service }) => {
    const scores: Score[] = []
    for (const { query, relevant, secondary, category } of questions) {
      const { results } = await service.search.search({ query, scope: EVERY_REPOSITORY, limit: LIMIT, detail: 'paths' })
      const value = ndcg(
        results.map(({ path }) => path),
        [...relevant, ...secondary],
      )
      scores.push({ repository, category, value })
    }
    return scores
  })
}

function print(name: string, scores: readonly Score[]): void {
  const mean = scores.reduce((sum, { value }) => sum + value, 0) / Math.max(1, scores.length)
  process.stdout.write(`${name.padEnd(16)} ${mean.toFixed(3)}  ${scores.length} questions\n`)
}
