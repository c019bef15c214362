import { type FileEvidence, type RankingSettings, scoreOf } from '../../../service/search/ranking.ts'

/** A question, and the evidence about the files that may answer it. */
export interface LearnedQuestion {
  readonly repository: string
  /** How much the question counts relative to others. */
  readonly weight: number
  readonly targets: number
  /** By words alone, and with likeness. */
  readonly legs: readonly Candidates[]
}

/** Files, and whether each answers the question. */
export interface Candidates {
  readonly files: readonly FileEvidence[]
  readonly relevant: readonly boolean[]
}

const PLACES = 10
/** Scale, in logarithms of scores, on which a better score turns into a certain lead. */
const SOFTNESS = 0.12
/** Weights of the sum: of answers by words alone relative to both legs, and of what likeness costs a repository. */
const BY_WORDS = 0.8
const LOSS = 1
/** Penalty for moving a weight away from its start. */
const HELD_BACK = 0.02
const FIRST_STEP = 0.3
const LAST_STEP = 0.05

/**
 * Returns nDCG@10 of the files by their scores. If smooth, the place of a file is one plus the sum of the probabilities
 * that each other file precedes it.
 */
export function gainOf(
  { files, relevant }: Candidates,
  targets: number,
  settings: RankingSettings,
  smooth: boolean,
): number {
  const scores = files.map((file) => Math.log(scoreOf(file, settings)))
  let gain = 0
  relevant.forEach((isRelevant, at) => {
    if (!isRelevant) return
    const place = placeOf(scores, at, smooth)
    gain += smooth
      ? 1 / Math.log2(place + 1) / (1 + Math.exp(2 * (place - PLACES - 0.5)))
      : place <= PLACES
        ? 1 / Math.log2(place + 1)
        : 0
  })
  let best = 0
  for (let place = 1; place <= Math.min(PLACES, targets); place++) best += 1 / Math.log2(place + 1)
  return gain / best
}

function placeOf(scores: readonly number[], at: number, smooth: boolean): number {
  const own = scores[at] as number
  let place = 1
  for (let other = 0; other < scores.length; other++) {
    if (other === at) continue
    const ahead = (scores[other] as number) - own
    if (smooth) place += 1 / (1 + Math.exp(-ahead / SOFTNESS))
    else if (ahead > 0 || (ahead === 0 && other < at)) place++
  }
  return place
}

/** Finds the settings that answer the questions best. Tries each weight up and down in ever smaller steps. */
export function learned(questions: readonly LearnedQuestion[], start: RankingSettings): RankingSettings {
  let settings = start
  let best = worth(questions, settings, start)
  for (let step = FIRST_STEP; step >= LAST_STEP; step /= 2) {
    for (const path of pathsOf(start)) {
      for (const factor of [Math.exp(step), Math.exp(-step)]) {
        const tried = changed(settings, path, factor)
        const value = worth(questions, tried, start)
        if (value <= best) continue
        settings = tried
        best = value
        break
      }
    }
  }
  return settings
}

function worth(questions: readonly LearnedQuestion[], settings: RankingSettings, start: RankingSettings): number {
  const losses = new Map<string, number>()
  let total = 0
  let weights = 0
  for (const { repository, weight, targets, legs } of questions) {
    const [words = 0, both = 0] = legs.map((leg) => gainOf(leg, targets, settings, true))
    total += weight * (both + BY_WORDS * words)
    weights += weight
    losses.set(repository, (losses.get(repository) ?? 0) + weight * (words - both))
  }
  const lost = [...losses.values()].reduce((sum, loss) => sum + Math.max(0, loss), 0)
  const moved = pathsOf(start).reduce(
    (sum, path) => sum + Math.log(valueAt(settings, path) / valueAt(start, path)) ** 2,
    0,
  )
  return (total - LOSS * lost) / weights - HELD_BACK * moved
}

type Path = readonly [keyof RankingSettings, (keyof RankingSettings['kinds'])?]

/** Not learned: shapes of curves, and what is decided after files are ranked. */
const FIXED = new Set<string>(['othersHalf', 'nameAskedHalf', 'furtherChunk'])
/** Weights that are shares, from 0 to 1. */
const SHARES = new Set<string>(['coverage'])

function pathsOf(settings: RankingSettings): Path[] {
  return (Object.keys(settings) as (keyof RankingSettings)[]).flatMap((name): Path[] => {
    if (FIXED.has(name)) return []
    if (name !== 'kinds') return [[name]]
    return (Object.keys(settings.kinds) as (keyof RankingSettings['kinds'])[]).map((kind): Path => ['kinds', kind])
  })
}

function valueAt(settings: RankingSettings, [name, kind]: Path): number {
  const value = settings[name]
  return typeof value === 'number' ? value : settings.kinds[kind as keyof RankingSettings['kinds']]
}

function changed(settings: RankingSettings, path: Path, factor: number): RankingSettings {
  const [name, kind] = path
  const value = valueAt(settings, path) * factor
  const most = kind !== undefined || SHARES.has(name) ? 1 : Infinity
  const kept = Math.min(most, Math.round(value * 1000) / 1000)
  return kind === undefined
    ? { ...settings, [name]: kept }
    : { ...settings, kinds: { ...settings.kinds, [kind]: kept } }
}
