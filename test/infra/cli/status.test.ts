import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { status } from '../../../infra/cli/commands/status.ts'
import { askServer, type ServerReport } from '../../../infra/cli/report/server.ts'
import type { ContainerFacts } from '../../../infra/docker/engine/facts.ts'
import { outputOf } from '../../../infra/processes.ts'
import { CORE, container, fakeTools, type Given } from './fake-tools.ts'

const SERVER: ServerReport = {
  health: { status: 'ok', draining: false, database: { state: 'ready' }, embedder: { state: 'ready' } },
  repositories: [
    { name: 'shop', source: '/repositories/shop', files: 211, chunks: 600, embedded: 599, state: 'indexing', age: 130 },
  ],
  jobs: [
    {
      job_id: '2',
      repository: 'shop',
      kind: 'embed',
      state: 'running',
      progress: 0.4,
      chunks_embedded: 4,
      chunks_to_embed: 10,
    },
    { job_id: '1', repository: 'shop', kind: 'index', state: 'succeeded', progress: 1 },
  ],
}

const withPart = (part: string, facts: Partial<ContainerFacts>) => [
  ...CORE.filter(({ name }) => name !== `codebase-mcp-${part}`),
  container(part, facts),
]
const without = (part: string) => CORE.filter(({ name }) => !name.endsWith(part))

const answer = (report: ServerReport) => () => ({ output: JSON.stringify(report) })

/** Returns the report for these containers and this answer of the server. */
async function reported({ server = SERVER, ...given }: Given & { readonly server?: ServerReport } = {}) {
  const { tools, printed } = fakeTools({ programs: answer(server), ...given })
  const exitCode = await status(tools, { json: true })
  return { exitCode, report: JSON.parse(printed.join()) }
}

describe('a status report', () => {
  test('is ok if all parts are, and includes their usage and the content of the index', async () => {
    const { exitCode, report } = await reported()
    expect(exitCode).toBe(0)
    expect(report).toMatchObject({
      stack: 'dev',
      state: 'ok',
      problems: [],
      index: { repositories: [{ name: 'shop' }] },
    })
    expect(report.parts.at(-1)).toMatchObject({ part: 'server', cpuPercent: 1.5, memory: 100 * 1024 ** 2 })
  })

  test.each([
    [{ containers: without('ollama') }, 'failing', 'ollama: missing; `npm run up` creates it'],
    [
      { containers: withPart('server', { state: 'exited', exitCode: 1 }) },
      'failing',
      'server is exited (exit code 1): `npm run logs -- server` shows why; `npm run up` starts it',
    ],
    [
      { containers: withPart('ollama', { state: 'exited', exitCode: 137, outOfMemory: true }) },
      'failing',
      'ollama is exited (out of memory): Raise codebase-mcp:ollama.memory',
    ],
    [
      { containers: withPart('server', { health: 'unhealthy', checkOutput: 'not ready: x' }) },
      'failing',
      'not ready: x',
    ],
    [{ containers: withPart('server', { health: 'starting' }) }, 'degraded', 'server: starting'],
    [{ containers: withPart('server', { restarts: 2 }) }, 'degraded', 'was restarted (restarts: 2)'],
    [
      { containers: [...CORE, container('model', { state: 'exited', exitCode: 1 })] },
      'degraded',
      'the model was not pulled',
    ],
    [{ server: { ...SERVER, health: { ...SERVER.health, draining: true } } }, 'failing', 'is stopping'],
    [{ config: { 'codebase-mcp:profiles': '["worker"]' } }, 'degraded', 'worker: missing'],
  ] as const)('of %j is %s: %s', async (given, state, detail) => {
    const { report, exitCode } = await reported(given)
    expect(report.state).toBe(state)
    expect(exitCode).toBe(state === 'failing' ? 1 : 0)
    expect(report.problems[0]?.detail).toContain(detail)
  })

  test("includes the server's report on its parts and on repositories", async () => {
    const { health, repositories = [] } = SERVER
    const failed = { state: 'failed' as const, fault: { message: 'The folder is gone', remedy: 'Bring it back' } }
    const server = {
      ...SERVER,
      health: { ...health, status: 'degraded' as const, embedder: { state: 'unreachable', reason: 'Ollama is away' } },
      repositories: repositories.map((repository) => ({ ...repository, ...failed })),
    }
    expect((await reported({ server })).report.problems).toEqual([
      { state: 'degraded', detail: 'search by meaning is unavailable: Ollama is away' },
      { state: 'degraded', detail: 'shop: The folder is gone. Bring it back' },
    ])
  })

  test('includes the listed organisations, and those that cannot be listed', async () => {
    const fault = { message: 'The token is not valid', remedy: 'Make another one' }
    const sources = [
      { url: 'https://github.com/acme', repositories: 12, listed_at: '2026-11-20T10:00:00Z' },
      { url: 'https://github.com/gone', repositories: 1, fault },
    ]
    const { report } = await reported({ server: { ...SERVER, sources } })
    expect(report.index.sources).toEqual(sources)
    expect(report.problems).toEqual([
      {
        state: 'degraded',
        detail: 'https://github.com/gone cannot be listed: The token is not valid. Make another one',
      },
    ])
    const { tools, printed } = fakeTools({ programs: answer({ ...SERVER, sources }) })
    await status(tools, {})
    expect(printed[0]).toMatch(/acme: 12 repositories, listed .+ ago\nhttps.+gone: 1 repository, not listed yet/)
  })

  test('lists failures before degradations', async () => {
    const containers = withPart('ollama', { health: 'starting' }).filter(({ name }) => !name.endsWith('server'))
    const { report } = await reported({ containers })
    expect(report.problems.map(({ state }: { state: string }) => state)).toEqual(['failing', 'degraded'])
  })

  test('does not expect parts that the settings turn off', async () => {
    const config = { 'codebase-mcp:database': '{"url":"postgres://db/x"}', 'codebase-mcp:ollama': '{"enabled":false}' }
    expect((await reported({ config, containers: CORE.slice(2) })).report.state).toBe('ok')
  })
})

test('a status report for people has a row for each part, the addresses, the index and the running jobs', async () => {
  const { tools, printed } = fakeTools({ programs: answer(SERVER) })
  await status(tools, {})
  expect(printed[0]?.split('\n')).toEqual([
    'The stack dev is healthy.',
    '',
    'part      state    age     restarts  memory              CPU    image',
    'postgres  healthy  60 min  0         -                   -      postgres:1',
    'ollama    healthy  60 min  0         -                   -      ollama:1',
    'server    healthy  60 min  0         100 MiB of 2.0 GiB  1.5 %  server:1',
    '',
    'postgres: postgres://127.0.0.1:5432',
    'server: http://127.0.0.1:1',
    '',
    'shop: indexing, 211 files, 600 chunks (99 % embedded), indexed 2 min ago',
    '',
    'shop: embedding, 40 %, 4 of 10 chunks',
  ])
})

describe('a server', () => {
  type Answer = object | readonly [status: number, answer: object]
  const ANSWERS = {
    '/health': SERVER.health,
    '/v1/repositories': { repositories: SERVER.repositories },
    '/v1/jobs': { jobs: SERVER.jobs },
  }
  const opened: Server[] = []
  afterEach(() => {
    for (const server of opened.splice(0)) server.close()
  })

  /** Returns what `askServer` gets from a server with these answers by path. Undefined means that nothing listens. */
  async function told(answers?: Readonly<Record<string, Answer>>) {
    const server = createServer(({ url = '' }, response) => {
      const found = answers?.[url] ?? [404, {}]
      const [code, body] = Array.isArray(found) ? found : [200, found]
      response.writeHead(code).end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    if (answers === undefined) server.close()
    else opened.push(server)
    const { tools } = fakeTools({
      programs: (command) => outputOf(process.execPath, [...command.slice(1, -1), `http://127.0.0.1:${port}`]),
    })
    const target = await tools.targetOf(tools.settings())
    return askServer(target, await target.parts())
  }

  test('is asked for its health, its repositories and its jobs', async () => {
    expect(await told(ANSWERS)).toEqual(SERVER)
  })

  test('reports its health even if it fails', async () => {
    const health = { ...SERVER.health, status: 'failing' }
    expect(await told({ ...ANSWERS, '/health': [503, health] })).toMatchObject({ health: { status: 'failing' } })
  })

  test('that requires a token reports nothing about the index', async () => {
    const answers = { ...ANSWERS, '/v1/jobs': [401, {}], '/v1/repositories': [401, {}] } as const
    expect(await told(answers)).toEqual({ health: SERVER.health })
  })

  test('that refuses reports why', async () => {
    const answers = { ...ANSWERS, '/v1/jobs': [503, { title: 'The database is away' }] } as const
    const fault = 'does not answer: /v1/jobs answers with 503: The database is away'
    expect(await told(answers)).toEqual({ fault: expect.stringContaining(fault) })
  })

  test('that does not answer is reported with the reason', async () => {
    expect(await told()).toEqual({ fault: 'the server in codebase-mcp-server does not answer: ECONNREFUSED' })
  })
})

describe('the status', () => {
  test('of a stack whose server does not answer is 1', async () => {
    const { tools, printed } = fakeTools({ programs: () => ({ output: '{"fault":"ECONNREFUSED"}' }) })
    expect(await status(tools, {})).toBe(1)
    expect(printed.join()).toContain('The stack dev is failing.\n  x the server in codebase-mcp-server does not answer')
  })

  test('without a stack names other programs that may have an index, and how to create a stack', async () => {
    const { tools, printed } = fakeTools({ containers: [] })
    const prod = { ...tools, asked: { ...tools.asked, stack: 'mine' } }
    expect(await status(prod, {})).toBe(1)
    expect(printed).toEqual([
      'There is no stack "mine": `npm run up -- --stack mine` creates it. For repositories that `npm start` indexed without a stack, run: npm run index:status',
    ])
  })

  test('of a stack that is down is 1, and says how to start it', async () => {
    const { tools, printed } = fakeTools({ containers: [], volumes: ['codebase-mcp-postgres'] })
    expect(await status(tools, {})).toBe(1)
    expect(printed).toEqual(['The stack dev is down: `npm run up` starts it with its existing index.'])
  })

  test('is unavailable without the engine', async () => {
    const { tools } = fakeTools({
      engineFault: () => ({ detail: 'The Docker engine does not answer', remedy: 'start it' }),
    })
    await expect(status(tools, {})).rejects.toThrow('does not answer: start it')
  })
})
