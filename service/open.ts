import type { Config, DatabaseSettings } from './config.ts'
import type { Embedder } from './embedding/embedder.ts'
import { makeOllama } from './embedding/ollama.ts'
import { isGitUrl, parseNamedGitUrl } from './git-url.ts'
import { createAnalyser } from './indexing/analyser/analyser.ts'
import { makeCatalogue } from './indexing/catalogue.ts'
import type { Catalogue, Job } from './indexing/contract.ts'
import { makeEmbedReconcile } from './indexing/embeddings/embed-reconcile.ts'
import { makeEmbedRun } from './indexing/embeddings/embed-run.ts'
import { folderTree } from './indexing/files/folder-tree.ts'
import { makePoll } from './indexing/git/poll.ts'
import { makeRemotes } from './indexing/git/remotes.ts'
import { runIndex } from './indexing/runs/run.ts'
import type { OpenTree } from './indexing/tree.ts'
import { startWorker, type WakeableWorker } from './indexing/worker.ts'
import type { Log } from './log.ts'
import type { Search } from './search/contract.ts'
import { makeSearch } from './search/search.ts'
import { makeSemanticLeg } from './search/semantic.ts'
import type { Database } from './store/database.ts'
import { checkSchema, migrate, waitForDatabase } from './store/migrate.ts'
import { openDatabase, openDatabaseAsOwner } from './store/open.ts'

/** All that a mode works with, once it is open. */
export interface Service {
  readonly database: Database
  readonly embedder: Embedder
  readonly search: Search
  readonly catalogue: Catalogue
  /** Takes jobs in this process, unless the settings say that it takes none. */
  readonly startWorker: (onProgress: (job: Job) => void) => void
}

/** Where what is opened says how it is closed; closing goes in reverse. */
export interface Closing {
  push(name: string, close: (signal: AbortSignal) => Promise<unknown>): void
}

/** Opens the database and what works on it. @throws Fault */
export async function openService(config: Config, log: Log, closing: Closing): Promise<Service> {
  return makeService(await openReady(config, log, closing), config, log, closing)
}

/** What works on a database that is open and has the schema of this code. */
export function makeService(database: Database, config: Config, log: Log, closing: Closing): Service {
  const embedder = makeOllama(config.embedding)
  const embeds = config.embedding.url !== undefined
  const semantic = embeds ? { semantic: makeSemanticLeg(database, embedder) } : {}
  let worker: WakeableWorker | undefined
  const catalogue = makeCatalogue({
    database,
    ...sourcesAllowed(config),
    ...(embeds ? { model: embedder.model } : {}),
    onChange: () => worker?.wake(),
  })
  const start: Service['startWorker'] = (onProgress) => {
    worker = openWorker({ config, database, embedder, log }, closing)
    worker.onProgress(onProgress)
  }
  return { database, embedder, search: makeSearch({ database, log, ...semantic }), catalogue, startWorker: start }
}

function sourcesAllowed({ repositories, repositoryRoots, git }: Config) {
  const folders = repositories.filter((entry) => !isGitUrl(entry))
  const addresses = repositories.filter(isGitUrl).map((entry) => parseNamedGitUrl(entry).url.address)
  return { roots: [...folders, ...repositoryRoots], allowedUrls: [...addresses, ...git.allowedUrls] }
}

/** The database, once it answers and has the schema of this code. */
async function openReady(
  { database: settings, migrateAtStart }: Config,
  log: Log,
  closing: Closing,
): Promise<Database> {
  const database = await openDatabase(settings, log)
  closing.push('database', () => database.close())
  await waitForDatabase(database, log)
  if (settings.kind === 'embedded') await migrate(database, log)
  else if (migrateAtStart) await migrateAsOwner(settings, database, log)
  await checkSchema(database)
  return database
}

async function migrateAsOwner(settings: DatabaseSettings, database: Database, log: Log): Promise<void> {
  if (settings.kind === 'embedded' || settings.migrationConnectionString === undefined) {
    await migrate(database, log)
    return
  }
  const owned = await openDatabaseAsOwner(settings, log)
  try {
    await migrate(owned, log)
  } finally {
    await owned.close()
  }
}

interface WorkerSources {
  readonly config: Config
  readonly database: Database
  readonly embedder: Embedder
  readonly log: Log
}

function openWorker({ config, database, embedder, log }: WorkerSources, closing: Closing): WakeableWorker {
  const analyser = createAnalyser()
  closing.push('analyser', () => analyser.close())
  const { maxFileBytes, concurrency } = config.indexing
  const embedding = {
    runEmbed: makeEmbedRun({ database, embedder, log }),
    reconcileEmbeddings: makeEmbedReconcile(database, embedder),
  }
  const remotes = makeRemotes(config.git)
  const openTree: OpenTree = async (source, ...rest) =>
    isGitUrl(source) ? remotes.openTree(source, ...rest) : folderTree(source)
  const index = { database, analyser, openTree, log, maxFileBytes }
  const worker = startWorker({
    database,
    runIndex: (job, signal, report) => runIndex(index, job, signal, report),
    ...(config.embedding.url === undefined ? {} : embedding),
    pollRemotes: makePoll({ database, remotes, intervalMs: config.git.pollIntervalMs, log }),
    concurrency,
    log,
  })
  // What is under way goes back at once: whoever stops a process does not wait for a whole run.
  closing.push('worker', () => worker.close(AbortSignal.abort()))
  return worker
}
