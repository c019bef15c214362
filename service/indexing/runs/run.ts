import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import { liveFiles } from '../../store/files.ts'
import { reclaimSpace, sweep } from '../../store/generations.ts'
import { type ClaimedJob, fencedBy, LeaseLost } from '../../store/jobs.ts'
import { repositoryState } from '../../store/repositories.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import type { Analyser } from '../analysis.ts'
import type { Progress } from '../contract.ts'
import type { Found, WalkLimits } from '../files/walker.ts'
import type { RunOutcome } from '../job.ts'
import { growingBatches, inFlight } from './batches.ts'
import { GenerationWriter } from './generation-writer.ts'
import { Survey } from './survey.ts'
import { Tally } from './tally.ts'

export interface IndexParts {
  readonly database: Database
  readonly analyser: Pick<Analyser, 'analyse'>
  readonly walk: (root: string, limits: WalkLimits, signal?: AbortSignal) => AsyncIterable<Found>
  readonly headCommit: (root: string) => string | undefined
  readonly log: Log
  readonly maxFileBytes: number
}

const BATCHES_IN_FLIGHT = 3

/**
 * Brings the index of the job's repository up to date with its folder.
 * @throws Fault `folder_empty`, `nothing_to_index` and those of the walk, with readers still seeing what they saw
 */
export async function runIndex(
  parts: IndexParts,
  job: ClaimedJob,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<RunOutcome> {
  const state = await repositoryState(parts.database, job.repositoryId)
  if (state === undefined) throw new LeaseLost(job)
  const published = { id: job.repositoryId, generation: state.generation }
  const fenced = fencedBy(job, parts.database)
  // What a killed run left behind would stand where this one writes.
  await sweep(fenced, published.id, signal)

  const tally = new Tally(onProgress)
  const survey = await surveyFolder(parts, job, published, tally, signal)
  const writer = new GenerationWriter(fenced, published, !state.complete)
  await analyse(parts, job, { survey, tally, writer }, signal)
  refuseNothing(survey, tally, job.source)

  tally.enter('publishing')
  const removed = survey.pathsRemoved
  tally.removed(removed.length)
  const commit = parts.headCommit(job.source)
  signal.throwIfAborted()
  await writer.publish(removed, { skipped: tally.skipped, ...(commit === undefined ? {} : { commit }) })
  if (await sweep(fenced, published.id, signal)) await reclaimSpace(parts.database)
  const { progress } = tally
  parts.log.info({ repository: job.repository, ...progress }, 'Indexed a repository')
  return { state: tally.hasFailures ? 'partial' : 'succeeded', progress }
}

async function surveyFolder(
  { database, walk, maxFileBytes }: IndexParts,
  { source, force }: ClaimedJob,
  published: RepositoryAt,
  tally: Tally,
  signal: AbortSignal,
): Promise<Survey> {
  tally.enter('walking')
  const survey = new Survey(await liveFiles(database, published), force)
  for await (const entry of walk(source, { maxFileBytes }, signal)) {
    signal.throwIfAborted()
    if ('skipped' in entry) {
      survey.skipped(entry.path, entry.skipped)
      tally.skip(entry.path, entry.skipped, entry.detail)
    } else tally.found({ unchanged: survey.isUnchanged(entry) })
  }
  return survey
}

async function analyse(
  { analyser, maxFileBytes }: IndexParts,
  { source: root }: ClaimedJob,
  { survey, tally, writer }: { survey: Survey; tally: Tally; writer: GenerationWriter },
  signal: AbortSignal,
): Promise<void> {
  tally.enter('analysing')
  const batches = growingBatches(survey.candidates)
  const analysed = inFlight(batches, BATCHES_IN_FLIGHT, (files) =>
    analyser.analyse({ root, maxFileBytes, files }, signal),
  )
  for await (const batch of analysed) {
    signal.throwIfAborted()
    await writer.write(batch)
    survey.analysed(batch)
    tally.written(batch)
  }
}

function refuseNothing(survey: Survey, tally: Tally, root: string): void {
  if (survey.filesKept > 0) return
  const skipped = Object.entries(tally.skipped).sort(([, one], [, other]) => other - one)
  if (skipped.length === 0) {
    throw new Fault(
      'folder_empty',
      `The folder ${JSON.stringify(root)} has no files`,
      'Give a folder that holds source code',
    )
  }
  const counts = skipped.map(([reason, count]) => `${count} ${reason}`).join(', ')
  throw new Fault(
    'nothing_to_index',
    `Nothing in the folder ${JSON.stringify(root)} can be indexed; left out: ${counts}`,
    'Give a folder with text files that its .gitignore does not exclude; MAX_FILE_BYTES sets how large they may be',
  )
}
