import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'
import { parse } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import type { Agent } from './agents.ts'

interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number | string
  readonly method?: string
  readonly params?: unknown
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
}

/** Sends a message. Returns the answer, or undefined for a notification. */
type Send = (message: Message) => Promise<Message | undefined>

interface Entry {
  readonly command?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly http_headers?: Readonly<Record<string, string>>
}

/** What an agent has got, from the settings that are in its file. */
export interface Used {
  readonly revision: unknown
  readonly tools: number
  readonly answer: string
  /** Codes of the errors for what the server does not offer. */
  readonly refused: readonly (number | undefined)[]
}

/** Reads an agent's settings and does what that agent does, over a process or over HTTP, whichever they say. */
export async function useAs(agent: Agent, home: string, environment: Readonly<Record<string, string>>): Promise<Used> {
  const text = readFileSync(join(home, agent.file), 'utf8')
  const settings = (agent.file.endsWith('.toml') ? parseToml(text) : parse(text)) as Record<
    string,
    Record<string, Entry>
  >
  const entry = settings[agent.key]?.codebase
  if (entry === undefined) throw new Error(`${agent.file} has no entry: ${text}`)
  const url = agent.url === undefined ? undefined : (entry as Record<string, unknown>)[agent.url]
  if (typeof url === 'string') return converse(agent, overHttp(url, entry, agent))
  const { send, end } = overStdio(entry, home, environment)
  try {
    return await converse(agent, send)
  } finally {
    await end()
  }
}

async function converse({ initialize, noParams, firstId, tries = [] }: Agent, send: Send): Promise<Used> {
  let count = 0
  const nextId = () => (typeof firstId === 'number' ? firstId + count++ : `${firstId}${count++}`)
  const request = async (method: string, params: unknown) => {
    const id = nextId()
    const answer = await send({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) })
    if (answer?.id !== id) throw new Error(`${method} with id ${id} is answered by ${JSON.stringify(answer)}`)
    return answer
  }
  const begun = await request('initialize', initialize)
  await send({ jsonrpc: '2.0', method: 'notifications/initialized', ...(noParams === null && { params: null }) })
  const refused: (number | undefined)[] = []
  for (const method of tries) refused.push((await request(method, noParams)).error?.code)
  const listed = await request('tools/list', noParams)
  const query = { query: 'limit how often a client may call' }
  const called = await request('tools/call', { name: 'search_code', arguments: query })
  return {
    revision: begun.result?.protocolVersion,
    tools: (listed.result?.tools as unknown[] | undefined)?.length ?? 0,
    answer: JSON.stringify(called.result ?? called.error),
    refused,
  }
}

function overStdio(
  { command = '', args = [], env }: Entry,
  home: string,
  environment: Readonly<Record<string, string>>,
) {
  // Agents start a server from anywhere, without the variables of a shell.
  const own = { ...getDefaultEnvironment(), HOME: home, ...environment, ...env }
  const child = spawn(command, args, { cwd: home, env: own, stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const send: Send = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`)
    if (message.id === undefined) return undefined
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the server ended before it answered ${message.method}`)
      const answer = JSON.parse(value) as Message
      // What it asks or tells meanwhile is no answer.
      if (answer.method === undefined) return answer
    }
  }
  const end = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined
    child.stdin.end()
    await ended
  }
  return { send, end }
}

function overHttp(url: string, { headers, http_headers }: Entry, { initialize, opensStream }: Agent): Send {
  const named = { ...headers, ...http_headers }
  let session: Record<string, string> = {}
  return async (message) => {
    if (message.method === 'tools/list' && opensStream) await openStream(url, { ...named, ...session })
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...named,
        ...session,
      },
      body: JSON.stringify(message),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${message.method} is answered with ${response.status}: ${text}`)
    if (message.method === 'initialize') {
      const id = response.headers.get('mcp-session-id')
      // Revisions before 2025-06-18 know no such header.
      const isOld = initialize.protocolVersion < '2025-06-18'
      session = {
        ...(id !== null && { 'mcp-session-id': id }),
        ...(!isOld && { 'mcp-protocol-version': initialize.protocolVersion }),
      }
    }
    if (message.id === undefined) return undefined
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    return JSON.parse(isStream ? (/^data: (.*)$/m.exec(text)?.[1] ?? '') : text) as Message
  }
}

/** A server either streams or says that it does not, and nothing else. */
async function openStream(url: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers } })
  await response.body?.cancel()
  if (![200, 405].includes(response.status)) throw new Error(`a stream is answered with ${response.status}`)
}
