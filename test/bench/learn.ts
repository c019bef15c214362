import { readFileSync, writeFileSync } from 'node:fs'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { loadOwnModel } from '../../service/embedding/own-model.ts'
import { makeLog } from '../../service/log.ts'
import { RANKING, type RankedFile, type RankingSettings } from '../../service/search/ranking.ts'
import { makeSearch, type SearchDependencies } from '../../service/search/search.ts'
import { makeSemanticLeg } from '../../service/search/semantic/leg.ts'
import { MIB } from '../../service/units.ts'
import { optionsOf } from './arguments.ts'
import { type Candidates, gainOf, type LearnedQuestion, learned } from './learn/learner.ts'
import { openCorpus } from './quality/indexes.ts'
import { type Corpus, type Question, readCorpora } from './quality/questions.ts'
import { listIn } from './settings.ts'

const WEIGHTS = new URL('../../service/search/weights.json', import.meta.url)
const MOST_FILES = 100

/**
 * Learns the weights of files from questions. `--corpora DIR,…` and `--queries DIR,…` are pairs, and `--weights N,…`
 * sets how much each question of a pair counts. Each repository is judged by weights that were learned without it.
 * `--write true` learns from all and writes the result to the file that the service reads. `--indexed DIR` keeps the
 * indexes.
 */
export async function learn(options: readonly string[]): Promise<number> {
  const defaults = { corpora: undefined, queries: undefined, weights: '', indexed: '', write: 'false' }
  const { corpora, queries, weights, indexed, write } = optionsOf(options, defaults)
  const counts = listIn(weights)
  const asked = listIn(queries)
  const questions: LearnedQuestion[] = []
  for (const [at, trees] of listIn(corpora).entries()) {
    for (const corpus of readCorpora(trees, asked[at] ?? '')) {
      process.stderr.write(`${corpus.name}\n`)
      questions.push(...(await candidatesFor(corpus, indexed, Number(counts[at] ?? 1))))
    }
  }
  const repositories = [...new Set(questions.map(({ repository }) => repository))]
  const settings = learned(questions, RANKING)
  process.stdout.write(line('', ['now', 'without it', 'with all']))
  const rows = repositories.map((repository) => {
    process.stderr.write(`without ${repository}\n`)
    const own = questions.filter((question) => question.repository === repository)
    const others = learned(
      questions.filter((question) => question.repository !== repository),
      RANKING,
    )
    const gains = [RANKING, others, settings].map((each) => gainsOf(own, each))
    process.stdout.write(line(repository, gains.map(shown)))
    return { gains, weight: own.reduce((sum, { weight }) => sum + weight, 0) }
  })
  process.stdout.write(
    line(
      'all, weighted',
      [0, 1, 2].map((at) => shown(meanGains(rows.map(({ gains, weight }) => ({ gains: gains[at] ?? [], weight }))))),
    ),
  )
  const now = JSON.parse(readFileSync(WEIGHTS, 'utf8'))
  const text = `${JSON.stringify({ ...now, ranking: settings }, undefined, 2)}\n`
  if (write === 'true') writeFileSync(WEIGHTS, text)
  else process.stdout.write(text)
  return 0
}

/**
 * Collects the evidence about the candidate files of each question, by words alone and with the model in the package.
 */
async function candidatesFor(corpus: Corpus, indexed: string, weight: number): Promise<LearnedQuestion[]> {
  const index = await openCorpus(corpus, { indexed, hybrid: 'own', fresh: false })
  try {
    const { database } = index.service
    const log = makeLog({ level: 'error' })
    const semantic = makeSemanticLeg({ database, ownModel: loadOwnModel(), memoryBytes: 512 * MIB })
    const ways = [rankedBy({ database, log }), rankedBy({ database, log, semantic })]
    const found: LearnedQuestion[] = []
    for (const question of corpus.questions) {
      const targets = targetsOf(question)
      const legs: Candidates[] = []
      for (const ranked of ways) legs.push(candidatesIn(await ranked(question.query), targets))
      // A question that names a definition has no candidates, because the definition comes first whatever the weights
      // are.
      if (legs[0] !== undefined && legs[0].files.length > 0) {
        found.push({ repository: corpus.name, weight, targets: targets.length, legs })
      }
    }
    return found
  } finally {
    await index.close()
  }
}

function rankedBy(dependencies: SearchDependencies) {
  let last: readonly RankedFile[] = []
  const search = makeSearch({
    ...dependencies,
    onRanked: (files) => {
      last = files
    },
  })
  return async (query: string) => {
    await search.search({ query, scope: EVERY_REPOSITORY, limit: 1, detail: 'paths' })
    return last
  }
}

const targetsOf = (question: Question) =>
  'path' in question ? [question.path] : [...question.relevant, ...question.secondary]

function candidatesIn(ranked: readonly RankedFile[], targets: readonly string[]): Candidates {
  const isRelevant = ({ file }: RankedFile) => targets.includes(file.row.path)
  const isDecided = ranked.some(({ comesFirst }) => comesFirst)
  const kept = isDecided ? [] : ranked.filter((file, at) => at < MOST_FILES || isRelevant(file))
  return { files: kept.map(({ evidence }) => evidence), relevant: kept.map(isRelevant) }
}

/** By words alone, and with likeness. */
function gainsOf(questions: readonly LearnedQuestion[], settings: RankingSettings): number[] {
  return [0, 1].map((leg) => {
    const gains = questions.map(({ legs, targets }) => gainOf(legs[leg] as Candidates, targets, settings, false))
    return gains.reduce((sum, gain) => sum + gain, 0) / gains.length
  })
}

function meanGains(rows: readonly { readonly gains: readonly number[]; readonly weight: number }[]): number[] {
  const weights = rows.reduce((sum, { weight }) => sum + weight, 0)
  return [0, 1].map((leg) => rows.reduce((sum, { gains, weight }) => sum + (gains[leg] ?? 0) * weight, 0) / weights)
}

const shown = (gains: readonly number[]) => gains.map((gain) => gain.toFixed(3)).join(' ')
const line = (name: string, cells: readonly string[]) =>
  `${name.padEnd(16)}${cells.map((cell) => cell.padEnd(16)).join('')}\n`
