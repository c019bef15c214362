import type { Readable, Writable } from 'node:stream'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Log } from '../../log.ts'
import { parseMessages, withIdsAsSent } from '../../tools/unusual-ids.ts'
import { SECOND } from '../../units.ts'
import type { ServerAddress } from '../announced-server.ts'
import { authorization } from '../remote.ts'
import { errorLine, messageIn, messageLines, notJson } from './messages.ts'

// A client that has closed its output may still read pending answers.
const GRACE_MS = 2 * SECOND
const SERVER_ERROR = -32000
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'

interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly uri?: string
    readonly requestId?: string | number
    readonly _meta?: Readonly<Record<string, unknown>>
  }
  readonly result?: { readonly protocolVersion?: string }
}

/** Relays messages between stdio and a running server, unchanged, until the input ends. */
export async function bridge(server: ServerAddress, input: Readable, output: Writable, log: Log): Promise<void> {
  const carrier = makeCarrier(server, output, log)
  const carrying = new Set<Promise<void>>()
  for await (const line of messageLines(input)) {
    const one = carrier.carry(line).finally(() => carrying.delete(one))
    carrying.add(one)
    // Messages after the handshake use the version that it negotiates.
    if (line.includes('"initialize"')) await one
  }
  const late = setTimeout(carrier.abandon, GRACE_MS)
  await Promise.all(carrying)
  clearTimeout(late)
}

function makeCarrier(server: ServerAddress, output: Writable, log: Log) {
  const underWay = new Map<string | number, AbortController>()
  let version: string | undefined
  const write = (text: string) => output.write(`${withIdsAsSent(text)}\n`)

  const exchange = async (line: string, message: Message, signal: AbortSignal) => {
    const headers = { ...headersFor(message, version), ...authorization(server.token) }
    for await (const text of post(server.url, line, headers, signal)) {
      if (message.method === 'initialize') version = versionIn(text) ?? version
      write(text)
    }
  }
  const carryMessage = async (line: string, message: Message) => {
    const { id } = message
    const gone = new AbortController()
    if (id !== undefined) underWay.set(id, gone)
    try {
      await exchange(line, message, gone.signal)
    } catch (error) {
      if (gone.signal.aborted) return
      log.warn({ error, url: server.url }, 'the server did not answer')
      if (id !== undefined) write(errorLine(id, SERVER_ERROR, (error as Error).message))
    } finally {
      if (id !== undefined) underWay.delete(id)
    }
  }
  const carry = async (line: string): Promise<void> => {
    const message: Message | undefined = messageIn(line)
    if (message === undefined) {
      write(notJson())
      return
    }
    if (message.method === 'notifications/cancelled') underWay.get(message.params?.requestId ?? '')?.abort()
    await carryMessage(line, message)
  }
  const abandon = () => {
    for (const one of underWay.values()) one.abort()
  }
  return { carry, abandon }
}

function headersFor({ method, params }: Message, negotiated: string | undefined): Record<string, string> {
  const own = params?._meta?.[VERSION_KEY]
  const version = typeof own === 'string' ? own : method === 'initialize' ? undefined : negotiated
  const name = params?.name ?? params?.uri
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(version === undefined ? {} : { 'mcp-protocol-version': version }),
    ...(typeof own === 'string' && method !== undefined ? { 'mcp-method': method } : {}),
    ...(typeof own === 'string' && typeof name === 'string' ? { 'mcp-name': name } : {}),
  }
}

async function* post(url: string, body: string, headers: Record<string, string>, signal: AbortSignal) {
  const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body, signal }).catch((error) => {
    throw new Error(`The server at ${url} does not answer: start it, or correct SERVER_URL`, { cause: error })
  })
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body !== null) {
    const text = response.body.pipeThrough(new TextDecoderStream())
    for await (const { data } of text.pipeThrough(new EventSourceParserStream())) yield data
    return
  }
  const text = await response.text()
  if (type === 'application/json' || type.startsWith('application/json;')) yield JSON.stringify(parseMessages(text))
  else if (!response.ok) throw new Error(refusal(url, response.status, text))
}

function refusal(url: string, status: number, text: string): string {
  const problem = messageIn(text) as { title?: string; remedy?: string } | undefined
  const reason = problem?.title === undefined ? `status ${status}` : `${problem.title}. ${problem.remedy}`
  return `The server at ${url} refuses: ${reason}`
}

function versionIn(text: string): string | undefined {
  const message: Message | undefined = messageIn(text)
  return message?.result?.protocolVersion
}
