import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { status } from '../../../../infra/cli/commands/status.ts'
import { partsOf } from '../../../../infra/cli/day-two/parts.ts'
import { reportOf, type Seen } from '../../../../infra/cli/day-two/status/report.ts'
import { askServer, type ServerSeen } from '../../../../infra/cli/day-two/status/server.ts'
import { showStatus } from '../../../../infra/cli/day-two/status/show.ts'
import { settingsOf } from '../../mocked.ts'
import { asked, CORE, container, fakeTools, NOW } from './fake-tools.ts'

const SERVER: ServerSeen = {
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

function seen(given: Partial<Seen> & { containers?: Parameters<typeof partsOf>[1] } = {}): Seen {
  const { containers = CORE, settings = settingsOf('docker'), ...rest } = given
  return { settings, parts: partsOf(settings, containers), usage: new Map(), server: SERVER, ...rest }
}

const without = (part: string) => CORE.filter(({ name }) => !name.endsWith(part))
const withPart = (...args: Parameters<typeof container>) => [...without(args[0]), container(...args)]

const opened: Server[] = []
afterEach(() => {
  for (const server of opened.splice(0)) server.close()
})

/** A server that gives each path its answer. */
async function serverWith(answers: Record<string, [status: number, body: unknown]>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const [code, body] = answers[url] ?? [404, { title: 'Nothing is here' }]
    response.writeHead(code).end(JSON.stringify(body))
  })
  opened.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

const ANSWERS: Record<string, [number, unknown]> = {
  '/health': [200, SERVER.health],
  '/v1/repositories': [200, { repositories: SERVER.repositories }],
  '/v1/jobs': [200, { jobs: SERVER.jobs }],
}

describe('a report', () => {
  test('is good where all parts are', () => {
    expect(reportOf(seen())).toMatchObject({ state: 'ok', problems: [] })
  })

  test.each([
    [{ containers: without('ollama') }, 'failing', 'ollama is missing'],
    [{ containers: withPart('server', { state: 'exited', exitCode: 1 }) }, 'failing', 'server is exited (exit code 1)'],
    [
      { containers: withPart('ollama', { state: 'exited', exitCode: 137, outOfMemory: true }) },
      'failing',
      'out of memory',
    ],
    [
      { containers: withPart('server', { health: 'unhealthy', checkOutput: 'not ready: x' }) },
      'failing',
      'not ready: x',
    ],
    [{ containers: withPart('server', { health: 'starting' }) }, 'degraded', 'server is starting'],
    [{ containers: withPart('server', { restarts: 2 }) }, 'degraded', 'ended 2 times by itself'],
    [
      { containers: [...CORE, container('model', { state: 'exited', exitCode: 1 })] },
      'degraded',
      'the model was not pulled',
    ],
    [{ server: { fault: 'http://x does not answer' } }, 'failing', 'does not answer'],
    [{ server: { ...SERVER, health: { ...SERVER.health, draining: true } } }, 'failing', 'is stopping'],
  ] as const)('of %j is %s: %s', (given, state, detail) => {
    const report = reportOf(seen(given))
    expect(report.state).toBe(state)
    expect(report.problems[0]?.detail).toContain(detail)
  })

  test('tells what the server says of its parts and of repositories', () => {
    const { health, repositories, jobs } = SERVER
    const failed = { state: 'failed' as const, fault: { message: 'The folder is gone', remedy: 'Bring it back' } }
    const server = {
      health: { ...health, status: 'degraded' as const, embedder: { state: 'unreachable', reason: 'Ollama is away' } },
      repositories: repositories.map((repository) => ({ ...repository, ...failed })),
      jobs,
    }
    expect(reportOf(seen({ server })).problems).toEqual([
      { state: 'degraded', detail: 'no search by meaning: Ollama is away' },
      { state: 'degraded', detail: 'shop: The folder is gone. Bring it back' },
    ])
  })

  test('puts what fails before what is only degraded', () => {
    const containers = withPart('ollama', { health: 'starting' }).filter(({ name }) => !name.endsWith('server'))
    expect(reportOf(seen({ containers })).problems.map(({ state }) => state)).toEqual(['failing', 'degraded'])
  })

  test('misses no part that the settings do without', () => {
    const settings = settingsOf('docker', { database: { url: 'postgres://db/x' }, ollama: { enabled: false } })
    expect(reportOf(seen({ settings, containers: CORE.slice(2) }))).toMatchObject({ state: 'ok' })
  })

  test('misses the parts of a profile', () => {
    const settings = settingsOf('docker', { profiles: ['worker', 'mcp'] })
    const { problems } = reportOf(seen({ settings }))
    expect(problems.map(({ detail }) => detail.split(' ')[0])).toEqual(['worker', 'mcp'])
  })

  test('of a stack without containers says that it is down', () => {
    expect(reportOf(seen({ containers: [container('model', { state: 'exited' })] })).state).toBe('down')
  })
})

test('a report for people has a row for each part, the addresses, the index and what is running', () => {
  const usage = new Map([['codebase-mcp-server', { memory: 100 * 1024 ** 2, cpuPercent: 1.5 }]])
  expect(showStatus('dev', reportOf(seen({ usage })), NOW).split('\n')).toEqual([
    'The stack dev is healthy.',
    '',
    'part      state    for     restarts  memory               CPU    image',
    'postgres  healthy  60 min  0         -                    -      postgres:1 postgres0000',
    'ollama    healthy  60 min  0         -                    -      ollama:1 ollama000000',
    'server    healthy  60 min  0         100 MiB of 2048 MiB  1.5 %  server:1 server000000',
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
  test('is asked for its health, its repositories and its jobs', async () => {
    expect(await askServer(`http://${await serverWith(ANSWERS)}`)).toEqual(SERVER)
  })

  test('tells its health also where it fails', async () => {
    const health = { ...SERVER.health, status: 'failing' }
    const url = `http://${await serverWith({ ...ANSWERS, '/health': [503, health] })}`
    expect((await askServer(url)).health.status).toBe('failing')
  })

  test.each([
    [
      { ...ANSWERS, '/v1/jobs': [503, { title: 'The database is away' }] },
      '/v1/jobs answers with 503: The database is away',
    ],
    [{ ...ANSWERS, '/v1/jobs': [401, {}] }, 'asks for a token'],
  ] as [typeof ANSWERS, string][])('that refuses says why', async (answers, message) => {
    await expect(askServer(`http://${await serverWith(answers)}`)).rejects.toThrow(message)
  })

  test('that is not there is told with the reason', async () => {
    await expect(askServer('http://127.0.0.1:1')).rejects.toThrow('http://127.0.0.1:1/health does not answer (')
  })
})

describe('the status', () => {
  const containersAt = (address: string) => withPart('server', { published: [{ port: 8000, address }] })

  test('of a stack that serves is 0, with usage and index', async () => {
    const { tools, printed } = fakeTools({ containers: containersAt(await serverWith(ANSWERS)) })
    expect(await status(asked(), tools, { json: true })).toBe(0)
    const report = JSON.parse(printed.join())
    expect(report).toMatchObject({ stack: 'dev', state: 'ok', index: { repositories: [{ name: 'shop' }] } })
    expect(report.parts.at(-1)).toMatchObject({ part: 'server', cpuPercent: 1.5, memory: 100 * 1024 ** 2 })
  })

  test('of a stack whose server does not answer is 1', async () => {
    const { tools, printed } = fakeTools({ containers: containersAt('127.0.0.1:1') })
    expect(await status(asked(), tools, {})).toBe(1)
    expect(printed.join()).toContain('The stack dev is failing.\n  x http://127.0.0.1:1/health does not answer')
  })

  test('where there is no stack names what else may have an index', async () => {
    const { tools, printed } = fakeTools({ isMade: false })
    expect(await status(asked(), tools, {})).toBe(1)
    expect(printed).toEqual([
      'There is no stack "dev": `npm run up` makes it. What `npm start` has indexed without one: npm run index:status',
    ])
  })

  test('of a stack that is down is 1, and says how to start it', async () => {
    const { tools, printed } = fakeTools({ containers: [] })
    expect(await status(asked(), tools, {})).toBe(1)
    expect(printed).toEqual(['The stack dev is down: `npm run up` starts it, with the index that it had.'])
  })

  test('cannot be told without the engine', async () => {
    const { tools } = fakeTools({ engineFault: 'The Docker engine does not answer: start it' })
    await expect(status(asked(), tools, {})).rejects.toThrow('does not answer: start it')
  })
})
