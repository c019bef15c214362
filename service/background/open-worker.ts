import type { Config } from '../config.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { makeOllama } from '../embedding/ollama.ts'
import type { OwnModel } from '../embedding/own-model.ts'
import { isGitUrl } from '../git-url.ts'
import { createAnalyser } from '../indexing/analyser/analyser.ts'
import { makeEmbedReconcile } from '../indexing/embeddings/embed-reconcile.ts'
import { makeEmbedRun } from '../indexing/embeddings/embed-run.ts'
import { folderTree } from '../indexing/files/folder-tree.ts'
import { gitUser } from '../indexing/files/git-config.ts'
import { makePoll } from '../indexing/git/poll.ts'
import { makeRemotes } from '../indexing/git/remotes.ts'
import { tokenFor } from '../indexing/git/transport.ts'
import { indexOutdated, indexVersion } from '../indexing/index-version.ts'
import { runIndex } from '../indexing/runs/run.ts'
import { shownIn } from '../indexing/secrets/shown-here.ts'
import { makeSourcePoll } from '../indexing/sources/poll-sources.ts'
import type { OpenTree } from '../indexing/tree.ts'
import { startWatch } from '../indexing/watch/watch.ts'
import { startWorker, type WakeableWorker, type WorkerParts } from '../indexing/worker.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { fencedBy } from '../store/jobs.ts'
import type { Turn } from '../threads/right-of-way.ts'
import { databaseInTurn } from './database-in-turn.ts'

/** Settings that running jobs requires. */
export type WorkerConfig = Pick<Config, 'database' | 'embedding' | 'indexing' | 'git' | 'log'>

export interface WorkerSources extends Pick<WorkerParts, 'databaseWasLost' | 'onTrouble'> {
  readonly config: WorkerConfig
  readonly database: Database
  /** Awaited before each step of an embedding or of a run over a whole repository. */
  readonly turn: Turn
  /** Undefined if the model cannot be used. */
  readonly ownModel?: OwnModel
  readonly log: Log
}

export interface OpenWorker extends WakeableWorker {
  readonly embedder: Embedder
}

/** Opens a worker with all its dependencies. */
export function openWorker({ config, database, turn, ownModel, log, ...rest }: WorkerSources): OpenWorker {
  const { indexing, git } = config
  const { maxFileBytes, shownSecrets } = indexing
  const inTurn = databaseInTurn(database, turn)
  const embedder = makeOllama(config.embedding, {}, turn)
  const analyser = createAnalyser()
  const remotes = makeRemotes(git)
  const user = gitUser(indexing.gitPlaces)
  const versionOf = (repository: string) => indexVersion(shownIn(repository, shownSecrets))
  const openTree: OpenTree = async (source, ...options) =>
    isGitUrl(source) ? remotes.openTree(source, ...options) : folderTree(source, user)
  const runParts = { analyser, openTree, log, maxFileBytes, shownSecrets, ...own(ownModel) }
  const worker = startWorker({
    database,
    runIndex: async (job, signal, report) => {
      const { repositoryId: id, repository: name, source, paths } = job
      if (paths === undefined && !isGitUrl(source)) await watch?.before({ id, name, source })
      // A run of changes is short, and the next question is about what has changed.
      const isShort = paths !== undefined && !paths.includes('')
      return runIndex({ ...runParts, database: isShort ? database : inTurn }, job, signal, report)
    },
    ...embedJobs({ settings: config.embedding, database: inTurn, embedder, ...own(ownModel), log }),
    embedsIndexed: () => embedder.isExpected(),
    indexOutdated: () => indexOutdated(database, versionOf),
    pollRemotes: makePoll({ database, remotes, intervalMs: git.pollIntervalMs, versionOf, log }),
    pollSources: makeSourcePoll({
      database,
      sources: git.sources,
      tokenFor: (address) => tokenFor(address, git.credentials),
      intervalMs: git.sourcesIntervalMs,
      log,
    }),
    concurrency: indexing.concurrency,
    log,
    ...rest,
  })
  const { intervalMs, mode } = indexing.watch
  const watch =
    mode === 'off' || indexing.concurrency === 0
      ? undefined
      : startWatch({ database, settings: { mode, intervalMs }, user, log, onAsked: () => worker.wake() })
  return {
    embedder,
    wake: () => worker.wake(),
    onProgress: (listener) => worker.onProgress(listener),
    close: async (signal) => {
      await Promise.all([watch?.close(), worker.close(signal)])
      await analyser.close()
    },
  }
}

const own = (ownModel: OwnModel | undefined) => (ownModel === undefined ? {} : { ownModel })

type EmbedParts = Pick<WorkerSources, 'database' | 'ownModel' | 'log'> & {
  readonly settings: WorkerConfig['embedding']
  readonly embedder: Embedder
}

/** Returns what embeds chunks. Nothing if no model is in use. */
function embedJobs({ settings, database, embedder, ownModel, log }: EmbedParts) {
  const isServed = settings.url !== undefined
  if (!isServed && ownModel === undefined) return {}
  const parts = { log, ...own(ownModel), ...(isServed && { embedder }) }
  return {
    runEmbed: (job, ...to) =>
      makeEmbedRun({ ...parts, database: { ...database, ...fencedBy(job, database) } })(job, ...to),
    reconcileEmbeddings: makeEmbedReconcile({
      database,
      embedder,
      memoryBytes: settings.memoryBytes,
      ...(ownModel && { ownModel: ownModel.name }),
    }),
  } satisfies Pick<WorkerParts, 'runEmbed' | 'reconcileEmbeddings'>
}
