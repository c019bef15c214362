import { afterEach, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { ask, startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
afterEach(() => server.stop())

const LOCAL = { host: '127.0.0.1' }
const NAMED = { host: '0.0.0.0', allowedHosts: ['code.example.com'], allowedOrigins: ['https://ide.example.com'] }

async function statusOf(settings: object, headers: Record<string, string>, path = '/v1/repositories') {
  server = await startServer({ settings })
  return (await ask(server.port, path, { headers })).status
}

describe('Host and Origin', () => {
  test.each([
    [LOCAL, 'localhost:8000', undefined, 200],
    [LOCAL, '127.0.0.1:8000', undefined, 200],
    [LOCAL, '[::1]:8000', undefined, 200],
    [LOCAL, 'LOCALHOST.', undefined, 200],
    [LOCAL, 'evil.example:8000', undefined, 403],
    [LOCAL, '127.0.0.1.evil.example', undefined, 403],
    [LOCAL, 'localhost@evil.example', undefined, 403],
    [LOCAL, 'localhost:8000', 'http://localhost:6274', 200],
    [LOCAL, 'localhost:8000', 'https://evil.example', 403],
    [LOCAL, 'localhost:8000', 'null', 403],
    [LOCAL, 'evil.example', 'http://evil.example', 403],
    [NAMED, 'code.example.com', undefined, 200],
    [NAMED, 'localhost:8000', undefined, 403],
    [NAMED, 'code.example.com', 'https://code.example.com', 200],
    [NAMED, 'code.example.com', 'https://ide.example.com', 200],
    [NAMED, 'code.example.com', 'http://localhost:3000', 403],
  ])('bound as %j, Host %s with Origin %s is answered %i', async (settings, host, origin, status) => {
    expect(await statusOf(settings, { host, ...(origin === undefined ? {} : { origin }) })).toBe(status)
  })

  test('are answered to a preflight of an allowed page only', async () => {
    server = await startServer({ settings: NAMED })
    const preflight = (origin: string) =>
      ask(server.port, '/mcp', {
        method: 'OPTIONS',
        headers: { host: 'code.example.com', origin, 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight('https://ide.example.com')
    expect(allowed.status).toBe(204)
    expect(allowed.headers['access-control-allow-origin']).toBe('https://ide.example.com')
    expect((await preflight('https://evil.example')).status).toBe(403)
  })
})

test.each(['/livez', '/readyz', '/health', '/metrics'])(
  '%s answers under any name, to any page, without a token',
  async (path) => {
    const settings = { tokens: parseTokens('a-token-of-sixteen') }
    expect(await statusOf(settings, { host: '10.1.2.3:8000', origin: 'https://evil.example' }, path)).toBe(200)
  },
)
