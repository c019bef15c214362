import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../../service/access/tokens.ts'
import { META } from '../../../fakes/mcp-messages.ts'
import { unusedPort } from '../../../fakes/unused-port.ts'
import { startServer } from '../../http/running-server.ts'
import { fakeDomain } from '../../tools/fake-domain.ts'
import { MAIN, runProgram, startProgram } from '../run-program.ts'

const TOKEN = 'a-token-for-the-bridge'
const domain = fakeDomain()
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer({ context: domain.context, settings: { tokens: parseTokens(TOKEN) } })
})
afterAll(() => server.stop())

const environment = () => ({ SERVER_URL: server.url, SERVER_TOKEN: TOKEN })
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

function runLines(lines: readonly (object | string)[], env: Record<string, string>) {
  const program = startProgram(['mcp'], env)
  for (const line of lines) program.child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  program.child.stdin.end()
  return program.ended.then(({ code, stdout, stderr }) => ({
    code,
    stderr,
    answers: stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  }))
}

describe('mcp with SERVER_URL', () => {
  test('offers a client the tools of the running server, exactly like HTTP', async () => {
    const client = new Client({ name: 'test', version: '1' })
    const transport = new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp'], env: environment() })
    await client.connect(transport)
    const { tools } = await client.listTools()
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot('../../tools/tools.json.snap')
    const queries = Array.from({ length: 20 }, (_, index) => `question ${index}`)
    const answers = await Promise.all(
      queries.map((query) => client.callTool({ name: 'search_code', arguments: { query } })),
    )
    answers.forEach((answer, index) => {
      expect(JSON.stringify(answer.structuredContent)).toContain(`question ${index} `)
    })
    await client.close()
  })

  test('supports the current revision as well', async () => {
    const params = { name: 'search_code', arguments: { query: 'modern' }, _meta: META }
    const { answers, code } = await runLines([{ jsonrpc: '2.0', id: 'a', method: 'tools/call', params }], environment())
    expect(code).toBe(0)
    expect(answers).toMatchObject([{ id: 'a', result: { structuredContent: { results: [{ path: 'src/cart.ts' }] } } }])
  })

  test('answers with an error that names the address if the server is down, and continues', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`
    const { answers, code } = await runLines([INITIALIZE, { ...INITIALIZE, id: 2 }], { SERVER_URL: url })
    expect(code).toBe(0)
    expect(answers.map(({ id }) => id)).toEqual([1, 2])
    expect(answers[0].error.message).toBe(`The server at ${url} does not answer: start it, or correct SERVER_URL`)
  })

  test('reports that its token is refused', async () => {
    const { answers } = await runLines([INITIALIZE], { SERVER_URL: server.url, SERVER_TOKEN: 'wrong' })
    expect(answers).toMatchObject([{ id: 1, error: { message: expect.stringContaining('bearer token is unknown') } }])
  })

  test('answers a line that is not a message and ignores an empty one', async () => {
    const { answers, code } = await runLines(['', '{"half":', INITIALIZE], environment())
    expect(code).toBe(0)
    expect(answers).toMatchObject([
      { id: null, error: { code: -32700 } },
      { id: 1, result: { capabilities: { tools: {} } } },
    ])
  })

  test('accepts a byte order mark and Windows line ends', async () => {
    const { answers, code } = await runLines([`\ufeff${JSON.stringify(INITIALIZE)}\r`, '\r'], environment())
    expect(code).toBe(0)
    expect(answers).toMatchObject([{ id: 1, result: { capabilities: { tools: {} } } }])
  })

  test('ends immediately when the input ends', async () => {
    expect(await runProgram(['mcp'], environment())).toMatchObject({ code: 0, stdout: '' })
  })
})
