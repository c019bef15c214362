import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headersOfMessage, META, REVISION } from '../../fakes/mcp-messages.ts'
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

function post(body: unknown, headers: Record<string, string> = {}) {
  const accept = 'application/json, text/event-stream'
  return ask(server.port, '/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function modern(method: string, params: object, name?: string) {
  return post({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }, headersOfMessage(method, name))
}

describe('/mcp for a client of the 2025 revisions', () => {
  test('introduces itself and its purpose', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'codebase-mcp' })
    expect(client.getServerCapabilities()).toEqual({ tools: {} })
    expect(client.getInstructions()).toContain('search_code')
  })

  test('answers a tool call with equivalent structure and text', async () => {
    await client.listTools()
    const { content, structuredContent, isError } = await client.callTool({
      name: 'search_code',
      arguments: { query: 'add to cart', repository: null },
    })
    expect(isError).toBeUndefined()
    expect(structuredContent).toMatchObject({
      results: [{ symbol: 'Cart.add', snippet: '3\tadd(item) { /* add to cart */ }' }],
    })
    expect(content).toEqual([
      {
        type: 'text',
        text: 'shop: src/cart.ts:3-9 Cart.add\n3\tadd(item) { /* add to cart */ }\n\nNote: Ollama does not answer',
      },
    ])
  })

  test('reads a file as text with line numbers, and returns its place as structure', async () => {
    const { content, structuredContent } = await client.callTool({ name: 'read_file', arguments: { path: 'a.ts' } })
    expect(content).toEqual([{ type: 'text', text: 'shop: a.ts, lines 1-2 of 2\n1\tone\n2\ttwo' }])
    expect(structuredContent).toEqual({
      repository: 'shop',
      path: 'a.ts',
      language: 'typescript',
      start_line: 1,
      end_line: 2,
      total_lines: 2,
    })
  })

  test('tells how far a repository is, and what it leaves out', async () => {
    const given = { name: 'get_indexing_status', arguments: { repository: 'shop' } }
    const { content } = await client.callTool(given)
    expect(content).toMatchObject([{ text: expect.stringMatching(/^shop: .*job [\s\S]*\ndist: ignored\n/) }])
  })

  test('starts an index job and reports its progress', async () => {
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
      content: [{ text: 'No repository is called "none"\nUse one of these names: shop\n[repository_unknown]' }],
      _meta: { 'codebase-mcp/fault': { code: 'repository_unknown', remedy: 'Use one of these names: shop' } },
    })
    const invalid = await client.callTool({ name: 'grep_code', arguments: { pattern: 'x', context: 99 } })
    expect(invalid).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/context: .*got 99/) }] })
  })

  test('refuses an unknown tool, naming those it has', async () => {
    await expect(client.callTool({ name: 'find', arguments: {} })).rejects.toThrow(/"find"; the tools are search_code/)
  })

  test('answers many calls at once, each with its own result', async () => {
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

describe(`/mcp for a client of revision ${REVISION}`, () => {
  test('is discovered, lists its tools and answers calls without a handshake', async () => {
    const discovered = JSON.parse((await modern('server/discover', {})).text)
    expect(discovered.result.supportedVersions).toContain(REVISION)
    const listed = JSON.parse((await modern('tools/list', {})).text)
    expect(listed.result.tools).toHaveLength(8)
    const reply = await modern('tools/call', { name: 'search_code', arguments: { query: 'add' } }, 'search_code')
    expect(reply.headers['content-type']).toMatch(/^application\/json/)
    expect(JSON.parse(reply.text).result.structuredContent.results).toHaveLength(1)
  })

  test('refuses a header that contradicts the body', async () => {
    const reply = await modern('tools/call', { name: 'search_code', arguments: { query: 'add' } }, 'grep_code')
    expect(reply.status).toBe(400)
  })
})

const INITIALIZE = (name: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name, version: '1' } },
})
const READ = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'read_file', arguments: { path: 'a.ts' } },
}

describe('/mcp for a client that shows structured fields to its model instead of text', () => {
  test.each(['claude-code', 'Visual Studio Code', 'cursor-vscode'])('returns only text: %s', async (name) => {
    const { headers } = await post(INITIALIZE(name))
    const session = String(headers['mcp-session-id'])
    const { result } = JSON.parse((await post(READ, { 'mcp-session-id': session })).text)
    expect(result.content[0].text).toContain('1\tone')
    expect(result.structuredContent).toBeUndefined()
  })

  test('still returns the fields that a schema promises', async () => {
    const session = String((await post(INITIALIZE('claude-code'))).headers['mcp-session-id'])
    const params = { name: 'index_repository', arguments: { path: '/code/shop' } }
    const { result } = JSON.parse((await post({ ...READ, params }, { 'mcp-session-id': session })).text)
    expect(result.structuredContent.job_id).toBe(JOB.id)
  })
})

describe('/mcp for a client that accepts', () => {
  test.each([
    ['anything', '*/*', 'application/json'],
    ['anything of one kind', 'application/*', 'application/json'],
    ['only JSON', 'application/json', 'application/json'],
    ['JSON in capitals', 'Application/JSON', 'application/json'],
    ['only a stream', 'text/event-stream', 'text/event-stream'],
    ['only an unsupported type', 'text/html', 'application/json'],
  ])('%s gets an answer', async (_, accept, type) => {
    for (const message of [INITIALIZE('test'), READ]) {
      const { status, headers, text } = await post(message, { accept })
      expect(status).toBe(200)
      expect(headers['content-type']).toBe(type)
      expect(JSON.parse(text.replace(/^event: message\ndata: /, '')).result).toBeDefined()
    }
  })

  test('an unstated type gets an answer', async () => {
    const headers = { 'content-type': 'application/json' }
    const { status } = await ask(server.port, '/mcp', { method: 'POST', headers, body: JSON.stringify(READ) })
    expect(status).toBe(200)
  })

  test.each(['application/json; charset=utf-8', 'application/json-rpc', 'text/plain', undefined])(
    'anything, and sends %s, gets an answer',
    async (type) => {
      const headers = { ...(type && { 'content-type': type }) }
      const { status } = await ask(server.port, '/mcp', { method: 'POST', headers, body: JSON.stringify(READ) })
      expect(status).toBe(200)
    },
  )

  test('only a stream, in the current revision, gets a stream', async () => {
    const message = { ...READ, params: { ...READ.params, _meta: META } }
    const headers = { ...headersOfMessage('tools/call', 'read_file'), accept: 'text/event-stream' }
    const reply = await post(message, headers)
    expect(reply.headers['content-type']).toBe('text/event-stream')
    expect(reply.text).toContain('lines 1-2 of 2')
  })
})

test('/mcp answers each message of a batch, and accepts earlier revisions', async () => {
  const batch = [READ, { ...READ, id: 3 }, { jsonrpc: '2.0', method: 'notifications/initialized' }]
  const answers = JSON.parse((await post(batch, { 'mcp-protocol-version': '2025-03-26' })).text)
  expect(answers.map(({ id }: { id: number }) => id)).toEqual([2, 3])
  for (const protocolVersion of ['2024-11-05', '2025-03-26']) {
    const { params } = INITIALIZE('test')
    const { text } = await post({ ...INITIALIZE('test'), params: { ...params, protocolVersion } })
    expect(JSON.parse(text).result.protocolVersion).toBe(protocolVersion)
  }
})

describe('/mcp accepts the arguments of a call', () => {
  test.each([
    ['as null', 'list_repositories', null],
    ['as an empty text', 'list_repositories', ''],
    ['as an empty list', 'list_repositories', []],
    ['as JSON in a text', 'read_file', '{"path":"src/cart.ts"}'],
    ['as JSON in JSON', 'read_file', JSON.stringify('{"path":"src/cart.ts"}')],
  ])('%s', async (_, name, given) => {
    const { text } = await post({ ...READ, params: { name, arguments: given } })
    expect(JSON.parse(text).result.isError).toBeUndefined()
  })
})

test.each([
  [{ jsonrpc: '2.0', id: 1, method: 'tools/list', params: null }],
  [{ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: null, _meta: null } }],
  [[{ jsonrpc: '2.0', id: 1, method: 'ping', params: null }]],
])('/mcp takes null for what is missing: %j', async (message) => {
  const { status, text } = await post(message)
  expect(status).toBe(200)
  expect(text).toContain('"result"')
})

test.each(['9007199254740993', '-9007199254740993', '1.5', '1e400', '"9007199254740993"', '-1', '""'])(
  '/mcp answers with the id as it was sent: %s',
  async (id) => {
    const { status, text } = await post(`{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`)
    expect(status).toBe(200)
    expect(text).toContain(`"id":${id}`)
    expect(text).toContain('"result"')
    const batch = await post(`[{"jsonrpc":"2.0","id":${id},"method":"ping"},{"jsonrpc":"2.0","id":7,"method":"ping"}]`)
    expect(batch.text).toContain(`"id":${id}`)
  },
)

test.each([
  [{ protocolVersion: '2025-06-18' }],
  [{ protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bare' } }],
  [{ protocolVersion: '2025-03-26', capabilities: null, clientInfo: null }],
  [{ protocolVersion: '2024-11-05', capabilities: { roots: true }, clientInfo: { name: 'odd', version: 2 } }],
])('/mcp is introduced to a client that says little about itself: %j', async (params) => {
  const { status, text } = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params })
  expect(status).toBe(200)
  expect(JSON.parse(text).result.protocolVersion).toBe(params.protocolVersion)
})

test('/mcp refuses an introduction without a revision', async () => {
  const { text } = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } })
  expect(JSON.parse(text).error).toMatchObject({ code: -32602, message: expect.stringContaining('protocolVersion') })
})

test.each([REVISION, '2099-01-01', 'draft', ''])(
  '/mcp accepts an introduction with a header of the revision %j',
  async (revision) => {
    const { status, text } = await post(INITIALIZE('test'), { 'mcp-protocol-version': revision })
    expect(status).toBe(200)
    expect(JSON.parse(text).result.protocolVersion).toBe(INITIALIZE('test').params.protocolVersion)
  },
)

test.each(['/mcp/', '//mcp'])('%s is /mcp too', async (path) => {
  const headers = { 'content-type': 'application/json' }
  const { status, text } = await ask(server.port, path, { method: 'POST', headers, body: JSON.stringify(READ) })
  expect(status).toBe(200)
  expect(JSON.parse(text).result.isError).toBeUndefined()
})

describe('/mcp', () => {
  test.each(['GET', 'DELETE'])('does not answer %s', async (method) => {
    expect((await ask(server.port, '/mcp', { method })).status).toBe(405)
  })

  test.each([
    ['', /empty/],
    ['{', /not JSON/],
    ['null', /null is not a message/],
    ['"x"', /"x" is not a message/],
    [JSON.stringify(Array.from({ length: 21 }, () => ({}))), /batch of 21/],
  ])('answers a body that is not a message (%j) with a JSON-RPC error', async (body, message) => {
    const { status, text } = await post(body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      id: null,
      error: { code: -32700, message: expect.stringMatching(message) },
    })
  })
})
