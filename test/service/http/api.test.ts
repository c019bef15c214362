import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { Log } from '../../../service/log.ts'
import { EMBED_JOB, fakeDomain, JOB, SILENT } from '../tools/fake-domain.ts'
import { ask, startServer } from './running-server.ts'

const domain = fakeDomain()
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer({ context: domain.context })
})
afterAll(() => server.stop())

const post = (path: string, body: unknown) =>
  ask(server.port, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const json = (text: string) => JSON.parse(text)

describe('/v1', () => {
  test('searches with the fields of search_code', async () => {
    const { status, text } = await post('/v1/search', { query: 'add', language: 'TypeScript', max_tokens: 500 })
    expect(status).toBe(200)
    expect(json(text)).toMatchObject({
      results: [{ path: 'src/cart.ts', start_line: 3 }],
      degraded: expect.any(String),
    })
    expect(domain.asked.search.at(-1)).toEqual({
      query: 'add',
      scope: EVERY_REPOSITORY,
      languages: ['typescript'],
      limit: 10,
      detail: 'snippets',
    })
  })

  test('greps, reads and lists', async () => {
    expect(json((await post('/v1/grep', { pattern: 'b' })).text)).toMatchObject({ truncated: true, files_searched: 8 })
    expect(json((await post('/v1/read', { repository: 'shop', path: 'a' })).text)).toMatchObject({ text: 'one\ntwo' })
    expect(json((await post('/v1/symbols', { name: 'add' })).text)).toMatchObject({ definitions: [{ start_line: 3 }] })
    expect(json((await post('/v1/files', {})).text)).toMatchObject({ files: 2, entries: [{ bytes: 2048 }, {}, {}] })
    expect(json((await ask(server.port, '/v1/repositories')).text)).toMatchObject({ repositories: [{ name: 'shop' }] })
  })

  test('lists what the index of a repository leaves out, page by page', async () => {
    const page = async (path: string) => json((await ask(server.port, `/v1/repositories/${path}`)).text)
    expect(await page('shop/left-out')).toEqual({ left_out: ['dist: ignored'], left_out_next: 'dist' })
    expect(await page('shop/left-out/dist%2Fdeep')).toEqual({ left_out: ['huge.ts: too_large (9 bytes)'] })
    expect(await page('none/left-out')).toMatchObject({ code: 'repository_unknown' })
  })

  test('accepts a repository, returns the place of its job, and shows the job', async () => {
    const accepted = await post('/v1/repositories', { path: '/code/shop' })
    expect(accepted.status).toBe(202)
    expect(accepted.headers.location).toBe(`/v1/jobs/${JOB.id}`)
    const job = json((await ask(server.port, `/v1/jobs/${JOB.id}`)).text)
    expect(job).toMatchObject({ job_id: JOB.id, progress: 0.25, files_failed: 1, skipped: { ignored: 3 } })
    const { jobs } = json((await ask(server.port, '/v1/jobs')).text)
    expect(jobs.map(({ job_id: id }: { job_id: string }) => id)).toEqual([EMBED_JOB.id, JOB.id])
  })

  test('removes a repository whose name is encoded in the path', async () => {
    expect((await ask(server.port, '/v1/repositories/sh%6fp', { method: 'DELETE' })).status).toBe(204)
    expect(domain.asked.removed).toEqual(['shop'])
    expect((await ask(server.port, '/v1/repositories/%zz', { method: 'DELETE' })).status).toBe(400)
  })

  test.each([
    ['/v1/search', {}, 400, 'request_invalid', /^\/v1\/search cannot take this: query: .*got nothing/],
    ['/v1/repositories', [1], 400, 'request_invalid', /^\/v1\/repositories cannot take this/],
    ['/v1/search', { query: 'x', limit: 0 }, 400, 'request_invalid', /limit: .*got 0/],
    ['/v1/search', { query: 'x', repositry: 'shop' }, 400, 'request_invalid', /"repositry" is unknown, and nearly/],
    ['/v1/search', { query: 'x', repository: 'none' }, 404, 'repository_unknown', /"none"/],
    ['/v1/search', '{"query":', 400, 'request_invalid', /not JSON/],
    ['/v1/repositories', { path: '/a', url: 'https://b' }, 400, 'request_invalid', /either path or url/],
    ['/v1/nothing', {}, 404, 'not_found', /\/v1\/nothing/],
    ['/v1/jobs', {}, 405, 'method_not_allowed', /POST/],
  ])('answers a fault at %s (%j) with problem details', async (path, body, status, code, title) => {
    const reply = await post(path, body)
    expect(reply.status).toBe(status)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(json(reply.text)).toMatchObject({
      status,
      code,
      title: expect.stringMatching(title),
      remedy: expect.any(String),
    })
  })

  test('names the encoding of a body that it cannot decode', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const { status, text } = await ask(server.port, '/v1/search', { method: 'POST', headers, body: 'x' })
    expect(status).toBe(400)
    expect(json(text)).toMatchObject({ title: expect.stringContaining('"gzip"'), remedy: expect.any(String) })
  })

  test.each(['/sse', '/messages'])('redirects clients that look for MCP at %s', async (path) => {
    expect(json((await post(path, {})).text).remedy).toContain('/mcp')
  })

  test('shows only an id of an internal fault, which the log contains', async () => {
    const errors: object[] = []
    const log: Log = { ...SILENT, error: ((line: object) => errors.push(line)) as Log['error'] }
    const broken = fakeDomain({ catalogue: { list: () => Promise.reject(new Error('password=hunter2')) } })
    const other = await startServer({ context: broken.context, log })
    const { status, text } = await ask(other.port, '/v1/repositories')
    await other.stop()
    expect(status).toBe(500)
    expect(text).not.toContain('hunter2')
    expect(errors).toMatchObject([{ id: json(text).id, error: { message: 'password=hunter2' } }])
  })

  test('describes itself in /openapi.json with the schemas of the tools', async () => {
    const { paths } = json((await ask(server.port, '/openapi.json')).text)
    expect(Object.keys(paths)).toEqual([
      '/v1/search',
      '/v1/grep',
      '/v1/read',
      '/v1/symbols',
      '/v1/files',
      '/v1/repositories',
      '/v1/repositories/{name}',
      '/v1/repositories/{name}/left-out',
      '/v1/repositories/{name}/left-out/{after}',
      '/v1/sources',
      '/v1/jobs',
      '/v1/jobs/{id}',
    ])
    const body = paths['/v1/search'].post.requestBody.content['application/json'].schema
    expect(body.required).toEqual(['query'])
    expect(body.properties.limit).toMatchObject({ minimum: 1, maximum: 50, default: 10 })
  })
})
