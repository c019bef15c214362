import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { type Config, readConfig } from '../../service/config.ts'
import type { Job, RepositorySummary } from '../../service/indexing/contract.ts'
import { type Log, makeLog } from '../../service/log.ts'
import { openService, type Service } from '../../service/open.ts'
import type { Search } from '../../service/search/contract.ts'
import { makeSearch } from '../../service/search/search.ts'

export interface Indexed {
  readonly service: Service
  readonly files: number
  readonly chunks: number
  /** From the request to the end of the index run. */
  readonly indexMs: number
}

export type Environment = Readonly<Record<string, string>>

const POLL_MS = 100
const PATIENCE_MS = 60_000

/**
 * Opens the service without embeddings, on TEST_DATABASE_URL or a database in memory, indexes the folder, passes the
 * service to `work` and removes the repository.
 */
export async function withIndexed<Result>(
  folder: string,
  work: (indexed: Indexed) => Promise<Result>,
): Promise<Result> {
  const url = process.env.TEST_DATABASE_URL
  const opened = await openFor(folder, url === undefined ? { DATA_FOLDER: 'memory://' } : { DATABASE_URL: url })
  const { service } = opened
  try {
    const started = performance.now()
    const { repository } = await indexFolder(service, folder)
    const indexMs = performance.now() - started
    const { files = 0, chunks = 0 } = (await summaryOf(service, repository)) ?? {}
    try {
      return await work({ service, indexMs, files, chunks })
    } finally {
      if (url !== undefined) await service.catalogue.remove(repository, EVERY_REPOSITORY)
    }
  } finally {
    await opened.close()
  }
}

export interface OpenIndex {
  readonly service: Service
  /** Searches the same index by words only. */
  readonly words: Pick<Search, 'search'>
  readonly close: () => Promise<void>
}

/** Opens the index of a folder that the settings name, and brings it up to date, with all vectors if asked for. */
export async function openIndex(folder: string, environment: Environment, vectors: boolean): Promise<OpenIndex> {
  const { service, log, close } = await openFor(folder, environment)
  try {
    const { repository } = await indexFolder(service, folder)
    if (vectors) await untilEmbedded(service, repository)
    return { service, words: makeSearch({ database: service.database, log }), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Opened {
  readonly service: Service
  readonly log: Log
  readonly close: () => Promise<void>
}

async function openFor(folder: string, environment: Environment): Promise<Opened> {
  const config = configFor(folder, environment)
  const log = makeLog(config.log)
  const closers: (() => Promise<unknown>)[] = []
  const service = await openService(config, log, {
    push: (_, close) => closers.push(() => close(AbortSignal.timeout(10_000))),
  })
  const close = async () => {
    for (const each of closers.reverse()) await each()
  }
  return { service, log, close }
}

function configFor(folder: string, environment: Environment): Config {
  return readConfig({ OLLAMA_BASE_URL: 'off', LOG_LEVEL: 'warn', ...environment, REPOSITORY_ROOTS: folder })
}

async function indexFolder(service: Service, folder: string): Promise<Job> {
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  service.startWorker((job) => {
    if (job.kind !== 'index' || job.state === 'queued' || job.state === 'running') return
    if (job.state === 'succeeded' || job.state === 'partial') resolve(job)
    else reject(new Error(`${basename(folder)} could not be indexed: ${job.fault?.message ?? job.state}`))
  })
  await service.catalogue.index({ path: folder }, EVERY_REPOSITORY)
  return promise
}

async function untilEmbedded(service: Service, repository: string): Promise<void> {
  let progressAt = performance.now()
  let before = -1
  for (;;) {
    const { chunks = 0, embedded = 0 } = (await summaryOf(service, repository)) ?? {}
    if (embedded >= chunks) return
    if (embedded > before) progressAt = performance.now()
    before = embedded
    if (performance.now() - progressAt > PATIENCE_MS) {
      throw new Error(`${repository} stays at ${embedded} vectors for ${chunks} chunks`)
    }
    await sleep(POLL_MS)
  }
}

async function summaryOf({ catalogue }: Service, repository: string): Promise<RepositorySummary | undefined> {
  return (await catalogue.list(EVERY_REPOSITORY)).find(({ name }) => name === repository)
}
