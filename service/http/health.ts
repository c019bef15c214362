import type { EmbedderCheck } from '../embedding/embedder.ts'
import { asFault, Fault } from '../errors.ts'
import type { RepositorySummary } from '../indexing/contract.ts'
import type { ModelInUse } from '../search/contract.ts'
import { SECOND } from '../units.ts'

const CHECK_TIMEOUT_MS = 2 * SECOND

/** What health is read from. */
export interface HealthSources {
  /** Whether the database answers and its schema is the code's. @throws Fault */
  checkDatabase(): Promise<void>
  checkEmbedder(signal: AbortSignal): Promise<EmbedderCheck>
  repositories(): Promise<readonly RepositorySummary[]>
  /** The embedding models that questions are answered by, and how. */
  models(): readonly ModelInUse[]
}

export interface Health {
  /** Stops being ready, for good. */
  drain(): void
  /** @throws Fault where no request should be sent here */
  ready(): Promise<void>
  report(): Promise<{ readonly status: 'ok' | 'degraded' | 'failing'; readonly [part: string]: unknown }>
}

export function makeHealth(sources: HealthSources): Health {
  let draining = false
  const ready = async () => {
    if (draining) throw new Fault('draining', 'The server is shutting down', 'Send the request to another replica')
    await inTime(sources.checkDatabase())
  }
  const report = async () => {
    const [database, embedder, index] = await Promise.all([
      describe(ready),
      describeEmbedder(sources),
      describeIndex(sources),
    ])
    const isEmbedding = embedder.state === 'ready' || embedder.state === 'off'
    const status = database.state !== 'ready' ? 'failing' : isEmbedding ? 'ok' : 'degraded'
    return { status, draining, database, embedder, models: sources.models(), index } as const
  }
  return { drain: () => (draining = true), ready, report }
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Fault('database_unavailable', 'The database does not answer', 'Look at the database')),
      CHECK_TIMEOUT_MS,
    )
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function describe(check: () => Promise<void>): Promise<{ state: string; reason?: string }> {
  try {
    await check()
    return { state: 'ready' }
  } catch (error) {
    return { state: 'failing', reason: asFault(error).message }
  }
}

async function describeEmbedder(sources: HealthSources): Promise<EmbedderCheck> {
  try {
    return await sources.checkEmbedder(AbortSignal.timeout(CHECK_TIMEOUT_MS))
  } catch (error) {
    return { state: 'unreachable', reason: asFault(error).message }
  }
}

async function describeIndex(sources: HealthSources) {
  try {
    const repositories = await inTime(sources.repositories())
    const sum = (count: (repository: RepositorySummary) => number) =>
      repositories.reduce((total, repository) => total + count(repository), 0)
    return {
      repositories: repositories.length,
      files: sum(({ files }) => files),
      chunks: sum(({ chunks }) => chunks),
      embedded: sum(({ embedded }) => embedded),
      indexing: repositories.filter(({ state }) => state === 'indexing').length,
      failed: repositories.filter(({ state }) => state === 'failed').length,
    }
  } catch (error) {
    return { reason: asFault(error).message }
  }
}
