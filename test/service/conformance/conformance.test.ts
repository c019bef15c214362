import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { startServer } from '../http/running-server.ts'
import { startFixtureServer } from './fixture-server.ts'
import { startStdioServer } from './stdio-server.ts'
import { judge, runSuite } from './suite.ts'

type Entries = readonly { readonly because: string; readonly scenarios: readonly string[] }[]
const NOT_OFFERED: Record<string, Record<string, Entries>> = parse(
  readFileSync(new URL('./not-offered.yaml', import.meta.url), 'utf8'),
)
const notOfferedBy = (who: string, revision: string) =>
  NOT_OFFERED[who]?.[revision]?.flatMap(({ scenarios }) => scenarios) ?? []

async function started<Server extends { stop(): Promise<unknown> }>(start: () => Promise<Server>): Promise<Server> {
  const server = await start()
  onTestFinished(async () => void (await server.stop()))
  return server
}

describe.each(['2026-07-28', '2025-11-25'])("the protocol's own suite for %s", (revision) => {
  test.each([
    ['service', () => startServer()],
    ['fixtures', startFixtureServer],
  ])('passes against the %s, except exactly what is listed as not offered', async (who, start) => {
    const server = await started(start)
    const failures = await runSuite(`${server.url}/mcp`, revision)
    expect(failures.size).toBeGreaterThan(30)
    expect(judge(failures, notOfferedBy(who, revision))).toEqual({ unexpected: [], superfluous: [] })
  })
})

test.each(['2026-07-28', '2025-11-25'])(
  "the protocol's own suite for %s passes over stdio, except exactly what is listed as not offered",
  async (revision) => {
    const server = await started(() => startStdioServer(revision))
    const failures = await runSuite(`${server.url}/mcp`, revision)
    expect(failures.size).toBeGreaterThan(30)
    const excepted = [...notOfferedBy('service', revision), ...notOfferedBy('stdio', revision)]
    expect(judge(failures, excepted)).toEqual({ unexpected: [], superfluous: [] })
  },
)

test('each exception has a reason, and is listed once', () => {
  for (const entries of Object.values(NOT_OFFERED).flatMap((revisions) => Object.values(revisions))) {
    for (const { because } of entries) expect(because).toMatch(/\w+ \w+/)
    const scenarios = entries.flatMap(({ scenarios }) => scenarios)
    expect(new Set(scenarios).size).toBe(scenarios.length)
  }
})

test('an exception never excuses an invalid message, and a superfluous one is reported', () => {
  const failures = new Map([
    ['tools', new Map([['wire-schema-valid', 'not a message']])],
    ['prompts', new Map([['list', 'not found']])],
    ['caching', new Map()],
  ])
  expect(judge(failures, ['tools', 'prompts:list', 'prompts:get', 'caching'])).toEqual({
    unexpected: [{ scenario: 'tools', check: 'wire-schema-valid', message: 'not a message' }],
    superfluous: ['tools', 'prompts:get', 'caching'],
  })
})
