import { getEventListeners } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { headersOfMessage, LISTEN, META } from '../../fakes/mcp-messages.ts'
import { requestOf } from '../../prove/connection.ts'
import { startFixtureServer } from '../conformance/fixture-server.ts'
import { fakeDomain, SILENT } from '../tools/fake-domain.ts'
import { ask, startServer } from './running-server.ts'

/** The signal of each search. A search only ends when its signal aborts. */
let signals: AbortSignal[]
let logged: { readonly fault?: string; readonly status?: number }[]
let server: Awaited<ReturnType<typeof startServer>>
let socket: Socket

beforeEach(async () => {
  signals = []
  logged = []
  const search = (_: unknown, signal?: AbortSignal) => {
    const { promise, reject } = Promise.withResolvers<never>()
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal !== undefined) signals.push(signal)
    return promise
  }
  const { context } = fakeDomain({ search: { search } })
  const note = (fields: object, message?: string) => void (message === 'request' && logged.push(fields))
  server = await startServer({
    context: { ...context, deadlineMs: 60_000 },
    log: { ...SILENT, info: note, error: note },
  })
  socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
})
afterEach(() => server.stop())

const call = (params: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'search_code', arguments: { query: 'x' }, ...params },
})
const SEARCH = requestOf('POST', '/v1/search', { query: 'x' })
const CALLS = {
  'the API': SEARCH,
  'MCP of 2025': requestOf('POST', '/mcp', call()),
  'MCP of 2025 that takes a stream': requestOf('POST', '/mcp', call(), { accept: 'text/event-stream' }),
  'MCP of 2026': requestOf('POST', '/mcp', call({ _meta: META }), headersOfMessage('tools/call', 'search_code')),
}

async function underWay(): Promise<number> {
  const { text } = await ask(server.port, '/metrics')
  return Number(/^http_server_active_requests (\d+)$/m.exec(text)?.[1]) - 1
}

const nothingIsUnderWay = () => expect.poll(underWay, { timeout: 5000 }).toBe(0)

/** Returns how many requests were counted with a status. */
async function counted(status: number): Promise<number> {
  const { text } = await ask(server.port, '/metrics')
  const counts = text.matchAll(/^http_server_request_duration_seconds_count\{(.*)\} (\d+)$/gm)
  return [...counts].reduce((sum, [, labels, count]) => sum + (labels?.includes(`"${status}"`) ? Number(count) : 0), 0)
}

describe('a client that disconnects', () => {
  test.each([
    ['before its request', ''],
    ['within the head', SEARCH.slice(0, 40)],
  ])('%s has requested nothing', async (_, sent) => {
    socket.write(sent)
    await delay(50)
    socket.destroy()
    await nothingIsUnderWay()
    expect(signals).toHaveLength(0)
  })

  test.each(Object.entries(CALLS))('within the body of a call to %s is logged as gone', async (_, request) => {
    socket.write(request.slice(0, -3))
    await delay(100)
    socket.destroy()
    await nothingIsUnderWay()
    expect(signals).toHaveLength(0)
    await expect.poll(() => logged.find(({ fault }) => fault !== undefined)).toMatchObject({ fault: 'cancelled' })
    expect(await counted(499)).toBe(1)
  })

  test.each(Object.entries(CALLS))('during its call to %s ends the work', async (_, request) => {
    socket.write(request)
    await expect.poll(() => signals.length).toBe(1)
    socket.destroy()
    await expect.poll(() => signals[0]?.aborted, { timeout: 1000 }).toBe(true)
    await nothingIsUnderWay()
    expect(await counted(499)).toBe(1)
    for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('during an answer drops everything else that it has sent on the connection', async () => {
    socket.write(SEARCH.repeat(5))
    await expect.poll(() => signals.length).toBeGreaterThan(0)
    socket.destroy()
    await expect.poll(() => signals.every(({ aborted }) => aborted), { timeout: 1000 }).toBe(true)
    await nothingIsUnderWay()
  })

  test('while it listens to a stream frees its slot', async () => {
    await server.stop()
    server = await startFixtureServer()
    socket = connect(server.port, '127.0.0.1')
    const received: string[] = []
    socket.on('data', (data) => received.push(data.toString()))
    socket.write(LISTEN)
    await expect.poll(() => received.join('')).toContain('subscriptions/acknowledged')
    expect(await underWay()).toBe(1)
    socket.destroy()
    await nothingIsUnderWay()
  })

  test('leaks nothing, however many do', async () => {
    for (let round = 0; round < 4; round++) {
      const sockets = Array.from({ length: 100 }, (_, at) => {
        const each = connect(server.port, '127.0.0.1')
        each.on('error', () => {})
        const request = [...Object.values(CALLS), LISTEN][at % 5] ?? ''
        each.write(at % 3 === 0 ? request.slice(0, -at) : request)
        return each
      })
      await delay(200)
      for (const each of sockets) each.destroy()
      await nothingIsUnderWay()
    }
    expect(signals.length).toBeGreaterThan(100)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    expect((await ask(server.port, '/v1/repositories')).status).toBe(200)
  })
})
