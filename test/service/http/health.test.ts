import { afterEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../service/errors.ts'
import { ask, startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
afterEach(() => server.stop())

const DOWN = new Fault('database_unavailable', 'The database does not answer', 'Start it')
const health = async () => {
  const { status, text } = await ask(server.port, '/health')
  return { status, body: JSON.parse(text) }
}

describe('health', () => {
  test('reports each dependency and the index', async () => {
    server = await startServer()
    expect(await health()).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        database: { state: 'ready' },
        embedder: { state: 'ready' },
        index: { repositories: 1, files: 8, chunks: 40, by_meaning: 40, embedded: 10 },
      },
    })
  })

  test('is degraded, and the server ready, if Ollama is down', async () => {
    server = await startServer({
      sources: { checkEmbedder: async () => ({ state: 'unreachable', reason: 'Ollama does not answer' }) },
    })
    expect(await health()).toMatchObject({
      status: 200,
      body: { status: 'degraded', embedder: { state: 'unreachable' } },
    })
    expect((await ask(server.port, '/readyz')).status).toBe(200)
  })

  test('is failing, and the server live but not ready, if the database is down', async () => {
    server = await startServer({ sources: { checkDatabase: () => Promise.reject(DOWN) } })
    expect(await health()).toMatchObject({ status: 503, body: { status: 'failing', database: { state: 'failing' } } })
    expect((await ask(server.port, '/readyz')).status).toBe(503)
    expect((await ask(server.port, '/livez')).status).toBe(200)
  })

  test('is degraded, and the server ready, while the database is read-only', async () => {
    const readOnly = new Fault('database_read_only', 'It is read-only', 'End the read-only mode')
    const checks = { checkDatabase: () => Promise.reject(readOnly), trouble: () => readOnly }
    server = await startServer({ sources: checks })
    const database = { state: 'read_only', reason: 'It is read-only' }
    expect(await health()).toMatchObject({ status: 200, body: { status: 'degraded', database } })
    expect((await ask(server.port, '/readyz')).status).toBe(200)
  })

  test('says why the index cannot be counted', async () => {
    server = await startServer({ sources: { repositories: () => Promise.reject(DOWN) } })
    expect((await health()).body.index).toEqual({ reason: 'The database does not answer' })
  })

  test('is answered immediately while the database hangs', async () => {
    const silent = () => new Promise<never>(() => {})
    server = await startServer({ sources: { checkDatabase: silent, checkEmbedder: silent, repositories: silent } })
    const startedAt = performance.now()
    const replies = await Promise.all(['/livez', '/readyz', '/health'].map((path) => ask(server.port, path)))
    expect(replies.map(({ status }) => status)).toEqual([200, 503, 503])
    // Far less than the time limit of a check, but enough for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('is not ready, and says why, while jobs wait for disk space', async () => {
    const full = new Fault('database_full', 'The disk is full', 'Make room')
    let trouble: Fault | undefined = full
    server = await startServer({ sources: { trouble: () => trouble } })
    const { status, text } = await ask(server.port, '/readyz')
    expect([status, JSON.parse(text).code]).toEqual([503, 'database_full'])
    expect(await health()).toMatchObject({
      status: 503,
      body: { status: 'failing', database: { reason: 'The disk is full' }, jobs: { state: 'waiting' } },
    })
    trouble = undefined
    expect((await ask(server.port, '/readyz')).status).toBe(200)
  })

  test('is not ready while the server drains', async () => {
    server = await startServer()
    server.health.drain()
    const { status, text } = await ask(server.port, '/readyz')
    expect([status, JSON.parse(text).code]).toEqual([503, 'draining'])
  })
})

describe('/metrics', () => {
  test('counts requests and tool calls under OpenTelemetry names', async () => {
    server = await startServer()
    await ask(server.port, '/v1/jobs')
    await ask(server.port, '/v1/jobs/none')
    const { text } = await ask(server.port, '/metrics')
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/v1\/jobs\/\{id\}",http_response_status_code="404"\} 1/,
    )
    expect(text).toMatch(
      /mcp_server_operation_duration_seconds_count\{[^}]*gen_ai_tool_name="get_indexing_status"[^}]*\} 1/,
    )
  })
})
