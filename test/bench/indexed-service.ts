import { basename } from 'node:path'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { readConfig } from '../../service/config.ts'
import type { Job } from '../../service/indexing/contract.ts'
import { makeLog } from '../../service/log.ts'
import { openService, type Service } from '../../service/open.ts'

export interface Indexed {
  readonly service: Service
  readonly files: number
  readonly chunks: number
  /** How long it took from asking for the index to its end. */
  readonly indexMs: number
}

/**
 * Opens the service on TEST_DATABASE_URL or a database in memory, without embeddings, indexes the folder, hands it to
 * `work` and removes it again.
 */
export async function withIndexed<Result>(
  folder: string,
  work: (indexed: Indexed) => Promise<Result>,
): Promise<Result> {
  const url = process.env.TEST_DATABASE_URL
  const config = readConfig({
    ...(url === undefined ? { DATA_FOLDER: 'memory://' } : { DATABASE_URL: url }),
    OLLAMA_BASE_URL: 'off',
    REPOSITORY_ROOTS: folder,
    LOG_LEVEL: 'warn',
  })
  const closers: (() => Promise<unknown>)[] = []
  const service = await openService(config, makeLog(config.log), {
    push: (_, close) => closers.push(() => close(AbortSignal.timeout(10_000))),
  })
  try {
    const started = performance.now()
    const job = await indexFolder(service, folder)
    const indexMs = performance.now() - started
    const name = job.repository
    const summary = (await service.catalogue.list(EVERY_REPOSITORY)).find((repository) => repository.name === name)
    try {
      return await work({ service, indexMs, files: summary?.files ?? 0, chunks: summary?.chunks ?? 0 })
    } finally {
      if (url !== undefined) await service.catalogue.remove(name, EVERY_REPOSITORY)
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function indexFolder(service: Service, folder: string): Promise<Job> {
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  service.startWorker((job) => {
    if (job.kind !== 'index' || job.state === 'queued' || job.state === 'running') return
    if (job.state === 'succeeded' || job.state === 'partial') resolve(job)
    else reject(new Error(`${basename(folder)} could not be indexed: ${job.fault?.message ?? job.state}`))
  })
  await service.catalogue.index({ path: folder }, false, EVERY_REPOSITORY)
  return promise
}
