import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hashedVector } from '../fakes/hashed-vector.ts'
import { type FakeOllama, startFakeOllama } from '../fakes/ollama.ts'
import { EMBED_FAULTS, type EmbedFault } from '../fakes/ollama-faults.ts'
import { type Agent, makeAgent, placesIn } from './agent.ts'
import { write, writeCorpus } from './corpus.ts'
import { embedded, indexed, missingVectors } from './index-state.ts'
import { once } from './postgres.ts'
import { type Context, defineRow } from './row.ts'

const QUESTIONS = 10
const FILES = 40
const RECOVERY_MS = 120_000
const GIVING_UP_MS = 10_000
const POLL_MS = 50
const SAME = 0.99

/** One fault of each kind: of the connection, the status, the body, the vectors, and time. */
const IN_SHORT: readonly Fault[] = ['refusing', 'status_500', 'cut_json', 'other_dimension', 'held']
type Fault = EmbedFault | 'refusing'

/** F5: whatever Ollama does, questions are answered, nothing wrong is stored, and chunks are embedded later. */
export const ollamaFaults = defineRow({
  row: 'F5',
  about:
    'Ollama fails in 27 ways while a file is indexed and questions are asked: refuses, resets, hangs, drips, answers 4xx, 5xx, HTML, cut JSON, other dimensions, NaN, too few vectors …',
  goal: 'each question answered within 300 ms, by words and the model in the package or as degraded; 0 bad vectors; embedding resumes without intervention within 30 s; 0 chunks lost',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    const { ollama, folder, agent, url, databaseUrl } = await prepared(context)
    const faults: readonly Fault[] = form === 'short' ? IN_SHORT : [...EMBED_FAULTS, 'refusing']
    const counts = { faults: faults.length, questions: 0, wrongAnswers: 0, slowestAnswerMs: 0, chunksLost: 0 }
    let slowestRecoveryMs = 0
    for (const fault of faults) {
      await begin(ollama, fault)
      const name = `reconcile${fault.replaceAll('_', '')}Ledger`
      write(folder, `src/${fault}.ts`, `export function ${name}(entries: string[]) {\n  return entries.sort()\n}\n`)
      const state = await indexed(url, folder)
      for (let at = 0; at < QUESTIONS; at++) {
        const { ms, isRight } = await asked(agent, `${name} ${at}`, `src/${fault}.ts`)
        counts.questions++
        counts.wrongAnswers += isRight && state === 'succeeded' ? 0 : 1
        counts.slowestAnswerMs = Math.max(counts.slowestAnswerMs, ms)
      }
      await untilGivenUp(databaseUrl)
      await end(ollama, fault)
      const { tookMs, lost } = await recovery(databaseUrl)
      slowestRecoveryMs = Math.max(slowestRecoveryMs, tookMs)
      counts.chunksLost += lost
      process.stderr.write(`    ${fault}: complete again after ${Math.round(tookMs)} ms\n`)
    }
    return { ...counts, slowestRecoveryMs, ...(await storedVectors(databaseUrl, ollama)) }
  },
  holds: ({ wrongAnswers, slowestAnswerMs, slowestRecoveryMs, chunksLost, badVectors, vectors }, form) =>
    vectors > 0 &&
    wrongAnswers + chunksLost + badVectors === 0 &&
    (form === 'short' || (slowestAnswerMs <= 300 && slowestRecoveryMs <= 30_000)),
})

async function prepared(context: Context) {
  const postgres = await context.postgres({ fsync: 'off' })
  const ollama = await startFakeOllama()
  context.after(() => ollama.stop())
  const folder = join(context.folder(), 'code')
  writeCorpus(folder, { files: FILES, functions: 2 })
  const databaseUrl = await postgres.database('codebase')
  const settings = { DATABASE_URL: databaseUrl, OLLAMA_BASE_URL: ollama.url, LOG_LEVEL: 'error' }
  const { url } = await context.server({ folders: [folder], settings })
  await embedded(url, databaseUrl)
  const agent = makeAgent(url)
  context.after(() => agent.close())
  // The server is still loading vectors during the first questions.
  for (let at = 0; at < QUESTIONS; at++) await agent.call('search_code', { query: `warm up ${at}` })
  return { ollama, folder, agent, url, databaseUrl }
}

async function begin(ollama: FakeOllama, fault: Fault): Promise<void> {
  if (fault === 'refusing') await ollama.stop()
  else ollama.fault = fault
}

async function end(ollama: FakeOllama, fault: Fault): Promise<void> {
  ollama.fault = undefined
  // A dripping answer continues until its connection ends.
  if (fault === 'dripping') await ollama.stop()
  if (fault === 'dripping' || fault === 'refusing') await ollama.start()
  ollama.release()
}

async function asked(agent: Agent, query: string, path: string): Promise<{ ms: number; isRight: boolean }> {
  const answer = await agent.call('search_code', { query })
  const { models, degraded } = answer.content as { models: string[]; degraded?: string }
  const isTold = degraded !== undefined || models.some((model) => model.startsWith('static-'))
  return { ms: answer.ms, isRight: isTold && placesIn(answer)[0]?.path === path }
}

/** Waits until the embed job has met the fault and ended. If Ollama hangs, the job does not end in this time. */
async function untilGivenUp(databaseUrl: string): Promise<void> {
  const deadline = performance.now() + GIVING_UP_MS
  while (performance.now() < deadline) {
    const open = await once(databaseUrl, `select from job where kind = 'embed' and state in ('queued', 'running')`)
    if (open.length === 0) return
    await delay(POLL_MS)
  }
}

/**
 * Waits until all chunks have their vectors. Returns the time and the number of chunks still without one at the time
 * limit.
 */
async function recovery(databaseUrl: string): Promise<{ tookMs: number; lost: number }> {
  const startedAt = performance.now()
  for (;;) {
    const lost = await missingVectors(databaseUrl)
    const tookMs = performance.now() - startedAt
    if (lost === 0 || tookMs > RECOVERY_MS) return { tookMs, lost }
    await delay(POLL_MS)
  }
}

/** Returns the number of stored vectors, and of those that are not the vector of their text. */
async function storedVectors(databaseUrl: string, { embedded: texts, dimensions }: FakeOllama) {
  const right = new Map(texts.map((text) => [hashOf(text), hashedVector(text, dimensions)]))
  const stored = await once<{ hash: string; vector: string }>(
    databaseUrl,
    `select encode(hash, 'hex') as hash, vector::text from embedding join model on model.id = model_id
     where name like '%:%'`,
  )
  const isBad = ({ hash, vector }: { hash: string; vector: string }) => {
    const expected = right.get(hash)
    const found = JSON.parse(vector) as number[]
    if (expected === undefined || found.length !== expected.length) return true
    return found.reduce((sum, value, at) => sum + value * (expected[at] ?? 0), 0) < SAME
  }
  return { vectors: stored.length, badVectors: stored.filter(isBad).length }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
