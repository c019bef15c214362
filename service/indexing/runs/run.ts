import type { OwnModel } from '../../embedding/own-model.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ShownSecrets } from '../../shown-secrets.ts'
import type { Database } from '../../store/database.ts'
import { contentHashes } from '../../store/files.ts'
import { reclaimSpace, recordLook, sweep } from '../../store/generations.ts'
import { type ClaimedJob, fencedBy, LeaseLost } from '../../store/jobs.ts'
import { type LeftOutRow, leftOutAround, leftOutOf } from '../../store/left-out.ts'
import { registerModel } from '../../store/models.ts'
import { type RepositoryState, repositoryState } from '../../store/repositories.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import type { AnalysedFile, Analyser, Candidate, SkipReason } from '../analysis.ts'
import type { Progress } from '../contract.ts'
import { pathsOf } from '../files/wanted-paths.ts'
import { indexVersion } from '../index-version.ts'
import type { RunOutcome } from '../job.ts'
import { withoutSecretFile } from '../secrets/secret-files.ts'
import { type ShownHere, shownIn } from '../secrets/shown-here.ts'
import type { OpenTree, Tree } from '../tree.ts'
import { growingBatches, inFlight } from './batches.ts'
import { changedExtent, type Extent, renewedExtent, wholeExtent } from './extent.ts'
import { GenerationWriter } from './generation-writer.ts'
import { IN_THE_INDEX, LeftOut, toldOf } from './left-out.ts'
import { Survey } from './survey.ts'
import { hasFailures, Tally } from './tally.ts'

export interface IndexParts {
  readonly database: Database
  readonly analyser: Pick<Analyser, 'analyse'>
  readonly openTree: OpenTree
  readonly log: Log
  readonly maxFileBytes: number
  /** Undefined if all secrets are masked. */
  readonly shownSecrets?: ShownSecrets
  /** Undefined if the package's model cannot be used. */
  readonly ownModel?: Pick<OwnModel, 'name' | 'dimensions'>
}

const BATCHES_IN_FLIGHT = 3

/**
 * Updates the index of the job's repository from its source. A job of changes updates only what is at their paths.
 * @throws Fault `folder_empty`, `nothing_to_index` or of the source. What is visible then stays unchanged
 */
export async function runIndex(
  parts: IndexParts,
  job: ClaimedJob,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<RunOutcome> {
  const state = await repositoryState(parts.database, job.repositoryId)
  if (state === undefined) throw new LeaseLost(job)
  const tally = new Tally(onProgress)
  const shown = shownIn(job.repository, parts.shownSecrets ?? { places: [], fingerprints: [] })
  const force = job.force || state.version !== indexVersion(shown)
  const known = state.complete && !force && !hasFailures(state.skipped) ? state.commit : undefined
  const tree = await parts.openTree(job.source, known, { signal, onFetch: () => tally.enter('fetching') })
  if (tree === 'unchanged') return keepAll(parts, job, state, tally)
  const paths = state.complete && !force && !job.paths?.includes('') ? job.paths : undefined
  const { database, log } = parts
  const published = publishedOf(job, state)
  const run = { job, shown, force, tree, onProgress }
  try {
    const extent = await (paths === undefined
      ? wholeExtent(database, published)
      : changedExtent(database, published, paths))
    const outcome = await indexTree(parts, { ...run, state, tally, extent }, signal)
    log.info({ repository: job.repository, ...outcome.progress }, 'Indexed a repository')
    if (paths !== undefined) await renewSegments(parts, run, signal)
    return outcome
  } finally {
    await tree.close()
  }
}

const publishedOf = ({ repositoryId }: ClaimedJob, { generation }: RepositoryState): RepositoryAt => ({
  id: repositoryId,
  generation,
})

/** Joins small segments after changes have been published, so that no search waits for it. */
async function renewSegments(
  parts: IndexParts,
  run: Omit<Run, 'state' | 'tally' | 'extent'>,
  signal: AbortSignal,
): Promise<void> {
  const state = await repositoryState(parts.database, run.job.repositoryId)
  if (state === undefined) throw new LeaseLost(run.job)
  const extent = await renewedExtent(parts.database, publishedOf(run.job, state))
  if (extent === undefined) return
  const { progress } = await indexTree(parts, { ...run, state, tally: new Tally(() => {}), extent }, signal)
  parts.log.debug({ repository: run.job.repository, ...progress }, 'Joined small segments')
}

/** The index already has the source's commit. */
async function keepAll(
  { database, log }: IndexParts,
  job: ClaimedJob,
  { files }: RepositoryState,
  tally: Tally,
): Promise<RunOutcome> {
  await fencedBy(job, database).transaction((sql) => recordLook(sql, job.repositoryId))
  tally.unchanged(files)
  log.info({ repository: job.repository }, 'A repository has not changed')
  return { state: 'succeeded', progress: tally.progress }
}

interface Run {
  readonly job: ClaimedJob
  readonly state: RepositoryState
  readonly shown: ShownHere
  /** Whether to analyse all texts again. */
  readonly force: boolean
  readonly tree: Tree
  readonly extent: Extent
  readonly tally: Tally
  readonly onProgress: (progress: Progress) => void
}

async function indexTree(parts: IndexParts, run: Run, signal: AbortSignal): Promise<RunOutcome> {
  const { job, state, shown, tree, tally, extent } = run
  const isWhole = extent.only === undefined
  const published = publishedOf(job, state)
  const fenced = fencedBy(job, parts.database)
  // The leftovers of a killed run are where this one writes.
  await sweep(fenced, published.id, signal)

  const { survey, leftOut } = await surveyTree(parts, run, published, signal)
  const { ownModel } = parts
  const ownModelId = ownModel && (await registerModel(parts.database, ownModel.name, ownModel.dimensions)).id
  const version = indexVersion(shown)
  const writer = new GenerationWriter(fenced, published, { early: !state.complete, ownModelId, version })
  await analyse(parts, run, { survey, writer, published, leftOut }, signal)
  const removed = survey.pathsRemoved
  if (isWhole) refuseNothing(survey, tally, job.source)
  else if (survey.keepsNothing && removed.length === state.files) {
    const whole = { extent: await wholeExtent(parts.database, published), tally: new Tally(run.onProgress) }
    return indexTree(parts, { ...run, ...whole }, signal)
  }

  tally.enter('publishing')
  tally.removed(removed.length)
  const commit = tree.commit()
  signal.throwIfAborted()
  await writer.publish(removed, {
    version,
    leftOut: leftOut.changes(),
    ...(isWhole ? { skipped: tally.skipped } : {}),
    ...(commit === undefined ? {} : { commit }),
  })
  if ((await sweep(fenced, published.id, signal)) && isWhole) await reclaimSpace(parts.database)
  return { state: tally.hasFailures ? 'partial' : 'succeeded', progress: tally.progress }
}

async function surveyTree(
  { database, maxFileBytes }: IndexParts,
  { force, shown, tree, tally, extent: { live, segments, only } }: Run,
  published: RepositoryAt,
  signal: AbortSignal,
): Promise<{ readonly survey: Survey; readonly leftOut: LeftOut }> {
  tally.enter('walking')
  const survey = new Survey(live, { force, segments })
  const leftOut = new LeftOut(
    await (only === undefined
      ? leftOutOf(database, published.id)
      : leftOutAround(database, published.id, [...pathsOf(only)])),
  )
  const leaveOut = ({ reason, ...row }: LeftOutRow & { readonly reason: SkipReason }) => {
    survey.skipped(row.path, reason)
    tally.skip(row.path, reason, row.detail)
    leftOut.add({ ...row, reason })
  }
  for await (const found of tree.walk({ maxFileBytes, only }, signal)) {
    signal.throwIfAborted()
    const entry = withoutSecretFile(found, shown)
    if ('skipped' in entry) {
      const { skipped: reason, ...rest } = entry
      leaveOut({ ...rest, reason })
      continue
    }
    const before = force ? undefined : leftOut.before(entry.path, entry.stamp)
    const isWholly = before !== undefined && !IN_THE_INDEX.has(before.reason)
    const unchanged = isWholly || survey.isUnchanged(entry)
    if (!isWholly) tally.found({ unchanged })
    if (before !== undefined && unchanged) leaveOut(before as typeof before & { reason: SkipReason })
  }
  return { survey, leftOut }
}

async function analyse(
  { database, analyser, maxFileBytes, ownModel }: IndexParts,
  { shown, tree, tally }: Run,
  {
    survey,
    writer,
    published,
    leftOut,
  }: { survey: Survey; writer: GenerationWriter; published: RepositoryAt; leftOut: LeftOut },
  signal: AbortSignal,
): Promise<void> {
  tally.enter('analysing')
  const batches = growingBatches(survey.candidates)
  const analysed = inFlight(batches, BATCHES_IN_FLIGHT, async (candidates) => {
    const known = await contentHashes(database, published, survey.comparable(candidates))
    const files = await tree.load(
      candidates.map((file) => withHash(file, known.get(file.path))),
      signal,
    )
    return analyser.analyse({ root: tree.root, maxFileBytes, files, shown, vectors: ownModel !== undefined }, signal)
  })
  for await (const batch of analysed) {
    signal.throwIfAborted()
    await writer.write(batch)
    survey.analysed(batch)
    tally.written(batch)
    for (const file of batch.files) leaveOutOf(file, leftOut)
  }
}

function leaveOutOf(file: AnalysedFile, leftOut: LeftOut): void {
  const { path } = file
  if (file.outcome === 'skipped') {
    const { reason, detail, stamp } = file
    leftOut.add({
      path,
      reason,
      ...(detail === undefined ? {} : { detail }),
      ...(stamp === undefined ? {} : { stamp }),
    })
    return
  }
  const told = toldOf(file)
  if (told !== undefined) leftOut.add({ path, ...told, stamp: file.stamp })
  else if (file.outcome === 'unchanged') leftOut.again(path, file.stamp)
}

function withHash(file: Candidate, knownHash: Uint8Array | undefined): Candidate {
  return knownHash === undefined ? file : { ...file, knownHash }
}

function refuseNothing(survey: Survey, tally: Tally, source: string): void {
  if (!survey.keepsNothing) return
  const skipped = Object.entries(tally.skipped).sort(([, one], [, other]) => other - one)
  if (skipped.length === 0) {
    throw new Fault(
      'folder_empty',
      `There are no files in ${JSON.stringify(source)}`,
      'Give a folder or repository with source code',
    )
  }
  const counts = skipped.map(([reason, count]) => `${count} ${reason}`).join(', ')
  throw new Fault(
    'nothing_to_index',
    `Nothing in ${JSON.stringify(source)} can be indexed; left out: ${counts}`,
    'Choose a folder with text files that its .gitignore does not exclude; MAX_FILE_BYTES limits their size',
  )
}
