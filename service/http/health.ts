import { inTime } from '../deadline.ts'
import type { EmbedderCheck } from '../embedding/embedder.ts'
import { asFault, Fault } from '../errors.ts'
import type { RepositorySummary } from '../indexing/contract.ts'
import type { ModelInUse } from '../search/contract.ts'
import { answeredWithin } from '../store/answered.ts'
import { SECOND } from '../units.ts'
import { keepFresh, makeKeptOutcome, type Outcome } from './kept-reading.ts'

const CHECK_TIMEOUT_MS = 3 * SECOND
/** How long an answer waits for a first reading. */
const PATIENCE_MS = 50
const DATABASE = { everyMs: SECOND, firstMs: PATIENCE_MS }
const EMBEDDER = { everyMs: 5 * SECOND, firstMs: PATIENCE_MS }
/** Counting takes longer, the more chunks there are. */
const INDEX = { deadlineMs: PATIENCE_MS, againMs: 0, keepMs: 5 * SECOND, share: 0.02, now: () => performance.now() }

/** Sources of the health report. */
export interface HealthSources {
  /** Checks that the database answers, accepts writes and has the current schema. @throws Fault */
  checkDatabase(): Promise<void>
  checkEmbedder(signal: AbortSignal): Promise<EmbedderCheck>
  repositories(): Promise<readonly RepositorySummary[]>
  /** Returns the embedding models in use, and how each answers questions. */
  models(): readonly ModelInUse[]
  /** Returns why jobs do not progress, if they do not. Undefined if this process runs no jobs. */
  trouble?(): Fault | undefined
}

/** Answers from background readings, so that no request waits for the database or Ollama. */
export interface Health {
  /** Makes the server not ready for the rest of its life. */
  drain(): void
  /** @throws Fault if the server should receive no requests */
  ready(): Promise<void>
  report(): Promise<{ readonly status: 'ok' | 'degraded' | 'failing'; readonly [part: string]: unknown }>
  /** Stops reading in the background. */
  close(): void
}

export function makeHealth(sources: HealthSources): Health {
  let draining = false
  const database = keepFresh(() => answeredWithin(CHECK_TIMEOUT_MS, () => sources.checkDatabase()), DATABASE)
  const embedder = keepFresh(() => inTime(CHECK_TIMEOUT_MS, (signal) => sources.checkEmbedder(signal)), EMBEDDER)
  const repositories = makeKeptOutcome(() => inTime(10 * CHECK_TIMEOUT_MS, () => sources.repositories()), INDEX)

  const checkDatabase = async () => {
    await database.latest()
    const trouble = sources.trouble?.()
    if (trouble?.code.startsWith('database_')) throw trouble
  }
  const ready = async () => {
    if (draining) throw new Fault('draining', 'The server is shutting down', 'Send the request to another replica')
    await checkDatabase().catch(unlessItAnswers)
  }
  const report = async () => {
    const [state, embedding, index] = await Promise.all([
      describe(checkDatabase, ready),
      describeEmbedder(() => embedder.latest()),
      repositories(),
    ])
    const trouble = sources.trouble?.()
    const isEmbedded = embedding.state === 'ready' || embedding.state === 'off'
    const isWell = isEmbedded && trouble === undefined && state.state === 'ready'
    const status = state.state === 'failing' ? 'failing' : isWell ? 'ok' : 'degraded'
    return {
      status,
      draining,
      database: state,
      embedder: embedding,
      ...(trouble === undefined ? {} : { jobs: { state: 'waiting', reason: `${trouble.message}. ${trouble.remedy}` } }),
      models: sources.models(),
      index: describeIndex(index),
    } as const
  }
  const close = () => {
    database.stop()
    embedder.stop()
  }
  return { drain: () => (draining = true), ready, report, close }
}

const READ_ONLY = 'database_read_only'

/** A read-only database still answers questions. All replicas share it, so none would be ready otherwise. */
function unlessItAnswers(error: unknown): void {
  if (asFault(error).code !== READ_ONLY) throw error
}

async function describe(
  checkDatabase: () => Promise<void>,
  ready: () => Promise<void>,
): Promise<{ state: 'ready' | 'read_only' | 'failing'; reason?: string }> {
  try {
    await ready()
    await checkDatabase()
    return { state: 'ready' }
  } catch (error) {
    const { code, message } = asFault(error)
    return { state: code === READ_ONLY ? 'read_only' : 'failing', reason: message }
  }
}

async function describeEmbedder(check: () => Promise<EmbedderCheck>): Promise<EmbedderCheck> {
  try {
    return await check()
  } catch (error) {
    return { state: 'unreachable', reason: asFault(error).message }
  }
}

function describeIndex(outcome: Outcome<readonly RepositorySummary[]> | undefined) {
  if (outcome === undefined) return { reason: 'The index has not been counted yet' }
  return 'error' in outcome ? { reason: asFault(outcome.error).message } : countsOf(outcome.value)
}

function countsOf(repositories: readonly RepositorySummary[]) {
  const sum = (count: (repository: RepositorySummary) => number) =>
    repositories.reduce((total, repository) => total + count(repository), 0)
  return {
    repositories: repositories.length,
    files: sum(({ files }) => files),
    chunks: sum(({ chunks }) => chunks),
    by_meaning: sum(({ byMeaning }) => byMeaning),
    embedded: sum(({ embedded }) => embedded),
    indexing: repositories.filter(({ state }) => state === 'indexing').length,
    failed: repositories.filter(({ state }) => state === 'failed').length,
  }
}
