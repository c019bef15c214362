import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { parseTokens } from '../../../service/access/tokens.ts'
import { readConfig } from '../../../service/config.ts'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import { makeService } from '../../../service/open.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { enqueueJob } from '../../../service/store/jobs.ts'
import { liveRepositories } from '../../../service/store/repositories.ts'
import { headersOfMessage, META } from '../../fakes/mcp-messages.ts'
import { AUDIENCE, startIssuer } from '../../fakes/oidc-issuer.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'
import { addFiles, emptyDatabase } from '../search/indexed.ts'
import { ask, startServer } from './running-server.ts'

const SHOP = 'canary-token-for-shop'
const TEAM = 'canary-token-for-team'
const EVERYTHING = 'canary-token-for-everything'
const TOKENS = `${SHOP} shop\n${TEAM} team-*\n${EVERYTHING}`
const NEEDLES = 40

let database: Database
let ollama: FakeOllama
let issuer: Awaited<ReturnType<typeof startIssuer>>
let server: Awaited<ReturnType<typeof startServer>>
const logged: string[] = []
const statements: string[] = []
const jobIds = new Map<string, string>()

beforeAll(async () => {
  database = await emptyDatabase()
  // The repository outside most scopes holds the best matches, more of them than any answer can list.
  const secrets = Array.from({ length: 80 }, (_, at) => ({
    path: `treasure${at}.ts`,
    text: `export function treasure${at}() { return treasure }`,
    symbol: `treasure${at}`,
  }))
  await addFiles(database, 'secret', [...secrets, ...needles('secret')])
  for (const name of ['shop', 'team-a', 'team-b']) {
    const treasures = Array.from({ length: 12 }, (_, at) => ({
      path: `map${at}.md`,
      text: `to the treasure, way ${at}`,
    }))
    await addFiles(database, name, [...treasures, ...needles(name)])
  }
  for (const { id, name } of await liveRepositories(database, EVERY_REPOSITORY)) {
    jobIds.set(name, (await enqueueJob(database, id, 'index')).id)
  }
  ollama = await startFakeOllama()
  issuer = await startIssuer()
  const log = pino({ level: 'debug' }, intoLines(logged))
  const config = readConfig({ OLLAMA_BASE_URL: ollama.url })
  const { search, catalogue } = makeService(recorded(database), config, log, { push: () => {} })
  const oidc = { issuer: issuer.url, audiences: [AUDIENCE], repositoriesClaim: 'repositories', repositories: [] }
  const settings = { tokens: parseTokens(TOKENS), oidc }
  server = await startServer({ context: { search, catalogue, log }, settings, log })
})
afterAll(async () => {
  await server.stop()
  await issuer.stop()
  await ollama.stop()
  await database.close()
})

function needles(name: string) {
  return Array.from({ length: NEEDLES }, (_, at) => ({ path: `needle${at}.ts`, text: `const needle${at} = '${name}'` }))
}

function intoLines(lines: string[]) {
  return new Writable({
    write(line, _, done) {
      lines.push(String(line))
      done()
    },
  })
}

function recorded(original: Database): Database {
  const recording = (sql: Sql): Sql => ({
    query: (text, values) => {
      statements.push(JSON.stringify([text, values]))
      return sql.query(text, values)
    },
    copyIn: (target, data) => sql.copyIn(target, data),
  })
  return {
    kind: original.kind,
    ...recording(original),
    transaction: (work) => original.transaction((sql) => work(recording(sql))),
    snapshot: (work) => original.snapshot((sql) => work(recording(sql))),
    check: () => original.check(),
    close: () => original.close(),
  }
}

const headersOf = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })

const post = (path: string, token: string, body: unknown) =>
  ask(server.port, path, { method: 'POST', headers: headersOf(token), body: JSON.stringify(body) })
const get = (path: string, token: string) => ask(server.port, path, { headers: headersOf(token) })
const removal = (path: string, token: string) => ask(server.port, path, { method: 'DELETE', headers: headersOf(token) })

/** Sends a call like a client of 2025, or like one of 2026 if `modern`. Every call has the id 7. */
function call(token: string, name: string, input: object, modern = false) {
  const meta = modern ? { _meta: META } : {}
  const own = modern ? headersOfMessage('tools/call', name) : {}
  const accept = 'application/json, text/event-stream'
  const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: input, ...meta } }
  const headers = { ...headersOf(token), accept, ...own }
  return ask(server.port, '/mcp', { method: 'POST', headers, body: JSON.stringify(message) })
}

interface Hit {
  readonly repository: string
  readonly path: string
}

describe('a scope', () => {
  test.each([
    [SHOP, ['shop'], ['shop']],
    [TEAM, ['team-a', 'team-b'], ['team-a', 'team-b']],
    [EVERYTHING, ['secret', 'shop', 'team-a', 'team-b'], ['secret']],
  ])(
    'limits for %s the listed repositories, the visible jobs, and the searched code',
    async (token, expected, best) => {
      const { repositories } = JSON.parse((await get('/v1/repositories', token)).text)
      expect(repositories.map(({ name }: { name: string }) => name)).toEqual(expected)
      const { jobs } = JSON.parse((await get('/v1/jobs', token)).text)
      expect(jobs.map(({ repository }: Hit) => repository).toSorted()).toEqual(expected)
      const { matches } = JSON.parse((await post('/v1/grep', token, { pattern: 'needle1 ' })).text)
      expect(matches.map(({ repository }: Hit) => repository).toSorted()).toEqual(expected)
      const { results } = JSON.parse((await post('/v1/search', token, { query: 'treasure', limit: 50 })).text)
      const found: string[] = results.map(({ repository }: Hit) => repository)
      expect(new Set(found)).toEqual(new Set(best))
    },
  )

  test('fills an answer up to its limit, even if hidden results rank higher', async () => {
    const { results } = JSON.parse((await post('/v1/search', SHOP, { query: 'treasure', limit: 10 })).text)
    expect(results).toHaveLength(10)
    const { matches, truncated } = JSON.parse((await post('/v1/grep', SHOP, { pattern: 'treasure', limit: 5 })).text)
    expect([matches.length, truncated]).toEqual([5, true])
  })

  test('limits which repositories metrics name', async () => {
    const { text } = await get('/metrics', TEAM)
    const named = [...text.matchAll(/codebase_repository_files\{repository="(.+?)"\}/g)].map(([, name]) => name)
    expect(named).toEqual(['team-a', 'team-b'])
    expect(await get('/health', TEAM)).toMatchObject({ text: expect.not.stringContaining('team') })
  })

  test('comes from the claim of a signed token, and is empty without one', async () => {
    const names = async (repositories: unknown) => {
      const { text } = await get('/v1/repositories', await issuer.sign({ claims: { repositories } }))
      return JSON.parse(text).repositories.map(({ name }: { name: string }) => name)
    }
    expect(await names(['shop', '*-b'])).toEqual(['shop', 'team-b'])
    expect(await names('shop team-a')).toEqual(['shop', 'team-a'])
    for (const none of [undefined, [], '', null, 7, { secret: true }, ['shop', 7]])
      expect(await names(none)).toEqual([])
  })
})

describe('a repository outside the scope', () => {
  // "absent" is as long as "secret", and no repository has that name.
  const requests: readonly (readonly [string, (name: string, job: string) => ReturnType<typeof ask>])[] = [
    ['a search in it', (name) => post('/v1/search', TEAM, { query: 'treasure', repository: name })],
    ['a regular expression', (name) => post('/v1/grep', TEAM, { pattern: 'treasure', repository: name })],
    ['a symbol', (name) => post('/v1/symbols', TEAM, { name: 'treasure', repository: name })],
    ['its files', (name) => post('/v1/files', TEAM, { repository: name })],
    ['a file of it', (name) => post('/v1/read', TEAM, { repository: name, path: 'treasure1.ts' })],
    ['its removal', (name) => removal(`/v1/repositories/${name}`, TEAM)],
    ['its job', (_, job) => get(`/v1/jobs/${job}`, TEAM)],
    ['its folder to be indexed', (name) => post('/v1/repositories', TEAM, { path: `/code/${name}` })],
    ['its URL to be indexed', (name) => post('/v1/repositories', TEAM, { url: `https://git.example/${name}.git` })],
    ['a search by MCP', (name) => call(TEAM, 'search_code', { query: 'treasure', repository: name })],
    ['a file by MCP', (name) => call(TEAM, 'read_file', { repository: name, path: 'treasure1.ts' }, true)],
    ['its job by MCP', (_, job) => call(TEAM, 'get_indexing_status', { job_id: job }, true)],
    ['its source to be indexed by MCP', (name) => call(TEAM, 'index_repository', { path: name })],
  ]

  test.each(requests)('is answered like one that does not exist: %s', async (_, request) => {
    await database.query("update repository set source = '/code/secret' where name = 'secret'")
    const job = jobIds.get('secret') as string
    const other = '00000000-0000-4000-8000-000000000000'
    const [hidden, absent] = [await request('secret', job), await request('absent', other)]
    expect(hidden.status).toBe(absent.status)
    expect(hidden.text.replaceAll('secret', 'NAME').replaceAll(job, 'JOB')).toBe(
      absent.text.replaceAll('absent', 'NAME').replaceAll(other, 'JOB'),
    )
    expect(hidden.text).not.toMatch(/shop|"results"|"text":"export/)
  })

  test('is still visible to those who may see it', async () => {
    expect((await post('/v1/read', EVERYTHING, { repository: 'secret', path: 'treasure1.ts' })).status).toBe(200)
    expect((await get(`/v1/jobs/${jobIds.get('secret')}`, EVERYTHING)).status).toBe(200)
  })
})

test('clients with equal request ids and different scopes get their own answers', async () => {
  const repositoryOf = new Map([
    [SHOP, /^shop$/],
    [TEAM, /^team-[ab]$/],
    [EVERYTHING, /./],
    [await issuer.sign({ claims: { repositories: ['secret'] } }), /^secret$/],
  ])
  const wrong: unknown[] = []
  const one = async (token: string, at: number, modern: boolean) => {
    const ask = () => call(token, 'search_code', { query: `needle${at}`, limit: 5 }, modern)
    let { status, text } = await ask()
    // A machine that is busy with other tests may require retries.
    while (/overloaded|deadline_exceeded/.test(text)) ({ status, text } = await ask())
    const { id, result } = JSON.parse(text)
    const hits: Hit[] = result.structuredContent.results
    const isOwn = hits.every(({ repository }) => repositoryOf.get(token)?.test(repository))
    if (status !== 200 || id !== 7 || !isOwn || hits[0]?.path !== `needle${at}.ts`) wrong.push([token, at, hits])
  }
  for (const modern of [false, true]) {
    for (let first = 0; first < NEEDLES; first += 20) {
      const turn = Array.from({ length: 20 }, (_, at) => first + at)
      await Promise.all(turn.flatMap((at) => Array.from(repositoryOf.keys(), (token) => one(token, at, modern))))
    }
  }
  expect(wrong).toEqual([])
})

test('a token reaches neither the database nor Ollama nor the log', async () => {
  // Stores vectors, because the service only asks Ollama if there are some to compare with.
  const [shop] = await liveRepositories(database, EVERY_REPOSITORY, 'shop')
  const embedder = makeOllama({ url: ollama.url, model: 'all-minilm' })
  const embed = makeEmbedRun({ database, embedder, log: pino({ level: 'silent' }) })
  await embed({ repositoryId: shop?.id ?? 0 }, new AbortController().signal, () => {})
  const signed = await issuer.sign()
  const expired = await issuer.sign({ claims: { exp: 1 } })
  for (const token of [SHOP, EVERYTHING, signed, expired, 'canary-that-nobody-knows', 'canary.that.is-not-signed']) {
    await post('/v1/search', token, { query: 'where is the treasure' })
    await post('/v1/grep', token, { pattern: '(' })
    await post('/v1/repositories', token, { path: '/nowhere' })
    await get(`/v1/nothing?access_token=${token}`, token)
    await get('/metrics', token)
    await call(token, 'list_repositories', {})
    await call(token, 'find', {}, true)
  }
  issuer.fail((request) => request.destroy())
  await get('/v1/jobs', await issuer.sign())
  issuer.fail(undefined)
  expect(logged.join('')).toContain('/v1/nothing')
  expect(statements.join('')).toContain('select')
  expect(ollama.embedded).toContain('where is the treasure')
  const seen = JSON.stringify([logged, statements, ollama.headers, ollama.embedded])
  expect(seen).not.toContain('canary')
  for (const part of [...signed.split('.').slice(1), ...expired.split('.').slice(1)]) expect(seen).not.toContain(part)
})
