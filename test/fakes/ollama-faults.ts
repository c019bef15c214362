import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { hashedVector } from './hashed-vector.ts'

type Vectors = number[][]

const json = (response: ServerResponse, text: string) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(text)
const vectorsAs = (change: (vectors: Vectors) => Vectors) => (response: ServerResponse, vectors: Vectors) =>
  sendJson(response, 200, { model: 'all-minilm', embeddings: change(vectors) })
const error = (status: number, words: string) => (response: ServerResponse) =>
  sendJson(response, status, { error: words })

/** Ways in which an embedding request can fail. All but `dripping` fail quickly. */
const FAULTS = {
  dripping: drip,
  reset: (response: ServerResponse) => response.socket?.resetAndDestroy(),
  status_500: error(500, 'llama runner process has terminated'),
  status_503: error(503, 'server busy, please try again'),
  status_400: error(400, 'invalid input type'),
  error_in_200: error(200, 'model is being loaded'),
  cut_json: (response: ServerResponse, vectors: Vectors) =>
    json(response, JSON.stringify({ embeddings: vectors }).slice(0, -20)),
  nan: (response: ServerResponse, vectors: Vectors) =>
    json(response, JSON.stringify({ embeddings: vectors }).replace(/0(\.\d+)?/, 'NaN')),
  null: (response: ServerResponse, vectors: Vectors) =>
    json(response, JSON.stringify({ embeddings: vectors }).replace(/0(\.\d+)?/, 'null')),
  infinite: (response: ServerResponse, vectors: Vectors) =>
    json(response, JSON.stringify({ embeddings: vectors }).replace(/0(\.\d+)?/, '1e999')),
  html: (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>'),
  no_vectors: (response: ServerResponse) => sendJson(response, 200, { model: 'all-minilm' }),
  mixed_dimensions: vectorsAs((vectors) =>
    vectors.map((vector, at) => (at === 0 && vectors.length > 1 ? vector : vector.slice(1))),
  ),
  zero: vectorsAs((vectors) => vectors.map((vector) => vector.map(() => 0))),
  short_batch: vectorsAs((vectors) => vectors.slice(1)),
  long_batch: vectorsAs((vectors) => [...vectors, ...vectors]),
  other_dimension: vectorsAs((vectors) => vectors.map((vector) => [...vector, 1])),
  empty_vectors: vectorsAs((vectors) => vectors.map(() => [])),
  texts: (response: ServerResponse, vectors: Vectors) =>
    json(response, JSON.stringify({ embeddings: vectors.map((vector) => vector.map(String)) })),
  empty_body: (response: ServerResponse) => json(response, ''),
  status_404: error(404, 'model "all-minilm" not found, try pulling it first'),
  status_429: error(429, 'too many requests'),
  redirect: (response: ServerResponse) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  garbled: (response: ServerResponse) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end('{"embeddings"'),
  cut_body: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"embeddings": [[', () => response.destroy())
  },
} as const satisfies Record<string, (response: ServerResponse, vectors: Vectors) => unknown>

/** `held` keeps the request open until it is released. */
export type EmbedFault = keyof typeof FAULTS | 'held'

export const EMBED_FAULTS: readonly EmbedFault[] = [...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]), 'held']

export async function failWith(
  fault: keyof typeof FAULTS,
  response: ServerResponse,
  input: readonly string[],
  dimensions: number,
): Promise<void> {
  await FAULTS[fault](
    response,
    input.map((text) => hashedVector(text, dimensions)),
  )
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  while (!response.closed) {
    response.write(' ')
    await delay(20)
  }
}
