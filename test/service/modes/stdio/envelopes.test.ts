import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Server } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { expect, test } from 'vitest'
import { StdioEnvelopes } from '../../../../service/modes/stdio/envelopes.ts'
import { readableMessages } from '../../../../service/modes/stdio/messages.ts'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const CURRENT = { [VERSION]: '2026-07-28', [CAPABILITIES]: {} }

/** What the messages are answered, by their ids, by a server without tools. */
async function answers(...messages: readonly object[]): Promise<Record<string, unknown>> {
  const input = new PassThrough()
  const output = new PassThrough()
  const envelopes = new StdioEnvelopes()
  const stdio = serveStdio(() => new Server({ name: 'none', version: '1' }, { capabilities: { tools: {} } }), {
    transport: new StdioServerTransport(
      readableMessages(input, output, (message) => envelopes.refusal(message)),
      output,
    ),
  })
  const written = text(output)
  for (const message of messages) input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const asked = messages.filter((message) => 'id' in message).length
  const told: string[] = []
  output.on('data', (chunk) => told.push(...String(chunk).trim().split('\n')))
  await expect.poll(() => told.length, { timeout: 20_000 }).toBe(asked)
  await stdio.close()
  output.end()
  await written
  return Object.fromEntries(
    told.map((line) => {
      const { id, error, result } = JSON.parse(line)
      return [id, error ?? Object.keys(result)]
    }),
  )
}

const ask = (id: number, method: string, meta?: object) => ({
  id,
  method,
  params: meta === undefined ? {} : { _meta: meta },
})
const unsupported = (requested: string) => ({
  code: -32022,
  message: `Unsupported protocol version: ${requested}`,
  data: { supported: ['2026-07-28'], requested },
})
const lacks = (key: string) => ({ code: -32602, message: expect.stringContaining(key) })
const answered = expect.arrayContaining(['resultType'])

test('each request over stdio says a supported revision and what its client can do, not only the first', async () => {
  const told = await answers(
    ask(1, 'server/discover', CURRENT),
    ask(2, 'ping', CURRENT),
    ask(3, 'server/discover', { ...CURRENT, [VERSION]: 'v999.0.0' }),
    ask(4, 'server/discover'),
    ask(5, 'server/discover', { [CAPABILITIES]: {} }),
    ask(6, 'server/discover', { [VERSION]: '2026-07-28' }),
    ask(7, 'server/discover', { [VERSION]: 20260728, [CAPABILITIES]: {} }),
    { method: 'notifications/cancelled', params: { requestId: 99 } },
    ask(8, 'server/discover', CURRENT),
  )
  expect(told).toEqual({
    1: answered,
    2: expect.anything(),
    3: unsupported('v999.0.0'),
    4: lacks(VERSION),
    5: lacks(VERSION),
    6: lacks(CAPABILITIES),
    7: lacks(VERSION),
    8: answered,
  })
})

test('a request that opens with an unknown revision leaves the choice to the next one', async () => {
  const initialize = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  }
  const told = await answers(
    ask(1, 'server/discover', { ...CURRENT, [VERSION]: '1999-01-01' }),
    { id: 2, method: 'initialize', params: initialize },
    { method: 'notifications/initialized' },
    ask(3, 'ping'),
  )
  expect(told).toEqual({ 1: unsupported('1999-01-01'), 2: expect.arrayContaining(['protocolVersion']), 3: [] })
})
