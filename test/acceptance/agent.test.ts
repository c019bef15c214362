import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Agent, connectAgent } from './agent.ts'
import type { GrepAnswer, Job, Repository, SearchAnswer } from './answers.ts'
import { hasModel, manifest } from './deployment.ts'
import { untilIndexed, WITHIN } from './indexed.ts'

const { repository, words, meaning, patterns, texts } = manifest
const withModel = await hasModel()

let agent: Agent

beforeAll(async () => {
  agent = await connectAgent()
  await untilIndexed(repositories)
})

afterAll(() => agent?.client.close())

const repositories = async () => (await agent.call<{ repositories: Repository[] }>('list_repositories')).repositories

const indexed = async () => (await repositories()).find(({ name }) => name === repository)

const search = (query: string, more: object = {}) =>
  agent.call<SearchAnswer>('search_code', { query, repository, ...more })

describe('an agent that connects', () => {
  test('learns which server it talks to and where to begin', () => {
    expect(agent.client.getServerVersion()).toMatchObject({
      name: 'codebase-mcp',
      version: expect.stringMatching(/^\d/),
    })
    expect(agent.client.getInstructions()).toContain('search_code for questions in words')
    expect(agent.client.getServerCapabilities()?.tools).toBeDefined()
  })

  test('is offered the tools, each with a description and an input schema', async () => {
    const { tools } = await agent.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'search_code',
      'find_symbol',
      'grep_code',
      'read_file',
      'list_files',
      'list_repositories',
      'index_repository',
      'get_indexing_status',
    ])
    for (const { name, description, inputSchema } of tools) {
      expect(description?.length, name).toBeGreaterThan(50)
      expect(inputSchema.type, name).toBe('object')
    }
  })
})

describe('search_code', () => {
  test.each(words)('finds $path for the words $query', async ({ query, path }) => {
    const { results, modes } = await search(query)
    expect(modes).toContain('lexical')
    expect(results[0]).toMatchObject({ repository, path })
    expect(results[0]?.snippet).toBeTruthy()
  })

  test('returns no more than requested, and only from the requested places', async () => {
    const [{ query, path } = { query: '', path: '' }] = words
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    const { results } = await search(query, { path: `${folder}**`, limit: 1, detail: 'paths' })
    expect(results).toHaveLength(1)
    expect(results[0]?.path.startsWith(folder)).toBe(true)
    expect(results[0]?.snippet).toBeUndefined()
  })

  test('includes the places in the text too', async () => {
    const [{ query, path } = { query: '', path: '' }] = words
    expect((await agent.told('search_code', { query, repository })).text).toContain(`${repository}: ${path}:`)
  })

  test('answers many agents at once, each with its own results', async () => {
    const questions = Array.from({ length: 5 }, () => words).flat()
    const asked = questions.map(async ({ query }) => {
      const own = await connectAgent()
      try {
        return (await own.call<SearchAnswer>('search_code', { query, repository })).results[0]?.path
      } finally {
        await own.client.close()
      }
    })
    expect(await Promise.all(asked)).toEqual(questions.map(({ path }) => path))
  })
})

describe.skipIf(!withModel)('search_code with a model', () => {
  beforeAll(() => untilIndexed(repositories, true))

  test.each(meaning)('finds $path for the meaning of $query', async ({ query, path }) => {
    // The model may not be loaded yet when the first question arrives. The model in the package then answers alone.
    await expect.poll(async () => (await search(query)).models.length, WITHIN).toBe(2)
    const { results, degraded } = await search(query)
    expect(degraded).toBeUndefined()
    expect(results.slice(0, 3).map((result) => result.path)).toContain(path)
  })
})

describe.skipIf(withModel)('search_code without a model', () => {
  test('answers by words and by the model in the package, without being degraded', async () => {
    const { modes, models, degraded } = await search(words[0]?.query ?? '')
    expect(modes).toEqual(['lexical', 'semantic'])
    expect(models).toHaveLength(1)
    expect(degraded).toBeUndefined()
  })
})

describe('grep_code and read_file', () => {
  test.each(patterns)('finds the line of $path that $pattern matches', async ({ pattern, path, line }) => {
    const { matches, truncated } = await agent.call<GrepAnswer>('grep_code', { pattern, repository })
    expect(matches.map((match) => [match.path, match.line])).toEqual([[path, line]])
    expect(truncated).toBe(false)
  })

  test.each(texts)('return lines $first to $last of $path unchanged', async ({ path, first, last, text }) => {
    const lines = { start_line: first, end_line: last }
    const told = await agent.told('read_file', { repository, path, ...lines })
    const numbered = text.split('\n').map((line, at) => `${first + at}\t${line}`)
    expect(told.text).toContain(`${repository}: ${path}, lines ${first}-${last} of `)
    expect(told.text.split('\n').slice(1)).toEqual(numbered)
  })

  test('return what a search has found', async () => {
    const { results } = await search(words[0]?.query ?? '', { detail: 'full', limit: 1 })
    const [{ path, start_line, end_line, snippet } = { path: '', start_line: 0, end_line: 0, snippet: '' }] = results
    const { text } = await agent.told('read_file', { repository, path, start_line, end_line })
    expect(text).toContain(snippet)
  })
})

describe('index_repository', () => {
  test('updates a repository, and get_indexing_status reports when it is done', async () => {
    const source = (await indexed())?.source ?? ''
    const { job_id } = await agent.call<Job>(
      'index_repository',
      source.startsWith('/') ? { path: source } : { url: source },
    )
    const job = async () => (await agent.call<{ jobs: Job[] }>('get_indexing_status', { job_id })).jobs[0]
    await expect.poll(job, WITHIN).toMatchObject({ job_id, kind: 'index', state: 'succeeded', files_failed: 0 })
    expect(await indexed()).toMatchObject({ state: 'ready', files: manifest.files })
  })

  test.each(['/etc', '/repositories/../etc', '/'])('refuses %s, which is outside its folders', async (path) => {
    expect(await agent.told('index_repository', { path })).toMatchObject({ isError: true, code: 'path_not_allowed' })
  })
})

describe('an agent with an impossible request', () => {
  const path = texts[0]?.path
  test.each([
    ['search_code', { query: '' }, 'request_invalid'],
    ['search_code', { query: 'x', limit: 0 }, 'request_invalid'],
    ['search_code', { query: 'x', limti: 5 }, 'request_invalid'],
    ['search_code', { query: 'x', repository: 'no-such-repository' }, 'repository_unknown'],
    ['grep_code', { pattern: '(' }, 'pattern_invalid'],
    ['grep_code', { pattern: '(a)\\1' }, 'pattern_invalid'],
    ['read_file', { repository, path: 'no/such/file' }, 'file_unknown'],
    ['read_file', { repository, path: '../../etc/passwd' }, 'file_unknown'],
    ['read_file', { repository, path, start_line: 1_000_000 }, 'request_invalid'],
    ['index_repository', {}, 'request_invalid'],
    ['get_indexing_status', { job_id: 'no-such-job' }, 'job_unknown'],
  ])('gets a fault from %s for %j: %s', async (tool, input, code) => {
    const told = await agent.told(tool, input)
    expect(told).toMatchObject({ isError: true, code })
    // What happened, what to do, and the code: at least three lines.
    expect(told.text.trim().split('\n').length).toBeGreaterThanOrEqual(3)
  })

  test('gets the list of tools if it names an unknown one', async () => {
    const call = agent.client.callTool({ name: 'no_such_tool', arguments: {} })
    await expect(call).rejects.toMatchObject({ code: -32602, message: expect.stringContaining('search_code') })
  })
})
