import { afterEach, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { HOSTS_AND_ORIGINS, NAMED } from './hosts-and-origins.ts'
import { ask, startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
afterEach(() => server.stop())

async function statusOf(settings: object, headers: Record<string, string>, path = '/v1/repositories') {
  server = await startServer({ settings })
  return (await ask(server.port, path, { headers })).status
}

describe('Host and Origin', () => {
  test.each(HOSTS_AND_ORIGINS)(
    'bound as %j, Host %s with Origin %s is answered %i',
    async (settings, host, origin, status) => {
      expect(await statusOf(settings, { host, ...(origin === undefined ? {} : { origin }) })).toBe(status)
    },
  )

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
