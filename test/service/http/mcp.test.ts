import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeDomain, JOB } from '../tools/fake-domain.ts'
import { ask, startServer } from './running-server.ts'

const domain = fakeDomain()
let server: Awaited<ReturnType<typeof startServer>>
let client: Client
beforeAll(async () => {
  server = await startServer({ context: domain.context })
  client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)))
})
afterAll(async () => {
  await client.close()
  await server.stop()
})

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

function post(body: unknown, headers: Record<string, string> = {}) {
  const accept = 'application/json, text/event-stream'
  return ask(server.port, '/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function modern(method: string, params: object, name?: string) {
  return post(
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } },
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) },
  )
}

describe('/mcp for a client of the 2025 revisions', () => {
  test('introduces itself and what it is for', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'codebase-mcp' })
    expect(client.getServerCapabilities()).toEqual({ tools: {} })
    expect(client.getInstructions()).toContain('search_code')
  })

  test('answers a tool call with structure and text that say the same', async () => {
    await client.listTools()
    const { content, structuredContent, isError } = await client.callTool({
      name: 'search_code',
      arguments: { query: 'add to cart', repository: null },
    })
    expect(isError).toBeUndefined()
    expect(structuredContent).toMatchObject({
      results: [{ symbol: 'Cart.add', snippet: 'add(item) { /* add to cart */ }' }],
    })
    expect(content).toEqual([
      {
        type: 'text',
        text: 'shop: src/cart.ts:3-9 Cart.add\nadd(item) { /* add to cart */ }\n\nNote: Ollama does not answer',
      },
    ])
  })

  test('starts an index job and tells how far it is', async () => {
    const started = await client.callTool({ name: 'index_repository', arguments: { path: '/code/shop' } })
    expect(started.structuredContent).toEqual({ job_id: JOB.id, repository: 'shop', state: 'queued' })
    const { structuredContent } = await client.callTool({ name: 'get_indexing_status', arguments: { job_id: JOB.id } })
    expect(structuredContent).toMatchObject({
      jobs: [
        { kind: 'index', progress: 0.25, files_done: 2, failures: [{ reason: 'unreadable' }], skipped: { binary: 1 } },
        { kind: 'embed', chunks_to_embed: 40, chunks_embedded: 10 },
      ],
    })
  })

  test('answers a fault as a tool result with its code and what to do', async () => {
    const result = await client.callTool({ name: 'search_code', arguments: { query: 'x', repository: 'none' } })
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: 'There is no repository "none"\nUse one of: shop\n[repository_unknown]' }],
      _meta: { 'codebase-mcp/fault': { code: 'repository_unknown', remedy: 'Use one of: shop' } },
    })
    const invalid = await client.callTool({ name: 'grep_code', arguments: { pattern: 'x', context: 99 } })
    expect(invalid).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/context: .*got 99/) }] })
  })

  test('refuses a tool that it does not have, naming those it has', async () => {
    await expect(client.callTool({ name: 'find', arguments: {} })).rejects.toThrow(/"find"; there are search_code/)
  })

  test('answers many calls at once, each with its own', async () => {
    const queries = Array.from({ length: 40 }, (_, index) => `question ${index}`)
    const answers = await Promise.all(
      queries.map((query) => client.callTool({ name: 'search_code', arguments: { query } })),
    )
    answers.forEach((answer, index) => {
      expect(JSON.stringify(answer.structuredContent)).toContain(`question ${index} `)
    })
  })

  test('keeps no session: a call needs no handshake, and the answer is plain JSON', async () => {
    const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'list_repositories', arguments: {} } }
    const { status, headers, text } = await post(call, { 'mcp-protocol-version': '2025-11-25' })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(headers['mcp-session-id']).toBeUndefined()
    expect(JSON.parse(text)).toMatchObject({
      id: 7,
      result: { structuredContent: { repositories: [{ name: 'shop' }] } },
    })
  })
})

describe('/mcp for a client of revision 2026-07-28', () => {
  test('is discovered, lists its tools and answers calls without a handshake', async () => {
    const discovered = JSON.parse((await modern('server/discover', {})).text)
    expect(discovered.result.supportedVersions).toContain('2026-07-28')
    const listed = JSON.parse((await modern('tools/list', {})).text)
    expect(listed.result.tools).toHaveLength(6)
    const reply = await modern('tools/call', { name: 'search_code', arguments: { query: 'add' } }, 'search_code')
    expect(reply.headers['content-type']).toMatch(/^application\/json/)
    expect(JSON.parse(reply.text).result.structuredContent.results).toHaveLength(1)
  })

  test('refuses a header that contradicts the body', async () => {
    const reply = await modern('tools/call', { name: 'search_code', arguments: { query: 'add' } }, 'grep_code')
    expect(reply.status).toBe(400)
  })
})

describe('/mcp', () => {
  test.each(['GET', 'DELETE'])('does not answer %s', async (method) => {
    expect((await ask(server.port, '/mcp', { method })).status).toBe(405)
  })

  test.each([
    ['', /empty/],
    ['{', /not JSON/],
    [JSON.stringify(Array.from({ length: 21 }, () => ({}))), /batch of 21/],
  ])('answers a body that is no message (%j) with a JSON-RPC error', async (body, message) => {
    const { status, text } = await post(body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      id: null,
      error: { code: -32700, message: expect.stringMatching(message) },
    })
  })
})
