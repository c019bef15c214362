import type { Score } from './scores.ts'

export interface Scored {
  readonly group: string
  readonly score: Score
}

/** Means over a group of questions. */
export interface Summary {
  readonly group: string
  readonly questions: number
  readonly ndcg: number
  readonly recall: number
  readonly first: number
  readonly place?: number
  readonly latencyMs: { readonly p50: number; readonly p95: number }
  readonly tokens: number
  readonly grep: { readonly recall: number; readonly tokens: number }
}

/** Returns a summary of each group, and of all questions if there are several groups. */
export function summariesOf(scored: readonly Scored[]): Summary[] {
  const groups = Map.groupBy(scored, ({ group }) => group)
  const summaries = Array.from(groups, ([group, ofGroup]) => summaryOf(group, ofGroup))
  return groups.size > 1 ? [...summaries, summaryOf('all', scored)] : summaries
}

function summaryOf(group: string, scored: readonly Scored[]): Summary {
  const scores = scored.map(({ score }) => score)
  const mean = (value: (score: Score) => number, of = scores) =>
    of.reduce((sum, score) => sum + value(score), 0) / of.length
  const withPlace = scores.filter(({ place }) => place !== undefined)
  const latencies = scores.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
  const quantile = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? 0
  return {
    group,
    questions: scores.length,
    ndcg: mean(({ ndcg }) => ndcg),
    recall: mean(({ recall }) => recall),
    first: mean(({ first }) => first),
    ...(withPlace.length > 0 && { place: mean(({ place = 0 }) => place, withPlace) }),
    latencyMs: { p50: quantile(0.5), p95: quantile(0.95) },
    tokens: mean(({ tokens }) => tokens),
    grep: { recall: mean(({ grepRecall }) => grepRecall), tokens: mean(({ grepTokens }) => grepTokens) },
  }
}

const COLUMNS: readonly [string, (summary: Summary) => string][] = [
  ['', ({ group }) => group],
  ['questions', ({ questions }) => String(questions)],
  ['nDCG@10', ({ ndcg }) => ndcg.toFixed(3)],
  ['recall', ({ recall }) => recall.toFixed(3)],
  ['first', ({ first }) => first.toFixed(3)],
  ['place', ({ place }) => place?.toFixed(3) ?? ''],
  ['p50', ({ latencyMs }) => `${latencyMs.p50.toFixed(1)} ms`],
  ['p95', ({ latencyMs }) => `${latencyMs.p95.toFixed(1)} ms`],
  ['tokens', ({ tokens }) => tokens.toFixed(0)],
  ['grep: recall', ({ grep }) => grep.recall.toFixed(3)],
  ['tokens', ({ grep }) => grep.tokens.toFixed(0)],
]

export function tableOf(summaries: readonly Summary[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...summaries.map((each) => COLUMNS.map(([, cell]) => cell(each)))]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
