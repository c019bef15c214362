import { type Measure, type Measures, meanOf, type QuestionScore } from './scores.ts'

const NAMES: Readonly<Record<Measure, string>> = {
  ndcg: 'nDCG@10',
  first: 'first',
  within: 'in 1,000',
  tokens: 'tokens',
  r1: 'R@1',
  r10: 'R@10',
  mrr: 'MRR',
  fileMrr: 'file MRR',
}
const WIDTH = 16

/** The scores of one corpus, by words alone and with vectors. */
export interface CorpusScores {
  readonly repository: string
  readonly words: readonly QuestionScore[]
  readonly hybrid?: readonly QuestionScore[]
}

/**
 * Formats the means as a table: each repository, each group of questions, all questions, and the mean over
 * repositories.
 */
export function tableOf(corpora: readonly CorpusScores[]): string {
  const words = corpora.flatMap((corpus) => corpus.words)
  const hybrid = corpora.flatMap((corpus) => corpus.hybrid ?? [])
  const rows = corpora.map((corpus) => rowOf(corpus.repository, corpus.words, corpus.hybrid))
  const groups = Array.from(
    Map.groupBy(words, ({ group }) => group),
    ([group, ofGroup]) =>
      rowOf(
        group,
        ofGroup,
        hybrid.filter((score) => score.group === group),
      ),
  )
  const repositories = rowOf('repositories', corpora.map(meanScore('words')), corpora.map(meanScore('hybrid')))
  const all = rowOf('all questions', words, hybrid)
  return [headOf(meanOf(words)), ...rows, '', ...groups, '', repositories, all, ''].join('\n')
}

function meanScore(leg: 'words' | 'hybrid') {
  return (corpus: CorpusScores) => ({ measures: meanOf(corpus[leg] ?? []) })
}

type Measured = readonly { readonly measures: Measures }[]

/** Formats each measure by words alone and, if there are vectors, with them. */
function rowOf(name: string, words: Measured, hybrid: Measured = []): string {
  const before = meanOf(words)
  const after = meanOf(hybrid)
  const cells = Object.entries(before).map(([measure, value]) => {
    const joined = after[measure as Measure]
    const shown = [value, ...(joined === undefined ? [] : [joined])].map((each) => each.toFixed(each < 10 ? 3 : 0))
    return shown.join(' ').padEnd(WIDTH)
  })
  return `${name.padEnd(WIDTH)} ${cells.join('')} ${words.length}`
}

function headOf(measures: Measures): string {
  const names = Object.keys(measures).map((measure) => NAMES[measure as Measure].padEnd(WIDTH))
  return `${''.padEnd(WIDTH)} ${names.join('')} questions`
}
