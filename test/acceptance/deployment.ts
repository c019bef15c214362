import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { readManifest } from './manifest.ts'

const { SERVER_URL, SERVER_TOKEN, ACCEPTANCE_MANIFEST } = process.env

if (SERVER_URL === undefined || !URL.canParse(SERVER_URL)) {
  throw new Error(
    `SERVER_URL is ${SERVER_URL ?? 'missing'}: set it to the URL of a server, such as http://127.0.0.1:8000, or run \`npm run test:stack\`, which starts one`,
  )
}

/** URL of the server, without a trailing slash. */
export const url = SERVER_URL.replace(/\/$/, '')

/** Undefined if the server requires no token. */
export const token = SERVER_TOKEN

export const manifest = readManifest(ACCEPTANCE_MANIFEST ?? new URL('shop.json', import.meta.url))

export const authorization: Readonly<Record<string, string>> =
  token === undefined ? {} : { authorization: `Bearer ${token}` }

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Question {
  readonly method?: string
  /** Defaults to a header with the token, if there is one. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends a request. Unlike fetch, it can send any Host header. */
export async function ask(
  path: string,
  { method = 'GET', headers = authorization, body }: Question = {},
): Promise<Reply> {
  const options: RequestOptions = { method, headers, timeout: 30_000 }
  const send = url.startsWith('https:') ? overHttps : overHttp
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(`${url}${path}`, options, resolve)
    request.once('timeout', () => request.destroy(new Error(`${method} ${path} was not answered within 30 s`)))
    request.once('error', (cause) => {
      reject(new Error(`The server at ${url} did not answer ${method} ${path}: ${cause.message}`, { cause }))
    })
    request.end(body)
  })
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}

/** Returns the parsed body of a request that must succeed. */
export function parsed<Value>({ status, body }: Reply): Value {
  if (status >= 400) throw new Error(`The answer is ${status}: ${body}`)
  return JSON.parse(body) as Value
}

export const postJson = (path: string, value: unknown): Promise<Reply> =>
  ask(path, {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })

/** Tells whether the deployment has a model. A configured model that cannot be reached counts too. */
export async function hasModel(): Promise<boolean> {
  const { body } = await ask('/health')
  return (JSON.parse(body) as { embedder: { state: string } }).embedder.state !== 'off'
}
