import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { defined } from '../fields.ts'
import type { Job, LeftOutPath } from '../indexing/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { nameField } from './filter.ts'
import { ANSWER_TOKENS, fitting } from './token-room.ts'
import { defineTool, faultFields, READS } from './tool.ts'

export const jobFields = z.object({
  job_id: z.string(),
  repository: z.string(),
  kind: z.enum(['index', 'embed']).describe('index: finds and analyses files. embed: makes them findable by meaning.'),
  state: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
  phase: z.enum(['fetching', 'walking', 'analysing', 'publishing', 'embedding']).optional(),
  progress: z.number().describe('From 0 to 1.'),
  files_total: z.int().optional(),
  files_done: z.int().optional(),
  files_unchanged: z.int().optional(),
  files_removed: z.int().optional(),
  files_failed: z.int().optional(),
  chunks: z.int().optional(),
  chunks_to_embed: z.int().optional(),
  chunks_embedded: z.int().optional(),
  skipped: z.record(z.string(), z.int()).describe('Number of files and folders left out, by reason.'),
  masked_secrets: z.record(z.string(), z.int()).describe('Number of secrets masked in the analysed files, by kind.'),
  failures: z
    .array(z.object({ path: z.string(), reason: z.string() }))
    .describe('The first files that failed, and why.'),
  fault: faultFields.optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
})

export const leftOutFields = z.object({
  left_out: z.array(z.string()),
  left_out_next: z.string().optional().describe('If there are more: the path to pass as after.'),
})

export type WireJob = z.input<typeof jobFields>

export const getIndexingStatus = defineTool({
  name: 'get_indexing_status',
  title: 'Get indexing status',
  description:
    'Reports the progress of indexing and what failed: of the job with job_id, else of the newest jobs. With repository, of ' +
    'its newest jobs, with the files that are not in the index, and why.',
  annotations: READS,
  right: 'read',
  input: z.object({
    job_id: nameField(100).optional().describe('The job_id that index_repository returned.'),
    repository: nameField(1000).optional().describe('Report on this repository, with what its index leaves out.'),
    after: nameField(4096).optional().describe('With repository: left_out_next of the previous page.'),
  }),
  output: z.object({ jobs: z.array(jobFields), ...leftOutFields.partial().shape }),
  async run({ job_id: id, repository, after = '' }, { catalogue, scope }) {
    if (repository !== undefined) {
      const { repository: name, paths, next } = await catalogue.leftOut(repository, after, scope)
      const jobs = after === '' ? (await catalogue.jobs(scope)).filter((job) => job.repository === name) : []
      return {
        jobs: jobs.slice(0, JOBS_OF_ONE).map(toWireJob),
        left_out: paths.map(renderLeftOut),
        ...defined({ left_out_next: next }),
      }
    }
    if (id === undefined) return { jobs: (await catalogue.jobs(scope)).map(toWireJob) }
    const job = await catalogue.job(id, scope)
    const embeddings =
      job.kind === 'index' ? (await catalogue.jobs(scope)).find((other) => follows(other, job)) : undefined
    return { jobs: [job, ...(embeddings === undefined ? [] : [embeddings])].map(toWireJob) }
  },
  fields: ({ jobs, ...rest }) => ({ jobs: fitting(jobs, ANSWER_TOKENS, (job) => JSON.stringify(job)), ...rest }),
  render: ({ jobs, left_out: leftOut, left_out_next: next }) => {
    if (leftOut !== undefined) return [...jobs.map(renderJob), renderPage(leftOut, next)].join('\n')
    if (jobs.length === 0) return 'Nothing has been indexed yet.'
    const shown = fitting(jobs, ANSWER_TOKENS, renderJob)
    const more = jobs.length - shown.length
    // Show the same fault of several jobs once, for example that Ollama is not running.
    const told = shown.map(({ fault }, at) => shown.findIndex((other) => isDeepStrictEqual(other.fault, fault)) < at)
    return [
      ...shown.map((job, at) => renderJob(told[at] ? { ...job, fault: undefined } : job)),
      ...(more > 0 ? [`${more} older jobs do not fit: ask for one by its job_id.`] : []),
    ].join('\n')
  },
})

const JOBS_OF_ONE = 2

function renderPage(leftOut: readonly string[], next: string | undefined): string {
  if (leftOut.length === 0) return 'Nothing is left out.'
  return [...leftOut, ...(next === undefined ? [] : [`There are more: pass after ${JSON.stringify(next)}`])].join('\n')
}

/** `PATH: REASON (DETAIL)` */
export const renderLeftOut = ({ path, reason, detail }: LeftOutPath) =>
  `${shownPath(path)}: ${reason}${detail === undefined ? '' : ` (${detail})`}`

function follows(other: Job, job: Job): boolean {
  return other.kind === 'embed' && other.repository === job.repository && other.createdAt >= job.createdAt
}

export function toWireJob(job: Job): WireJob {
  const { progress } = job
  const failures = (progress.failures ?? []).map(({ path, reason }) => ({ path, reason }))
  return {
    job_id: job.id,
    repository: job.repository,
    kind: job.kind,
    state: job.state,
    progress: shareDone(job),
    skipped: { ...progress.skipped },
    masked_secrets: { ...progress.masked },
    failures,
    created_at: job.createdAt.toISOString(),
    ...defined({
      phase: progress.phase,
      files_total: progress.filesTotal,
      files_done: progress.filesDone,
      files_unchanged: progress.filesUnchanged,
      files_removed: progress.filesRemoved,
      files_failed: job.kind === 'index' ? failures.filter(isFailure).length : undefined,
      chunks: progress.chunks,
      chunks_to_embed: progress.chunksToEmbed,
      chunks_embedded: progress.chunksEmbedded,
      fault: job.fault,
      started_at: job.startedAt?.toISOString(),
      finished_at: job.finishedAt?.toISOString(),
    }),
  }
}

/** Rules that do not count and files that are divided by lines are reported, but are no failures. */
const isFailure = ({ reason }: { readonly reason: string }) => !/^(?:ignore_rule|by_lines)\b/.test(reason)

function shareDone({ kind, state, progress }: Job): number {
  if (state === 'succeeded' || (state === 'partial' && kind === 'index')) return 1
  const [done, total] =
    kind === 'index' ? [progress.filesDone, progress.filesTotal] : [progress.chunksEmbedded, progress.chunksToEmbed]
  if (done === undefined || total === undefined || total === 0) return 0
  return Math.min(1, Math.round((done / total) * 1000) / 1000)
}

function renderJob(job: WireJob): string {
  const counts =
    job.kind === 'index'
      ? `${job.files_done ?? 0} of ${job.files_total ?? '?'} files`
      : `${job.chunks_embedded ?? 0} of ${job.chunks_to_embed ?? '?'} chunks embedded`
  const skipped = Object.entries(job.skipped).map(([reason, count]) => `${count} ${reason}`)
  const masked = Object.entries(job.masked_secrets).map(([kind, count]) => `${count} ${kind}`)
  return [
    `${job.repository}: ${job.kind} ${job.state}, ${counts} (job ${job.job_id})`,
    ...(skipped.length > 0 ? [`  skipped: ${skipped.join(', ')}`] : []),
    ...(masked.length > 0 ? [`  masked secrets: ${masked.join(', ')}`] : []),
    ...job.failures.map((each) => `  ${isFailure(each) ? 'failed: ' : ''}${shownPath(each.path)}: ${each.reason}`),
    ...(job.fault === undefined ? [] : [`  ${job.fault.message}. ${job.fault.remedy}`]),
  ].join('\n')
}
