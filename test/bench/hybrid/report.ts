import type { EngineFigures, Restart } from './engine-run.ts'
import type { Firsts, FromNothing } from './from-nothing.ts'
import type { Asked } from './interleaved.ts'
import type { Times } from './times.ts'

/** A row of the table: the name of a figure, and its value. */
type Figure = readonly [name: string, value: string]

/** Formats the figures as a Markdown table with one column per engine. */
export function engineTable(engines: readonly EngineFigures[]): string {
  const columns = engines.map(figuresOf)
  const names = [...new Set(columns.flatMap((figures) => figures.map(([name]) => name)))]
  const rows = names.map((name) => [name, ...columns.map((figures) => new Map(figures).get(name) ?? '–')])
  const head = ['', ...engines.map(({ engine }) => engine)]
  return [head, ['--', ...engines.map(() => '--:')], ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function figuresOf(figures: EngineFigures): Figure[] {
  const { off, ollama, unaskedVectorsASecond, paced, first, again, restarted, limit, memoryAfterMb } = figures
  const byName = (asked: readonly Asked[], when: string) => asked.flatMap((side) => askedFigures(side, when))
  return [
    ['files, chunks, texts sent', `${ollama.files}, ${ollama.chunks}, ${ollama.texts ?? 0}`],
    ...startFigures('off', off),
    ...startFigures('Ollama', ollama),
    ['Ollama: vectors a second stored, nobody asks', unaskedVectorsASecond.toFixed(0)],
    ...seenFigures('off, while it indexes', off),
    ...seenFigures('Ollama, while it embeds', ollama),
    ...(paced === undefined ? [] : pacedFigures(paced)),
    ...byName(first, 'first'),
    ...byName(again, 'again'),
    ['limit: all vectors once, plain JavaScript', `${limit.plainMs.toFixed(2)} ms (${limit.megabytes.toFixed(1)} MB)`],
    ["limit: the same, the service's routine", `${limit.routineMs.toFixed(2)} ms`],
    ['Ollama, asked again: p50 / limit', ratio(p50Of(again, 'Ollama'), limit.routineMs)],
    ['Ollama, asked again: p50 / off', ratio(p50Of(again, 'Ollama'), p50Of(again, 'off'))],
    [
      'memory after the questions: words only, off, Ollama',
      [memoryAfterMb.words, memoryAfterMb.off, memoryAfterMb.ollama].map(mb).join(', '),
    ],
    ...restartFigures('started again with vectors', restarted.withVectors),
    ...restartFigures('started again without vectors', restarted.withoutVectors),
  ]
}

function startFigures(name: string, figures: FromNothing): Figure[] {
  const { memory, vectorsASecond } = figures
  const all: Figure[] = [
    [`${name}: listening`, seconds(figures.listeningMs)],
    ...firstFigures(name, figures.firsts),
    [`${name}: all indexed`, seconds(figures.indexedMs)],
    [`${name}: all vectors stored`, seconds(figures.embeddedMs)],
    [`${name}: vectors a second stored`, vectorsASecond === undefined ? '–' : vectorsASecond.toFixed(0)],
    [`${name}: memory when done, peak`, `${mb(memory.nowMb)}, ${mb(memory.peakMb)}`],
  ]
  return all.filter(([, value]) => value !== '–')
}

function firstFigures(name: string, { answerMs, hybridMs, servedMs, completeMs }: Firsts): Figure[] {
  return [
    [`${name}: first answer`, seconds(answerMs)],
    [`${name}: first hybrid answer`, seconds(hybridMs)],
    [`${name}: first answer by Ollama's vectors`, seconds(servedMs)],
    [`${name}: first answer by all vectors`, seconds(completeMs)],
  ]
}

function seenFigures(name: string, { seen }: FromNothing): Figure[] {
  return [
    [`${name}: /livez p99, max`, `${ms(seen.livez.p99)}, ${ms(seen.livez.max)}`],
    [`${name}: search p50, p95, max`, timesText(seen.search)],
    [`${name}: GET /v1/repositories max`, ms(seen.repositories.max)],
    [`${name}: the bench's own delay at most`, ms(seen.ownDelayMs)],
  ]
}

function pacedFigures(paced: FromNothing): Figure[] {
  const idle = paced.idleShare === undefined ? '–' : `${(100 * paced.idleShare).toFixed(1)} %`
  return [
    ['fixed speed: idle share of the embedder', idle],
    ['fixed speed: all vectors stored', seconds(paced.embeddedMs)],
    ...seenFigures('fixed speed, while it embeds', paced),
  ]
}

function askedFigures({ name, times, cpuMsAQuestion }: Asked, when: string): Figure[] {
  return [
    [`${name}, asked ${when}: p50, p95, max`, timesText(times)],
    [`${name}, asked ${when}: processor time a question`, ms(cpuMsAQuestion)],
  ]
}

function restartFigures(name: string, { listeningMs, firsts }: Restart): Figure[] {
  return [[`${name}: listening`, seconds(listeningMs)], ...firstFigures(name, firsts)]
}

const p50Of = (asked: readonly Asked[], side: string) =>
  asked.find(({ name }) => name === side)?.times.p50 ?? Number.NaN
const ratio = (one: number, other: number) => `${(one / other).toFixed(1)}×`
const timesText = ({ p50, p95, max }: Times) => `${ms(p50)}, ${ms(p95)}, ${ms(max)}`
const seconds = (value: number | undefined) => (value === undefined ? '–' : `${(value / 1000).toFixed(2)} s`)
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const mb = (value: number) => `${value.toFixed(0)} MB`
