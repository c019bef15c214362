import type { Job } from '../indexing/contract.ts'
import { SECOND } from '../units.ts'
import type { Terminal } from './terminal.ts'

const BAR_WIDTH = 24
const PLAIN_LINE_EVERY_MS = 5 * SECOND

/** Shows how far a job is: a bar on a terminal, elsewhere a line every few seconds. */
export function showProgress(terminal: Terminal, now: () => number = Date.now): (job: Job) => void {
  let lastLine = now()
  return (job) => {
    if (job.state !== 'running') return
    if (terminal.replaceLine !== undefined) return terminal.replaceLine(barOf(job))
    if (now() - lastLine < PLAIN_LINE_EVERY_MS) return
    lastLine = now()
    terminal.print(lineOf(job))
  }
}

function barOf(job: Job): string {
  const { done, total } = countOf(job)
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${lineOf(job)}`
}

function lineOf(job: Job): string {
  const { done, total, unit } = countOf(job)
  const what = job.kind === 'embed' ? 'embedding' : (job.progress.phase ?? 'starting')
  return `${job.repository}: ${what}, ${done}${total === 0 ? '' : ` of ${total}`} ${unit}`
}

function countOf({ kind, progress }: Job) {
  if (kind === 'embed') {
    return { done: progress.chunksEmbedded ?? 0, total: progress.chunksToEmbed ?? 0, unit: 'chunks' }
  }
  return { done: progress.filesDone ?? 0, total: progress.filesTotal ?? 0, unit: 'files' }
}

export const hasEnded = ({ state }: Pick<Job, 'state'>) => state !== 'queued' && state !== 'running'

/** What an ended job did, in a few lines. */
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
    `${repository}: ${progress.filesTotal ?? 0} files${unchanged}, ${progress.chunks ?? 0} new chunks in ${secondsOf(job)} s`,
    ...(skipped.length === 0 ? [] : [`  skipped: ${skipped.join(', ')}`]),
    ...(masked.length === 0 ? [] : [`  masked secrets: ${masked.join(', ')}`]),
    ...(progress.failures ?? []).map(({ path, reason }) => `  ${path}: ${reason}`),
  ]
}

function secondsOf({ startedAt, finishedAt }: Pick<Job, 'startedAt' | 'finishedAt'>): string {
  if (startedAt === undefined || finishedAt === undefined) return '?'
  return ((finishedAt.getTime() - startedAt.getTime()) / SECOND).toFixed(1)
}
