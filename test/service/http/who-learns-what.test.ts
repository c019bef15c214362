import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { fakeDomain, makeSummary } from '../tools/fake-domain.ts'
import { askRaw, startServer } from './running-server.ts'

const OWN = 'shop'
const FOREIGN = 'vault'
const TOKEN = 'a-token-for-the-shop'
const SECRET = 'secret-of-the-webhook'
const HOST = 'code.example.com'

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  const all = [OWN, FOREIGN].map((name) => makeSummary(name))
  const { context } = fakeDomain({ catalogue: { list: async (scope) => all.filter(({ name }) => scope.allows(name)) } })
  const oidc = { issuer: 'https://login.example', audiences: ['code'], repositoriesClaim: 'r', repositories: [] }
  server = await startServer({
    context,
    settings: {
      host: '0.0.0.0',
      allowedHosts: [HOST],
      tokens: parseTokens(`${TOKEN} ${OWN}`),
      webhookSecret: SECRET,
      oidc,
    },
  })
})
afterAll(() => server.stop())

const AUTHORIZATION = { 'no token': [], 'a wrong token': ['wrong-token-of-sixteen'], 'a scoped token': [TOKEN] }
const HOSTS = {
  'its host': [HOST],
  'an address': ['10.1.2.3:8000'],
  'a foreign host': ['evil.example'],
  'two hosts': [HOST, HOST],
}
type Caller = keyof typeof AUTHORIZATION
type Called = keyof typeof HOSTS

const CALLERS = Object.keys(AUTHORIZATION) as Caller[]
const CALLED = Object.keys(HOSTS) as Called[]

interface Row {
  readonly body?: object
  /** Status for callers who are let in. */
  readonly status: number
  readonly for: 'whoever has a token' | 'whoever knows the name' | 'whoever knows the address' | 'everybody'
}

const PUSH = { ref: 'refs/heads/main', repository: { clone_url: 'https://git.example/shop.git' } }
const ROWS: Record<string, Row> = {
  'POST /mcp': { body: { jsonrpc: '2.0', id: 1, method: 'ping' }, status: 200, for: 'whoever has a token' },
  'POST /v1/search': { body: { query: 'cart' }, status: 200, for: 'whoever has a token' },
  'POST /v1/grep': { body: { pattern: 'cart' }, status: 200, for: 'whoever has a token' },
  'POST /v1/read': { body: { repository: OWN, path: 'src/cart.ts' }, status: 200, for: 'whoever has a token' },
  'POST /v1/symbols': { body: { name: 'cart' }, status: 200, for: 'whoever has a token' },
  'POST /v1/files': { body: {}, status: 200, for: 'whoever has a token' },
  'GET /v1/repositories': { status: 200, for: 'whoever has a token' },
  'POST /v1/repositories': { body: { path: '/code/shop' }, status: 202, for: 'whoever has a token' },
  'GET /v1/repositories/{name}/left-out': { status: 200, for: 'whoever has a token' },
  'GET /v1/repositories/{name}/left-out/{after}': { status: 200, for: 'whoever has a token' },
  'DELETE /v1/repositories/{name}': { status: 204, for: 'whoever has a token' },
  'GET /v1/sources': { status: 200, for: 'whoever has a token' },
  'GET /v1/jobs': { status: 200, for: 'whoever has a token' },
  'GET /v1/jobs/{id}': { status: 404, for: 'whoever has a token' },
  'POST /v1/webhooks/git': { body: PUSH, status: 401, for: 'whoever knows the name' },
  'GET /.well-known/oauth-protected-resource': { status: 200, for: 'whoever knows the name' },
  'GET /.well-known/oauth-protected-resource/mcp': { status: 200, for: 'whoever knows the name' },
  'GET /openapi.json': { status: 200, for: 'whoever knows the name' },
  'GET /': { status: 200, for: 'whoever knows the name' },
  'GET /page/setup.json': { status: 200, for: 'whoever knows the name' },
  'GET /page/{file}': { status: 200, for: 'whoever knows the name' },
  'GET /nothing': { status: 404, for: 'whoever knows the name' },
  'DELETE /': { status: 405, for: 'whoever knows the name' },
  'GET /health': { status: 200, for: 'whoever knows the address' },
  'GET /metrics': { status: 200, for: 'whoever knows the address' },
  'GET /livez': { status: 200, for: 'everybody' },
  'GET /readyz': { status: 200, for: 'everybody' },
}

function expected({ status, for: who }: Row, caller: Caller, called: Called): number {
  if (called === 'two hosts') return 400
  if (who === 'everybody') return status
  const isKnown = called === 'its host' || (called === 'an address' && who === 'whoever knows the address')
  if (!isKnown) return 403
  return who === 'whoever has a token' && caller !== 'a scoped token' ? 401 : status
}

async function answerTo(name: string, { body }: Row, caller: Caller, called: Called, more: readonly string[] = []) {
  const [method, path] = name.replace('{name}', OWN).replace('{id}', '1').replace('{file}', 'main.js').split(' ')
  const text = body === undefined ? '' : JSON.stringify(body)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...HOSTS[called].map((host) => `Host: ${host}`),
    ...AUTHORIZATION[caller].map((token) => `Authorization: Bearer ${token}`),
    'Connection: close',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${text.length}`,
    ...more,
  ]
  const answer = await askRaw(server.port, `${lines.join('\r\n')}\r\n\r\n${text}`)
  return { status: Number(answer.split(' ', 2)[1]), answer }
}

describe.each(Object.entries(ROWS))('%s', (name, row) => {
  const callers = CALLERS.flatMap((caller) => CALLED.map((called) => [caller, called] as const))
  test.each(callers)('with %s, under %s', async (caller, called) => {
    const { status, answer } = await answerTo(name, row, caller, called)
    expect(status).toBe(expected(row, caller, called))
    const mayKnow = caller === 'a scoped token' && (called === 'its host' || name === 'GET /metrics')
    // An answer may repeat the request's own path, which does not reveal whether the repository exists.
    const told = answer.replaceAll(`repositories/${OWN}`, '')
    const secrets = mayKnow ? [FOREIGN, TOKEN] : [FOREIGN, TOKEN, OWN]
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([])
  })
})

test('every route has a row', () => {
  const routes = server.routes.map(({ method, path }) => `${method} ${path}`)
  const known = Object.keys(ROWS).filter((name) => !/nothing|DELETE \/$|health|metrics|livez|readyz/.test(name))
  expect(known.toSorted()).toEqual(routes.toSorted())
})

test('a signed webhook is only answered under a name of the server', async () => {
  const signature = createHmac('sha256', SECRET).update(JSON.stringify(PUSH)).digest('hex')
  const signed = [`X-Hub-Signature-256: sha256=${signature}`]
  const row = { body: PUSH, status: 202, for: 'whoever knows the name' } as const
  for (const called of CALLED) {
    const { status } = await answerTo('POST /v1/webhooks/git', row, 'no token', called, signed)
    expect(status).toBe(expected(row, 'no token', called))
  }
})
