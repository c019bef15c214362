import { beforeAll, describe, expect, test } from 'vitest'
import { connectAgent } from './agent.ts'
import type { GrepAnswer, ReadAnswer, Repository, SearchAnswer } from './answers.ts'
import { ask, authorization, hasModel, manifest, parsed, postJson, token } from './deployment.ts'
import { untilIndexed, WITHIN } from './indexed.ts'

const { repository, words, patterns, texts } = manifest
const withModel = await hasModel()

const listed = async () => parsed<{ repositories: Repository[] }>(await ask('/v1/repositories')).repositories

beforeAll(() => untilIndexed(listed))

describe('a probe', () => {
  test.each(['/livez', '/readyz'])('is answered at %s without a token', async (path) => {
    expect((await ask(path, { headers: {} })).status).toBe(200)
  })

  test('gets the state of the database, the model and the index from /health', async () => {
    const { status, body } = await ask('/health', { headers: {} })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      status: 'ok',
      draining: false,
      database: { state: 'ready' },
      embedder: { state: withModel ? 'ready' : 'off' },
      index: { failed: 0 },
    })
  })

  test('gets metrics that Prometheus can parse', async () => {
    const { status, headers, body } = await ask('/metrics', { headers: {} })
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(body).toMatch(/^# TYPE http_server_request_duration_seconds histogram$/m)
    expect(body).toMatch(/^http_server_request_duration_seconds_count\{.*\} [1-9]/m)
  })
})

describe('the API', () => {
  test('returns its own description', async () => {
    const { openapi, paths } = parsed<{ openapi: string; paths: object }>(await ask('/openapi.json'))
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/search', '/v1/grep', '/v1/read', '/v1/repositories', '/v1/jobs', '/v1/jobs/{id}']),
    )
  })

  test('finds the same as an agent', async () => {
    const [{ query } = { query: '' }] = words
    const search = async () => parsed<SearchAnswer>(await postJson('/v1/search', { query, repository }))
    // Two answers are the same only if the same models answer, with all their vectors.
    await untilIndexed(listed, withModel)
    await expect.poll(async () => (await search()).models.length, WITHIN).toBe(withModel ? 2 : 1)
    const { results } = await search()
    const agent = await connectAgent()
    const found = await agent.call<SearchAnswer>('search_code', { query, repository })
    await agent.client.close()
    expect(results.map(({ path }) => path)).toEqual(found.results.map(({ path }) => path))
    expect(results[0]?.path).toBe(words[0]?.path)
  })

  test('greps and reads', async () => {
    const [pattern] = patterns
    const { matches } = parsed<GrepAnswer>(await postJson('/v1/grep', { pattern: pattern?.pattern, repository }))
    expect(matches[0]).toMatchObject({ path: pattern?.path, line: pattern?.line })
    const [text] = texts
    const lines = { start_line: text?.first, end_line: text?.last }
    const read = parsed<ReadAnswer>(await postJson('/v1/read', { repository, path: text?.path, ...lines }))
    expect(read.text).toBe(text?.text)
  })

  test('serves a page for people that loads nothing from elsewhere', async () => {
    const { status, headers, body } = await ask('/')
    expect(status).toBe(200)
    expect(headers['content-type']).toContain('text/html')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    const [, script = ''] = /<script type="module" src="([^"]+)">/.exec(body) ?? []
    expect((await ask(`/${script}`)).headers['content-type']).toContain('javascript')
    const setup = await ask('/page/setup.json')
    expect(setup.body).toContain('/mcp')
  })
})

describe('a request that cannot be answered', () => {
  const json = { ...authorization, 'content-type': 'application/json' }
  const post = (body: string) => ({ method: 'POST', headers: json, body })

  test.each([
    ['an unknown path', '/nothing/here', {}, 404, 'not_found'],
    ['another method', '/v1/search', {}, 405, 'method_not_allowed'],
    ['a body that is not JSON', '/v1/search', post('{'), 400, 'request_invalid'],
    ['an empty query', '/v1/search', post('{"query":""}'), 400, 'request_invalid'],
    ['a body of over a megabyte', '/v1/search', post(`"${'x'.repeat(1_100_000)}"`), 413, 'body_too_large'],
    ['an unknown repository', '/v1/search', post('{"query":"x","repository":"none"}'), 404, 'repository_unknown'],
    ['a pattern that is none', '/v1/grep', post('{"pattern":"("}'), 400, 'pattern_invalid'],
    ['an unknown file', '/v1/read', post(JSON.stringify({ repository, path: 'none' })), 404, 'file_unknown'],
    ['a folder outside', '/v1/repositories', post('{"path":"/etc"}'), 403, 'path_not_allowed'],
    ['the removal of an unknown repository', '/v1/repositories/none', { method: 'DELETE' }, 404, 'repository_unknown'],
    ['an unknown job', '/v1/jobs/none', {}, 404, 'job_unknown'],
  ])('gets problem details for %s', async (_, path, question, status, code) => {
    const reply = await ask(path, question)
    expect(reply.status).toBe(status)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(reply.body)).toMatchObject({
      status,
      code,
      title: expect.stringMatching(/\w/),
      remedy: expect.stringMatching(/\w/),
    })
  })

  test('gets a JSON-RPC error on /mcp', async () => {
    const accept = 'application/json, text/event-stream'
    const reply = await ask('/mcp', { method: 'POST', headers: { ...json, accept }, body: 'not JSON' })
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32700 } })
    expect((await ask('/mcp')).status).toBe(405)
  })
})

describe('a request from a forbidden place', () => {
  const question = JSON.stringify({ query: 'x' })
  const json = { ...authorization, 'content-type': 'application/json' }
  const paths = ['/mcp', '/v1/search']

  test.skipIf(!manifest.hostsAreChecked).each(paths)('is refused at %s with a foreign Host', async (path) => {
    const headers = { ...json, host: 'attacker.example' }
    const { status, body } = await ask(path, { method: 'POST', headers, body: question })
    expect(status).toBe(403)
    expect(JSON.parse(body)).toMatchObject({ code: 'host_forbidden' })
  })

  test.each(paths)('is refused at %s with a foreign Origin', async (path) => {
    const headers = { ...json, origin: 'https://attacker.example' }
    const { status, headers: answered, body } = await ask(path, { method: 'POST', headers, body: question })
    expect(status).toBe(403)
    expect(answered['access-control-allow-origin']).toBeUndefined()
    expect(JSON.parse(body)).toMatchObject({ code: 'origin_forbidden' })
  })

  test.skipIf(token === undefined).each(paths)('is refused at %s without a token', async (path) => {
    const headers = { 'content-type': 'application/json' }
    const { status, headers: answered, body } = await ask(path, { method: 'POST', headers, body: question })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toMatch(/^Bearer/)
    expect(JSON.parse(body)).toMatchObject({ code: 'unauthorized' })
  })
})
