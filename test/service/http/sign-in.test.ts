import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signInAt, startProvider } from '../../fakes/oidc-provider.ts'
import { ask, startServer } from './running-server.ts'

const AUDIENCE = 'https://code.example.com/mcp'
const PAGE = 'http://127.0.0.1:8000/'

describe.each([
  ['a public client', {}],
  ['a client with a secret', { secret: 'a secret of forty characters, or of so many' }],
])('signing in through the page, as %s', (_, secret) => {
  let provider: Awaited<ReturnType<typeof startProvider>>
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    provider = await startProvider({ id: 'page', redirectUri: PAGE, ...secret }, AUDIENCE)
    const page = { id: 'page', scopes: ['openid', 'codebase:read'], ...secret }
    const claims = { repositoriesClaim: 'repositories', repositories: [] }
    const oidc = { issuer: provider.url, audiences: [AUDIENCE], ...claims, page }
    server = await startServer({ settings: { oidc } })
  })
  afterAll(async () => {
    await server.stop()
    await provider.stop()
  })

  const post = async (path: string, body: unknown) => {
    const { status, text } = await ask(server.port, path, { method: 'POST', body: JSON.stringify(body) })
    return { status, ...JSON.parse(text) }
  }
  const begin = () => post('/page/sign-in/begin', { return_to: PAGE })

  test('is offered by the page', async () => {
    const setup = JSON.parse((await ask(server.port, '/page/setup.json')).text)
    expect(setup).toMatchObject({ needs_token: true, issuer: provider.url, sign_in: true })
  })

  test('ends with an access token that the server accepts', async () => {
    const { url, state, verifier } = await begin()
    const query = new URL(url).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid codebase:read',
      resource: AUDIENCE,
    })
    expect(url).not.toContain(verifier)
    const address = await signInAt(url, PAGE)
    const { status, token } = await post('/page/sign-in/end', { address, state, verifier })
    expect(status).toBe(200)
    const headers = { authorization: `Bearer ${token}` }
    expect((await ask(server.port, '/v1/repositories', { headers })).status).toBe(200)
    expect((await ask(server.port, '/v1/repositories')).status).toBe(401)
  })

  test('never issues a token twice, nor for another verifier or state, and names the issuer of the answer', async () => {
    const { url, state, verifier } = await begin()
    const other = await begin()
    const address = await signInAt(url, PAGE)
    const foreign = await post('/page/sign-in/end', { address, state: other.state, verifier })
    expect(foreign).toMatchObject({ status: 401, code: 'token_invalid' })
    const stolen = await post('/page/sign-in/end', { address, state, verifier: other.verifier })
    expect(stolen).toMatchObject({
      status: 401,
      code: 'token_invalid',
      title: expect.stringContaining('invalid_grant'),
    })
  })

  test('reports the message of an issuer that refuses', async () => {
    const { state, verifier } = await begin()
    const address = `${PAGE}?error=access_denied&error_description=Ada+said+no&state=${state}&iss=${encodeURIComponent(provider.url)}`
    expect(await post('/page/sign-in/end', { address, state, verifier })).toMatchObject({
      status: 401,
      title: `The issuer ${provider.url} did not sign you in (access_denied: Ada said no)`,
    })
  })

  test.each([undefined, {}, { return_to: 'page' }, { return_to: PAGE, more: 1 }, []])(
    'refuses to start with %j',
    async (body) => {
      expect(await post('/page/sign-in/begin', body)).toMatchObject({ status: 400, code: 'request_invalid' })
    },
  )
})

test('an unreachable issuer is reported, and retried', async () => {
  const provider = await startProvider({ id: 'page', redirectUri: PAGE }, AUDIENCE)
  await provider.stop()
  const oidc = { issuer: provider.url, audiences: [AUDIENCE], repositoriesClaim: 'r', repositories: [] }
  const server = await startServer({ settings: { oidc: { ...oidc, page: { id: 'page', scopes: ['openid'] } } } })
  const body = JSON.stringify({ return_to: PAGE })
  const { status, text } = await ask(server.port, '/page/sign-in/begin', { method: 'POST', body })
  await server.stop()
  expect(status).toBe(503)
  expect(JSON.parse(text)).toMatchObject({
    code: 'issuer_unavailable',
    title: `The issuer ${provider.url} cannot be reached to sign you in (ECONNREFUSED)`,
  })
})
