import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { fakeDomain, SILENT } from '../tools/fake-domain.ts'
import { ask, startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
afterEach(() => server.stop())

const post = (body: string, path = '/v1/search') =>
  ask(server.port, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

/** Returns a search that waits until the test releases it. */
function heldSearch() {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let started = 0
  const domain = fakeDomain({
    search: {
      search: async () => {
        started += 1
        await held
        return { results: [], modes: ['lexical'], models: [], latencyMs: 1 }
      },
    },
  })
  return { context: domain.context, release, started: () => started }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}

describe('limits', () => {
  test.each(['/v1/search', '/mcp'])('a body over 1 MB to %s is answered 413', async (path) => {
    server = await startServer()
    const body = JSON.stringify({ query: 'x'.repeat(1024 * 1024) })
    expect((await post(body, path)).status).toBe(413)
  })

  test('a body of too many values is answered 413, flat or nested', async () => {
    server = await startServer()
    expect((await post(`[${'1,'.repeat(20_000)}1]`, '/mcp')).status).toBe(413)
    expect((await post(`{"query":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).status).toBe(413)
  })

  test('a request beyond the concurrency limit is answered 503 with Retry-After, except health', async () => {
    const held = heldSearch()
    server = await startServer({ context: { ...held.context, deadlineMs: 50_000 } })
    const under = Array.from({ length: 128 }, () => post('{"query":"x"}'))
    await until(() => held.started() === 128)
    const excess = await post('{"query":"x"}')
    expect([excess.status, excess.headers['retry-after']]).toEqual([503, '1'])
    expect((await ask(server.port, '/livez')).status).toBe(200)
    held.release()
    expect(new Set((await Promise.all(under)).map(({ status }) => status))).toEqual(new Set([200]))
    expect((await post('{"query":"x"}')).status).toBe(200)
  })

  test('a client that disconnects frees its slot', async () => {
    const held = heldSearch()
    server = await startServer({ context: held.context })
    const socket = connect(server.port, '127.0.0.1')
    const body = '{"query":"x"}'
    socket.write(`POST /v1/search HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    await until(() => held.started() === 1)
    socket.destroy()
    held.release()
    expect((await ask(server.port, '/livez')).status).toBe(200)
  })
})

describe('a server that closes', () => {
  test('completes the request in progress and accepts no other', async () => {
    const held = heldSearch()
    server = await startServer({ context: held.context })
    const under = post('{"query":"x"}')
    await until(() => held.started() === 1)
    const closed = server.close(new AbortController().signal)
    await delay(20)
    await expect(ask(server.port, '/livez')).rejects.toThrow(/ECONNREFUSED/)
    held.release()
    expect((await under).status).toBe(200)
    await closed
  })

  test('aborts the request in progress at the time limit', async () => {
    const held = heldSearch()
    server = await startServer({ context: held.context })
    const under = post('{"query":"x"}').catch((error: Error) => error)
    await until(() => held.started() === 1)
    const end = new AbortController()
    const closed = server.close(end.signal)
    end.abort()
    await closed
    expect(await under).toBeInstanceOf(Error)
    held.release()
  })

  test('refuses a port in use, naming it and what to set', async () => {
    server = await startServer()
    const { listen } = await import('../../../service/http/server.ts')
    await expect(listen(() => {}, { host: '127.0.0.1', port: server.port }, SILENT)).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(String(server.port)),
      remedy: expect.stringContaining(`PORT=${server.port + 1}`),
    })
  })

  test('a failure because the client disconnected is logged as cancelled, not as a failure', async () => {
    const lines: unknown[] = []
    const note = (fields: unknown, message?: unknown) => void lines.push({ ...(fields as object), message })
    const domain = fakeDomain({
      catalogue: {
        list: () => new Promise((_, reject) => setTimeout(() => reject(new Error('This operation was aborted')), 200)),
      },
    })
    server = await startServer({ context: domain.context, log: { ...SILENT, info: note, error: note } })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /v1/repositories HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await delay(50)
    socket.destroy()
    await until(() => lines.length > 0)
    expect(lines).toMatchObject([{ path: '/v1/repositories', fault: 'cancelled', message: 'request' }])
  })
})
