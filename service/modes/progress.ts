import { defined } from '../fields.ts'
import type { Job } from '../indexing/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import type { WireJob } from '../tools/get-indexing-status.ts'
import { MINUTE, SECOND } from '../units.ts'
import type { Terminal } from './terminal.ts'

const BAR_WIDTH = 24
const SHORTEST_BAR = 8
const PLAIN_LINE_EVERY_MS = 5 * SECOND
/** Before this time, a rate says little. */
const RATE_AFTER_MS = SECOND

/** Descriptions of the phases. */
const PHASES: Readonly<Record<string, string>> = {
  fetching: 'fetching the repository',
  walking: 'looking for files',
  analysing: 'reading files',
  publishing: 'publishing',
  embedding: 'embedding',
}

type Shown = Pick<Terminal, 'print' | 'replaceLine' | 'columns'>

/** Shows a job's progress: as a bar on a terminal, otherwise as a line for each phase and every few seconds. */
export function showProgress(terminal: Shown, now: () => number = Date.now): (job: Job) => void {
  let lastLine = now()
  let lastPhase: string | undefined
  const seen = new Map<string, Seen>()
  return (job) => {
    if (job.state !== 'running') return seen.delete(job.id) && undefined
    const { done } = countOf(job)
    const first = seen.get(job.id)
    if (first === undefined || first.done === 0) seen.set(job.id, { done, at: now() })
    const line = lineOf(job, rateOf(job, first ?? { done, at: now() }, now()))
    if (terminal.replaceLine !== undefined) return terminal.replaceLine(barOf(job, line, terminal.columns?.()))
    const phase = `${job.repository}: ${phaseOf(job)}`
    if (phase === lastPhase && now() - lastLine < PLAIN_LINE_EVERY_MS) return
    lastPhase = phase
    lastLine = now()
    terminal.print(line)
  }
}

/** How far a job was when it was first seen. An earlier process may have begun it long before. */
interface Seen {
  readonly done: number
  readonly at: number
}

/** Returns the line, with a bar if there is room for one in so many columns. */
function barOf(job: Job, line: string, columns = Number.POSITIVE_INFINITY): string {
  const { done, total } = countOf(job)
  const width = Math.min(BAR_WIDTH, columns - line.length - 2)
  if (width < SHORTEST_BAR) return line
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * width)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${line}`
}

function lineOf(job: Job, rate: string): string {
  const { done, total, unit } = countOf(job)
  const count =
    total === 0 ? (done === 0 ? '' : `, ${shown(done)} ${unit}`) : `, ${shown(done)} of ${shown(total)} ${unit}`
  return `${job.repository}: ${phaseOf(job)}${count}${rate}`
}

function phaseOf({ kind, progress }: Job): string {
  const phase = kind === 'embed' ? 'embedding' : progress.phase
  return phase === undefined ? 'starting' : (PHASES[phase] ?? phase)
}

/** Returns the rate in units per second since the job was first seen, and the remaining time. */
function rateOf(job: Job, first: Seen, now: number): string {
  const { done, total, unit } = countOf(job)
  const [tookMs, did] = [now - first.at, done - first.done]
  if (tookMs < RATE_AFTER_MS || did <= 0 || done >= total) return ''
  const restMs = ((total - done) * tookMs) / did
  return `, ${shown(Math.round((did * SECOND) / tookMs))} ${unit} a second, ${shownTime(restMs)} left`
}

function countOf({ kind, progress }: Job) {
  if (kind === 'embed') {
    return { done: progress.chunksEmbedded ?? 0, total: progress.chunksToEmbed ?? 0, unit: 'chunks' }
  }
  return { done: progress.filesDone ?? 0, total: progress.filesTotal ?? 0, unit: 'files' }
}

const shown = (count: number) => count.toLocaleString('en')

function shownTime(ms: number): string {
  return ms < 2 * MINUTE ? `${Math.ceil(ms / SECOND)} s` : `${Math.ceil(ms / MINUTE)} min`
}

/** Returns the fields of a job that a server reports. */
export function jobOfWire(job: WireJob): Job {
  const { job_id: id, repository, kind, state, phase, fault, started_at: startedAt, finished_at: finishedAt } = job
  const counts = {
    filesDone: job.files_done,
    filesTotal: job.files_total,
    filesUnchanged: job.files_unchanged,
    chunks: job.chunks,
    skipped: job.skipped,
    masked: job.masked_secrets,
    failures: job.failures,
    chunksEmbedded: job.chunks_embedded,
    chunksToEmbed: job.chunks_to_embed,
  }
  return {
    id,
    repository,
    kind,
    state,
    createdAt: new Date(job.created_at),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    ...(fault !== undefined && { fault }),
    progress: defined({ phase, ...counts }),
  }
}

export const hasEnded = ({ state }: Pick<Job, 'state'>) => state !== 'queued' && state !== 'running'

/** Summarises a finished job in a few lines. */
export function summaryOf(job: Job): string[] {
  const { kind, state, fault, repository } = job
  if (fault !== undefined && (state === 'failed' || kind === 'embed')) {
    return [`${repository}: ${fault.message}. ${fault.remedy}`]
  }
  return kind === 'embed' ? summaryOfEmbedding(job) : summaryOfIndexing(job)
}

function summaryOfEmbedding({ repository, progress, ...job }: Job): string[] {
  const { chunksEmbedded = 0, chunksToEmbed = 0 } = progress
  if (chunksToEmbed === 0) return []
  return [`${repository}: ${chunksEmbedded} of ${chunksToEmbed} chunks embedded in ${secondsOf(job)} s`]
}

function summaryOfIndexing({ repository, progress, ...job }: Job): string[] {
  const unchanged = progress.filesUnchanged ? ` (${progress.filesUnchanged} unchanged)` : ''
  const skipped = Object.entries(progress.skipped ?? {}).map(([reason, count]) => `${count} ${reason}`)
  const masked = Object.entries(progress.masked ?? {}).map(([kind, count]) => `${count} ${kind}`)
  return [
    `${repository}: ${counted(progress.filesTotal, 'file')}${unchanged}, ${counted(progress.chunks, 'new chunk')} in ${secondsOf(job)} s`,
    ...(skipped.length === 0 ? [] : [`  skipped: ${skipped.join(', ')}`]),
    ...(masked.length === 0 ? [] : [`  masked secrets: ${masked.join(', ')}`]),
    ...(progress.failures ?? []).map(({ path, reason }) => `  ${shownPath(path)}: ${reason}`),
  ]
}

const counted = (count = 0, thing: string) => `${count} ${thing}${count === 1 ? '' : 's'}`

function secondsOf({ startedAt, finishedAt }: Pick<Job, 'startedAt' | 'finishedAt'>): string {
  if (startedAt === undefined || finishedAt === undefined) return '?'
  return ((finishedAt.getTime() - startedAt.getTime()) / SECOND).toFixed(1)
}
