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
import { makeServerDue } from '../store/repositories.ts'
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
  const analyser = createAnalyser()
  const inTurn = databaseInTurn(database, turn)
  const embedder = makeOllama(config.embedding, {}, turn)
  const { maxFileBytes, concurrency, shownSecrets, watch: settings } = config.indexing
  const user = gitUser(config.indexing.gitUser)
  const versionOf = (repository: string) => indexVersion(shownIn(repository, shownSecrets))
  const isServed = config.embedding.url !== undefined
  const own = ownModel === undefined ? {} : { ownModel }
  const embed = { log, ...own, ...(isServed ? { embedder } : {}) }
  const embedding: Pick<WorkerParts, 'runEmbed' | 'reconcileEmbeddings'> = {
    runEmbed: (job, ...to) => makeEmbedRun({ ...embed, database: { ...inTurn, ...fencedBy(job, inTurn) } })(job, ...to),
    reconcileEmbeddings: makeEmbedReconcile({
      database: inTurn,
      embedder,
      memoryBytes: config.embedding.memoryBytes,
      ...(ownModel && { ownModel: ownModel.name }),
    }),
  }
  const remotes = makeRemotes(config.git)
  const openTree: OpenTree = async (source, ...rest) =>
    isGitUrl(source) ? remotes.openTree(source, ...rest) : folderTree(source, user)
  const index = { analyser, openTree, log, maxFileBytes, shownSecrets, ...own }
  const run: WorkerParts['runIndex'] = async (job, signal, report) => {
    const { repositoryId: id, repository: name, source, paths } = job
    if (paths === undefined && !isGitUrl(source)) await watch?.before({ id, name, source })
    // A run of changes is short, and the next question is about what has changed.
    const isShort = paths !== undefined && !paths.includes('')
    return runIndex({ ...index, database: isShort ? database : inTurn }, job, signal, report)
  }
  const worker = startWorker({
    database,
    runIndex: run,
    ...(isServed || ownModel !== undefined ? embedding : {}),
    embedsIndexed: () => embedder.isExpected(),
    indexOutdated: () => indexOutdated(database, versionOf),
    pollRemotes: makePoll({ database, remotes, intervalMs: config.git.pollIntervalMs, versionOf, log }),
    lookForServers: (signal) => remotes.lookForServers((server) => makeServerDue(database, server), signal),
    pollSources: makeSourcePoll({
      database,
      sources: config.git.sources,
      tokenFor: (address) => tokenFor(address, config.git.credentials),
      intervalMs: config.git.sourcesIntervalMs,
      log,
    }),
    concurrency,
    log,
    ...rest,
  })
  const { mode } = settings
  const watch =
    mode === 'off' || concurrency === 0
      ? undefined
      : startWatch({ database, settings: { ...settings, mode }, user, log, onAsked: () => worker.wake() })
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
