import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import type { HttpSettings } from '../../../service/config.ts'
import { MINUTE, SECOND } from '../../../service/units.ts'
import { AUDIENCE, startIssuer } from '../../fakes/oidc-issuer.ts'
import { authorizations, OPAQUE, READER, signedWithPublicKey } from './authorizations.ts'
import { ask, startServer } from './running-server.ts'

type Issuer = Awaited<ReturnType<typeof startIssuer>>
let issuer: Issuer
let server: Awaited<ReturnType<typeof startServer>>
beforeEach(async () => {
  issuer = await startIssuer()
  server = await startServer({ settings: settings() })
})
afterEach(async () => {
  vi.useRealTimers()
  await server.stop()
  await issuer.stop()
})

const settings = (): Partial<HttpSettings> => ({
  tokens: parseTokens(`${OPAQUE}\n${READER} rights=read`),
  oidc: { issuer: issuer.url, audiences: [AUDIENCE], repositoriesClaim: 'repositories', repositories: [] },
})

const list = (authorization?: string) =>
  ask(server.port, '/v1/repositories', { headers: authorization === undefined ? {} : { authorization } })
const statusWith = async (token: string) => (await list(`Bearer ${token}`)).status
describe('a call with', () => {
  test.each(authorizations(() => issuer))('%s', async (_, authorization, expected) => {
    const { status, headers } = await list(await authorization())
    const challenge = headers['www-authenticate']
    const error = /error="(\w+)"/.exec(String(challenge))?.[1]
    expect({ status, error }).toEqual(expected)
    expect(challenge === undefined).toBe(status === 200)
  })
})

describe('an issuer', () => {
  test('is only asked once a token needs it, and not for a token that no key could verify', async () => {
    expect(await statusWith(OPAQUE)).toBe(200)
    expect(await statusWith(signedWithPublicKey(issuer))).toBe(401)
    expect(issuer.requested).toEqual([])
    expect(await statusWith(await issuer.sign())).toBe(200)
    expect(await statusWith(await issuer.sign())).toBe(200)
    expect(issuer.requested).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test('may rotate its keys: new ones are read if a token names them, but not for every such token', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const old = await issuer.sign()
    expect(await statusWith(old)).toBe(200)
    await issuer.rotate()
    expect(await statusWith(await issuer.sign())).toBe(401)
    const asked = issuer.requested.length
    vi.advanceTimersByTime(11 * SECOND)
    expect(await statusWith(await issuer.sign())).toBe(200)
    expect(await statusWith(old)).toBe(401)
    expect(issuer.requested.length).toBe(asked + 2)
  })

  test('may be unreachable for less than an hour once its keys are known', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    expect(await statusWith(await issuer.sign())).toBe(200)
    issuer.fail((request) => request.destroy())
    vi.advanceTimersByTime(59 * MINUTE)
    expect(await statusWith(await issuer.sign())).toBe(200)
    vi.advanceTimersByTime(2 * MINUTE)
    expect(await statusWith(await issuer.sign())).toBe(503)
  })

  test.each<[string, Parameters<Issuer['fail']>[0]]>([
    ['ends connections', (request) => request.destroy()],
    ['answers 500', (_, response) => response.writeHead(500).end()],
    ['answers HTML', (_, response) => response.end('<html>')],
    ['answers JSON that is no discovery', (_, response) => response.end('{"keys": 1}')],
    ['redirects', (_, response) => response.writeHead(302, { location: 'https://evil.example' }).end()],
    ['calls itself otherwise', (_, response) => response.end('{"issuer": "https://a", "jwks_uri": "https://a/k"}')],
  ])('that %s makes its own tokens get 503 with Retry-After, and no others', async (_, listener) => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    issuer.fail(listener)
    const token = await issuer.sign()
    const { status, headers, text } = await list(`Bearer ${token}`)
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(JSON.parse(text)).toMatchObject({ code: 'issuer_unavailable', title: expect.stringContaining(issuer.url) })
    const asked = issuer.requested.length
    expect(await statusWith(token)).toBe(503)
    expect(issuer.requested.length).toBe(asked)
    expect(await statusWith(OPAQUE)).toBe(200)
    expect((await ask(server.port, '/metrics', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    issuer.fail(undefined)
    vi.advanceTimersByTime(2 * SECOND)
    expect(await statusWith(token)).toBe(200)
  })
})

describe('what clients learn', () => {
  const challengeOf = async (path: string, headers: Record<string, string> = {}) => {
    const accept = 'application/json, text/event-stream'
    const options = { method: 'POST', headers: { 'content-type': 'application/json', accept, ...headers } }
    const response = await fetch(`${server.url}${path}`, { ...options, body: CALL })
    return { response, ...extractWWWAuthenticateParams(response) }
  }
  const CALL = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'index_repository', arguments: { path: '/code/shop' } },
  })

  test('leads an MCP client from the refusal to the issuer', async () => {
    const { response, resourceMetadataUrl, scope } = await challengeOf('/mcp')
    expect([response.status, scope]).toEqual([401, 'codebase:read'])
    expect(resourceMetadataUrl?.href).toBe(`${server.url}/.well-known/oauth-protected-resource/mcp`)
    const metadata = await discoverOAuthProtectedResourceMetadata(`${server.url}/mcp`)
    expect(metadata).toEqual({
      resource: `${server.url}/mcp`,
      authorization_servers: [issuer.url],
      scopes_supported: ['codebase:read', 'codebase:index'],
      bearer_methods_supported: ['header'],
      resource_name: 'Codebase MCP',
    })
  })

  test('names the server by its public URL', async () => {
    const path = '/.well-known/oauth-protected-resource'
    const resourceOf = async (headers: Record<string, string>) =>
      JSON.parse((await ask(server.port, path, { headers })).text).resource
    expect(await resourceOf({ host: 'localhost', 'x-forwarded-proto': 'https' })).toBe('https://localhost')
    await server.stop()
    server = await startServer({ settings: { ...settings(), publicUrl: 'https://code.example.com' } })
    expect(await resourceOf({ host: 'localhost' })).toBe('https://code.example.com')
    const { resourceMetadataUrl } = await challengeOf('/v1/search')
    expect(resourceMetadataUrl?.href).toBe('https://code.example.com/.well-known/oauth-protected-resource')
  })

  test('includes the scopes that a call would need, before anything is done', async () => {
    const { response, scope, error } = await challengeOf('/mcp', { authorization: `Bearer ${READER}` })
    expect([response.status, error, scope]).toEqual([403, 'insufficient_scope', 'codebase:read codebase:index'])
    expect((await challengeOf('/mcp', { authorization: `Bearer ${OPAQUE}` })).response.status).toBe(200)
  })

  test.each([
    ['POST', '/v1/repositories'],
    ['DELETE', '/v1/repositories/shop'],
  ])('includes that %s %s needs the right to index', async (method, path) => {
    const body = method === 'POST' ? { body: '{"path": "/code/shop"}' } : {}
    const reply = (token: string) =>
      ask(server.port, path, { method, headers: { authorization: `Bearer ${token}` }, ...body })
    expect(await reply(READER)).toMatchObject({ status: 403, text: expect.stringContaining('right to index') })
    expect((await reply(OPAQUE)).status).toBeLessThan(300)
  })

  test('is readable by pages that may call, including the challenge', async () => {
    const headers = { origin: 'http://localhost:6274' }
    const { headers: answered } = await ask(server.port, '/v1/repositories', { headers })
    expect(answered['access-control-allow-origin']).toBe(headers.origin)
    expect(answered['access-control-expose-headers']).toBe('www-authenticate')
  })

  test('does not mention an issuer if there is none', async () => {
    await server.stop()
    server = await startServer({ settings: { tokens: parseTokens(OPAQUE) } })
    expect((await list()).headers['www-authenticate']).toBe('Bearer realm="codebase-mcp"')
    expect((await ask(server.port, '/.well-known/oauth-protected-resource')).status).toBe(404)
  })
})
