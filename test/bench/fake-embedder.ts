import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { optionsOf } from './arguments.ts'
import { makeVectorText } from './hybrid/vector-text.ts'

/** The work of the embedder so far. Times are in milliseconds since the epoch. */
export interface EmbedderWork {
  /** Number of texts from documents; `questions` counts the others. */
  readonly documents: number
  readonly questions: number
  /** When the first document arrived; `lastAt` is when all work so far was done. */
  readonly firstAt?: number
  readonly lastAt?: number
  /** Time without work between the two. */
  readonly idleMs: number
}

/** Reads a clock that all processes share. */
const wallClock = () => performance.timeOrigin + performance.now()

const MODEL = 'all-minilm:latest'
const DIMENSIONS = 384

/**
 * Serves the embedding API of Ollama until stopped, with unit vectors made from hashes of the texts. Answers at once
 * or, with `--speed N`, at N texts a second. Prints its address. `GET /work` returns its work so far.
 */
export async function fakeEmbedder(options: readonly string[]): Promise<number> {
  const { speed } = optionsOf(options, { speed: '0' })
  const embedder = makeEmbedder(Number(speed))
  const server = createServer((request, response) => {
    embedder.answer(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  return new Promise(() => {})
}

function makeEmbedder(textsASecond: number) {
  const vectorText = makeVectorText(DIMENSIONS)
  let work: EmbedderWork = { documents: 0, questions: 0, idleMs: 0 }

  /** Records the work and returns when a machine of fixed speed would have done it. */
  const taken = (texts: readonly string[]): number => {
    const now = wallClock()
    const isQuestion = texts.length === 1 && !texts[0]?.includes('\n')
    const { firstAt = isQuestion ? undefined : now, lastAt = now } = work
    const idleMs = firstAt === undefined ? 0 : work.idleMs + Math.max(0, now - Math.max(lastAt, firstAt))
    const end = Math.max(now, lastAt) + (textsASecond > 0 ? (texts.length * 1000) / textsASecond : 0)
    const counted = isQuestion
      ? { documents: work.documents, questions: work.questions + 1 }
      : { documents: work.documents + texts.length, questions: work.questions }
    work = { ...counted, ...(firstAt === undefined ? {} : { firstAt }), lastAt: end, idleMs }
    return end
  }

  const embed = async ({ input }: { readonly input: string | readonly string[] }, response: ServerResponse) => {
    const texts = typeof input === 'string' ? [input] : input
    const end = taken(texts)
    const body = `{"model":"${MODEL}","embeddings":[${texts.map(vectorText).join(',')}]}`
    if (textsASecond > 0) await sleep(end - wallClock())
    sendText(response, body)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    if (request.url === '/api/embed') await embed(JSON.parse(body), response)
    else if (request.url === '/api/version') sendText(response, '{"version":"0.17.4"}')
    else if (request.url === '/api/tags') sendText(response, `{"models":[{"name":"${MODEL}"}]}`)
    else if (request.url === '/api/show') sendText(response, JSON.stringify(DETAILS))
    else if (request.url === '/work') sendText(response, JSON.stringify(work))
    else response.writeHead(404).end()
  }
  return { answer }
}

const DETAILS = {
  capabilities: ['embedding'],
  model_info: { 'bert.context_length': 512, 'bert.embedding_length': DIMENSIONS },
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

function sendText(response: ServerResponse, json: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(json)
}
