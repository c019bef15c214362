import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbedderWork } from '../fake-embedder.ts'
import type { Answer, Client } from './client.ts'
import type { FakeEmbedder } from './embedder.ts'
import { type Polls, type Seen, startPolls } from './polls.ts'
import { type Server, startServer } from './server.ts'

/** Times are in milliseconds since the command. */
export interface FromNothing {
  readonly listeningMs: number
  readonly firsts: Firsts
  readonly indexedMs: number
  readonly embeddedMs?: number
  readonly files: number
  readonly chunks: number
  /** Number of texts that the embedder received. A long chunk is sent in pieces. */
  readonly texts?: number
  /** Chunks embedded per second, from the first document to the last stored vector. */
  readonly vectorsASecond?: number
  /** Share of the time that the embedder was idle, from the first document to the last. */
  readonly idleShare?: number
  /** What callers saw while the server embedded or, without an embedder, while it indexed. */
  readonly seen: Seen
  readonly memory: ReturnType<Server['memory']>
}

/** When the first answer of each kind came. */
export interface Firsts {
  readonly answerMs?: number
  /** By words and by the vectors of any model. */
  readonly hybridMs?: number
  /** By the vectors of Ollama's model too; `completeMs` is the first of these answers that is not degraded. */
  readonly servedMs?: number
  readonly completeMs?: number
}

export interface Started {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  readonly embedder?: FakeEmbedder
  readonly questions: readonly string[]
}

const ANSWER_PAUSE_MS = 20
const SETTLE_MS = 3000
/** How long to wait for a complete answer after all vectors are stored. */
const LAST_ANSWER_MS = 60_000
const MODEL = 'all-minilm'

/** Starts a server on an empty database and follows it until everything is indexed and embedded. Leaves it running. */
export async function fromNothing(started: Started): Promise<{ server: Server; figures: FromNothing }> {
  const server = await startServer(started.folder, started.settings)
  const polls = startPolls(server.client, started.questions)
  try {
    return { server, figures: await follow(server, polls, started) }
  } catch (error) {
    await Promise.all([server.stop(), polls.end(0, 0)])
    throw error
  }
}

async function follow(server: Server, polls: Polls, { embedder, questions }: Started): Promise<FromNothing> {
  const stop = new AbortController()
  const firsts = firstAnswers(server, questions[0] ?? '', stop.signal)
  const indexedAt = await server.logged('Indexed a repository')
  // Without Ollama there may be no model at all, so there is nothing more to wait for.
  const patience = embedder === undefined ? [sleep(SETTLE_MS, undefined)] : []
  const embeddedAt = await Promise.race([polls.embedded, server.failed, ...patience])
  const work = await embedder?.work()
  const from = work?.firstAt === undefined ? server.startedAt : work.firstAt - performance.timeOrigin
  const seen = await polls.end(from, embeddedAt ?? indexedAt)
  await sleep(SETTLE_MS)
  const timer = setTimeout(() => stop.abort(), embedder === undefined ? 0 : LAST_ANSWER_MS)
  const { value } = await server.client.repositories()
  const chunks = value.reduce((sum, each) => sum + each.chunks, 0)
  const figures = {
    listeningMs: server.listeningMs,
    firsts: await firsts,
    indexedMs: indexedAt - server.startedAt,
    ...(embeddedAt === undefined ? {} : { embeddedMs: embeddedAt - server.startedAt }),
    files: value.reduce((sum, { files }) => sum + files, 0),
    chunks,
    seen,
    memory: server.memory(),
    ...(work === undefined || embeddedAt === undefined ? {} : embedding(work, (1000 * chunks) / (embeddedAt - from))),
  }
  clearTimeout(timer)
  return figures
}

function embedding({ documents, firstAt = 0, lastAt = 0, idleMs }: EmbedderWork, vectorsASecond: number) {
  return { texts: documents, vectorsASecond, idleShare: idleMs / (lastAt - firstAt) }
}

/** Waits for the first answer of each kind, one kind after the other, until the signal aborts or the server ends. */
export async function firstAnswers(server: Server, question: string, signal?: AbortSignal): Promise<Firsts> {
  const ended = new AbortController()
  server.failed.catch(() => ended.abort())
  const either = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal])
  const hybrid = ({ modes }: Answer) => modes.includes('semantic')
  const served = (answer: Answer) => hybrid(answer) && (answer.models?.some((model) => model.includes(MODEL)) ?? true)
  const kinds: Readonly<Record<keyof Firsts, (answer: Answer) => boolean>> = {
    answerMs: () => true,
    hybridMs: hybrid,
    servedMs: served,
    completeMs: (answer) => served(answer) && answer.degraded === undefined,
  }
  const firsts: { -readonly [Kind in keyof Firsts]: Firsts[Kind] } = {}
  for (const [kind, fits] of Object.entries(kinds) as [keyof Firsts, (answer: Answer) => boolean][]) {
    if (await isAnswered(server.client, question, fits, either)) firsts[kind] = performance.now() - server.startedAt
  }
  return firsts
}

async function isAnswered(client: Client, question: string, fits: (answer: Answer) => boolean, signal: AbortSignal) {
  while (!signal.aborted) {
    const answer = await client.search(question).catch(() => undefined)
    if (answer !== undefined && answer.value.results.length > 0 && fits(answer.value)) return true
    await sleep(ANSWER_PAUSE_MS)
  }
  return false
}
