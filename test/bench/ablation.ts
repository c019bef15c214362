import { writeFileSync } from 'node:fs'
import { loadOwnModel } from '../../service/embedding/own-model.ts'
import { makeLog } from '../../service/log.ts'
import { JOIN, type JoinSettings } from '../../service/search/join.ts'
import { RANKING, type RankingSettings } from '../../service/search/ranking.ts'
import { makeSearch, type SearchWeights } from '../../service/search/search.ts'
import { makeSemanticLeg } from '../../service/search/semantic/leg.ts'
import { MIB } from '../../service/units.ts'
import { optionsOf } from './arguments.ts'
import { openCorpus } from './quality/indexes.ts'
import { type Corpus, readCorpora } from './quality/questions.ts'
import { type Measures, meanOf, type QuestionScore, scoresOf } from './quality/scores.ts'
import { listIn } from './settings.ts'

const NO_KINDS = Object.fromEntries(Object.keys(RANKING.kinds).map((kind) => [kind, 1])) as RankingSettings['kinds']
const ranking = (changed: Partial<RankingSettings>): SearchWeights => ({ ranking: { ...RANKING, ...changed } })
const join = (changed: Partial<JoinSettings>): SearchWeights => ({ join: { ...JOIN, ...changed } })

/** Each entry switches one rule off. */
const RULES: Readonly<Record<string, SearchWeights>> = {
  'with all': {},
  'the likeness of a file’s best chunk': ranking({ bestChunk: 0 }),
  'the likeness of a whole file': ranking({ wholeFile: 0 }),
  'likeness in the choice of a file’s chunks': join({ likenessContrast: 0 }),
  'names in the choice of a file’s chunks': join({ namesContrast: 0 }),
  'functions in the choice of a file’s chunks': join({ functionsContrast: 0 }),
  'kinds of files (tests, examples, data …)': ranking({ kinds: NO_KINDS }),
  'an older version beside a newer one': ranking({ oldVersion: 1 }),
  'files that gather what others define': ranking({ gathers: 1 }),
  'the file’s other chunks': ranking({ others: 0 }),
  'how many of the words a file holds': ranking({ coverage: 0 }),
  'words in names that the file defines': ranking({ definesWords: 0 }),
  'words in the file’s name': ranking({ nameHolds: 0 }),
  'words in its folders': ranking({ folderHolds: 0 }),
  'the whole file name in the question': ranking({ nameAsked: 0 }),
  'the file is named as a name asked for': ranking({ nameIsAsked: 0 }),
  'further chunks of a file count less': ranking({ furtherChunk: 1 }),
}
const WORDS = 'words alone'
const NAME_WIDTH = 44
const CELL_WIDTH = 10

/**
 * Measures what each rule of the ranking is worth. Switches the rules off one at a time and prints the mean scores of
 * the questions in `--queries DIR` about the trees in `--corpora DIR`, by words and by the own model's vectors.
 * `--indexed DIR` keeps the indexes.
 */
export async function ablation(options: readonly string[]): Promise<number> {
  const defaults = { corpora: undefined, queries: undefined, only: '', indexed: '', json: '' }
  const { corpora, queries, only, indexed, json } = optionsOf(options, defaults)
  const scores = new Map<string, QuestionScore[]>()
  for (const corpus of readCorpora(corpora, queries, listIn(only))) {
    process.stderr.write(`${corpus.name}\n`)
    for (const [rule, found] of await withoutEach(corpus, indexed)) {
      scores.set(rule, [...(scores.get(rule) ?? []), ...found])
    }
  }
  const rows = Array.from(scores, ([rule, found]) => ({ rule, questions: found.length, measures: meanOf(found) }))
  process.stdout.write(tableOf(rows))
  if (json !== '') writeFileSync(json, JSON.stringify(rows, undefined, 1))
  return 0
}

async function withoutEach(corpus: Corpus, indexed: string): Promise<Map<string, QuestionScore[]>> {
  const index = await openCorpus(corpus, { indexed, hybrid: 'own', fresh: false })
  try {
    const { database } = index.service
    const semantic = makeSemanticLeg({ database, ownModel: loadOwnModel(), memoryBytes: 512 * MIB })
    const log = makeLog({ level: 'error' })
    const scores = new Map([[WORDS, await scoresOf(index.words, corpus)]])
    for (const [rule, weights] of Object.entries(RULES)) {
      const search = makeSearch({ database, semantic, log, weights })
      scores.set(rule, await scoresOf(search, corpus))
      await search.close()
    }
    return scores
  } finally {
    await index.close()
  }
}

interface Row {
  readonly rule: string
  readonly questions: number
  readonly measures: Measures
}

function tableOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]?.measures ?? {})
  const lineOf = (name: string, cells: readonly string[]) =>
    `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}\n`
  const shown = rows.map(({ rule, measures }) =>
    lineOf(
      rule,
      Object.values(measures).map((value) => value.toFixed(value < CELL_WIDTH ? 3 : 0)),
    ),
  )
  return [lineOf(`without (${rows[0]?.questions ?? 0} questions)`, names), ...shown].join('')
}
