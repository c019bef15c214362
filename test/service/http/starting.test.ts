import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { type HttpServer, listen } from '../../../service/http/server.ts'
import { startingApp } from '../../../service/http/starting.ts'
import { SILENT } from '../tools/fake-domain.ts'
import { ask } from './running-server.ts'

const settings = { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [], tokens: [] }
const doing = 'it is creating its database'

describe('a server that is starting', () => {
  let server: HttpServer
  let finish: (listener: RequestListener) => void
  const start = async () => {
    const { promise: ready, resolve } = Promise.withResolvers<RequestListener>()
    finish = resolve
    server = await listen(
      startingApp({ settings, doing, clientSettings: () => [], ready, log: SILENT }),
      settings,
      SILENT,
    )
    return server.port
  }
  afterEach(() => server.close(AbortSignal.abort()))

  test('serves its page, and is live but not ready', async () => {
    const port = await start()
    expect((await ask(port, '/')).text).toContain('<title>Codebase MCP</title>')
    expect((await ask(port, '/page/main.js')).status).toBe(200)
    expect((await ask(port, '/livez')).status).toBe(200)
    expect((await ask(port, '/readyz')).status).toBe(503)
    const health = await ask(port, '/health')
    expect([health.status, JSON.parse(health.text)]).toMatchObject([
      503,
      { status: 'starting', database: { state: 'starting', reason: `The server is starting: ${doing}` } },
    ])
  })

  test('tells callers that ask for code what it is doing, and when to retry', async () => {
    const port = await start()
    for (const [method, path] of [
      ['POST', '/v1/search'],
      ['GET', '/v1/repositories'],
      ['GET', '/metrics'],
    ] as const) {
      const { status, headers, text } = await ask(port, path, { method })
      expect([status, headers['retry-after']]).toEqual([503, '1'])
      expect(JSON.parse(text)).toMatchObject({ code: 'starting', title: `The server is starting: ${doing}` })
    }
  })

  test('keeps an agent waiting, and answers once it has started', async () => {
    const port = await start()
    const asked = ask(port, '/mcp', { method: 'POST', body: '{}' })
    finish((_, response) => response.end('started'))
    expect((await asked).text).toBe('started')
  })

  test('tells nothing to foreign pages and under foreign names', async () => {
    const port = await start()
    expect((await ask(port, '/v1/jobs', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask(port, '/', { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  })
})
