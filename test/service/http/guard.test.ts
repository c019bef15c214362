import { afterEach, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { HOSTS_AND_ORIGINS, NAMED } from './hosts-and-origins.ts'
import { ask, askRaw, startServer } from './running-server.ts'

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

  test('are only answered in a preflight for an allowed page', async () => {
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

describe('probes and scrapes are answered without a token', () => {
  const settings = { ...NAMED, tokens: parseTokens('a-token-of-sixteen') }
  test.each<[string, string, string | undefined, number]>([
    ['/livez', 'evil.example', 'https://evil.example', 200],
    ['/readyz', 'evil.example', 'https://evil.example', 200],
    ['/health', '10.1.2.3:8000', undefined, 200],
    ['/metrics', '10.1.2.3:8000', undefined, 200],
    ['/metrics', '[fd00::12]:8000', undefined, 200],
    ['/metrics', 'localhost:8000', undefined, 200],
    ['/metrics', 'code.example.com', undefined, 200],
    ['/metrics', 'evil.example:8000', undefined, 403],
    ['/metrics', '10.1.2.3.evil.example', undefined, 403],
    ['/metrics', '10.1.2.3:8000', 'https://evil.example', 403],
    ['/health', 'evil.example', undefined, 403],
  ])('%s under %s, to a page from %s: %i', async (path, host, origin, status) => {
    expect(await statusOf(settings, { host, ...(origin === undefined ? {} : { origin }) }, path)).toBe(status)
  })
})

describe('a request that names its target twice is refused', () => {
  const START = 'GET /livez HTTP/1.1\r\nConnection: close\r\n'
  test.each([
    ['two hosts', `${START}Host: localhost\r\nHost: evil.example\r\n\r\n`, 400],
    ['the same host twice', `${START}Host: localhost\r\nHOST: localhost\r\n\r\n`, 400],
    ['two hosts, far apart', `${START}Host: localhost\r\n${'a:\r\n'.repeat(2100)}Host: evil.example\r\n\r\n`, 400],
    ['two origins', `${START}Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://localhost\r\n\r\n`, 400],
    ['two tokens', `${START}Host: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n`, 400],
    ['no host', `${START}\r\n`, 400],
    ['one host', `${START}Host: localhost\r\n\r\n`, 200],
    [
      'a target and a host that agree',
      `${START.replace('/livez', 'http://localhost/livez')}Host: localhost\r\n\r\n`,
      200,
    ],
    [
      'a target and another host',
      `${START.replace('/livez', 'http://evil.example/livez')}Host: localhost\r\n\r\n`,
      400,
    ],
    ['a name in the target', `${START.replace('/livez', 'http://a@localhost/livez')}Host: localhost\r\n\r\n`, 400],
  ])('%s', async (_, bytes, status) => {
    server = await startServer()
    expect(await askRaw(server.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })
})
