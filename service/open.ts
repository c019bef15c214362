import { type BackgroundWorker, startInBackground } from './background/background-worker.ts'
import type { WorkerConfig } from './background/open-worker.ts'
import type { Config } from './config.ts'
import type { DatabaseSettings } from './database-settings.ts'
import type { Embedder, EmbeddingRequest } from './embedding/embedder.ts'
import { makeOllama } from './embedding/ollama.ts'
import { loadOwnModel, type OwnModel } from './embedding/own-model.ts'
import { Fault } from './errors.ts'
import { isGitUrl, parseNamedGitUrl } from './git-url.ts'
import { makeCatalogue } from './indexing/catalogue.ts'
import type { Catalogue, Job } from './indexing/contract.ts'
import { gitUser } from './indexing/files/git-config.ts'
import { withKeptList } from './indexing/kept-list.ts'
import type { Log } from './log.ts'
import { tellOfScarcity } from './memory.ts'
import { refuseFewAddresses } from './process-limits.ts'
import type { Search, SearchEngine } from './search/contract.ts'
import { makeSearch } from './search/search.ts'
import { makeSemanticLeg } from './search/semantic/leg.ts'
import type { Database } from './store/database.ts'
import { checkSchema, migrate, waitForDatabase } from './store/migrate.ts'
import { openDatabase, openDatabaseAsOwner } from './store/open.ts'
import { Questions } from './threads/right-of-way.ts'

/** Everything that a command works with, once it is open. */
export interface Service {
  readonly database: Database
  readonly embedder: Embedder
  readonly search: SearchEngine
  readonly catalogue: Catalogue
  /** Returns the same catalogue on other connections. */
  readonly catalogueOn: (database: Database) => Catalogue
  /** Returns why jobs of this process do not progress, if they do not. */
  readonly trouble: () => Fault | undefined
  /** Starts a worker in this process, unless the settings turn it off. */
  readonly startWorker: (onProgress: (job: Job) => void) => void
}

/** Registers how to close what was opened. Closing runs in reverse order. */
export interface Closing {
  push(name: string, close: (signal: AbortSignal) => Promise<unknown>): void
}

/** Opens the database and the service on it. @throws Fault */
export async function openService(config: Config, log: Log, closing: Closing): Promise<Service> {
  refuseFewAddresses()
  return makeService(await openReady(config, log, closing), config, log, closing)
}

/** Creates the service on an open database with the current schema. Its worker gives way to `questions`. */
export function makeService(
  database: Database,
  config: Config,
  log: Log,
  closing: Closing,
  questions = new Questions(),
): Service {
  const embedder = makeOllama(config.embedding)
  const own = openOwnModel(log)
  let worker: BackgroundWorker | undefined
  const catalogueOn = (other: Database) =>
    makeCatalogue({
      database: other,
      ...sourcesAllowed(config),
      user: gitUser(config.indexing.gitPlaces),
      ...modelsShown(config, own, embedder),
      onChange: () => worker?.wake(),
    })
  const kept = withKeptList(catalogueOn(database))
  const catalogue: Catalogue = { ...kept, list: (scope) => questions.during(() => kept.list(scope)) }
  const listeners: ((request: EmbeddingRequest) => void)[] = []
  const startWorker: Service['startWorker'] = (onJob) => {
    if (config.indexing.concurrency === 0) return
    tellOfScarcity(log, config.database.kind)
    const started = startInBackground({
      config: workerConfig(config),
      database,
      hasOwnModel: own.ownModel !== undefined,
      questions,
      log,
      onJob: inOrder((job) => kept.jobChanged(job), onJob),
      onRequest: (request) => {
        for (const tell of listeners) tell(request)
      },
    })
    closing.push('worker', (signal) => started.close(signal))
    worker = started
  }
  const engine = makeSearch({ database, log, ...openSemanticLeg(database, config, embedder, own) })
  const search = { ...engine, ...countedSearch(engine, questions) }
  closing.push('search', () => search.close())
  return {
    database,
    embedder: {
      ...embedder,
      onRequest: (listener) => {
        embedder.onRequest(listener)
        listeners.push(listener)
      },
    },
    search,
    catalogue,
    catalogueOn,
    trouble: () => worker?.trouble(),
    startWorker,
  }
}

/** Tells of jobs in their order, and of each one once the list of repositories shows its result. */
function inOrder(listed: (job: Job) => Promise<void>, tell: (job: Job) => void): (job: Job) => void {
  let told: Promise<unknown> = Promise.resolve()
  return (job) => {
    told = Promise.allSettled([told, listed(job)])
    void told.then(() => tell(job))
  }
}

function countedSearch(engine: Search, { during }: Questions): Search {
  return {
    search: (...request) => during(() => engine.search(...request)),
    grep: (...request) => during(() => engine.grep(...request)),
    read: (request) => during(() => engine.read(request)),
    outline: (request) => during(() => engine.outline(request)),
    symbols: (request) => during(() => engine.symbols(request)),
    files: (request) => during(() => engine.files(request)),
  }
}

// Only what the worker needs, and nothing that cannot be transferred to a thread.
function workerConfig({ database, embedding, indexing, git, log }: Config): WorkerConfig {
  return { database, embedding, indexing, git, log }
}

interface Own {
  readonly ownModel?: OwnModel
}

/** Loads the package's model. Without it, search continues by words and Ollama. */
function openOwnModel(log: Log): Own {
  try {
    return { ownModel: loadOwnModel() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.error({ code: error.code, remedy: error.remedy }, error.message)
    return {}
  }
}

/** Returns the models in use. `model` is the one for which the index should have all vectors. */
function modelsShown({ embedding }: Config, { ownModel }: Own, embedder: Embedder) {
  const own = ownModel === undefined ? {} : { model: ownModel.name, ownModel: ownModel.name }
  return embedding.url === undefined ? own : { ...own, model: embedder.model }
}

function openSemanticLeg(database: Database, { embedding }: Config, embedder: Embedder, own: Own) {
  if (embedding.url === undefined && own.ownModel === undefined) return {}
  const ollama =
    embedding.url === undefined
      ? {}
      : { embedder, embedderFor: memoised((model: string) => makeOllama({ ...embedding, model })) }
  return { semantic: makeSemanticLeg({ database, memoryBytes: embedding.memoryBytes, ...own, ...ollama }) }
}

function memoised<Value>(make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

function sourcesAllowed({ repositories, repositoryRoots, git }: Config) {
  const folders = repositories.filter((entry) => !isGitUrl(entry))
  const addresses = repositories.filter(isGitUrl).map((entry) => parseNamedGitUrl(entry).url.address)
  return { roots: [...folders, ...repositoryRoots], allowedUrls: [...addresses, ...git.allowedUrls] }
}

/** Opens the database once it answers and has the current schema. */
async function openReady(
  { database: settings, migrateAtStart }: Config,
  log: Log,
  closing: Closing,
): Promise<Database> {
  const database = await openDatabase(settings, log)
  closing.push('database', () => database.close())
  await waitForDatabase(database, log)
  if (settings.kind === 'embedded') await migrate(database, log)
  else if (migrateAtStart) await migrateAsOwner(settings, log)
  await checkSchema(database)
  return database
}

async function migrateAsOwner(settings: DatabaseSettings, log: Log): Promise<void> {
  const owned = await openDatabaseAsOwner(settings, log)
  try {
    await migrate(owned, log)
  } finally {
    await owned.close()
  }
}
