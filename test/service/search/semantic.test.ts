import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import { Fault } from '../../../service/errors.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import type { SearchRequest } from '../../../service/search/contract.ts'
import { makeFileTable } from '../../../service/search/file-table.ts'
import { makeSearch } from '../../../service/search/search.ts'
import { makeSemanticLeg, type SemanticParts } from '../../../service/search/semantic/leg.ts'
import { type Likeness, meanLikeness } from '../../../service/search/semantic/likeness.ts'
import { Workspace } from '../../../service/search/workspace.ts'
import { insertEmbeddings } from '../../../service/store/embeddings.ts'
import type { FileRow } from '../../../service/store/files.ts'
import { filesBySegments } from '../../../service/store/files-by-segments.ts'
import { registerModel } from '../../../service/store/models.ts'
import { liveRepositories } from '../../../service/store/repositories.ts'
import { insertVectors } from '../../../service/store/segment-vectors.ts'
import { liveSegments } from '../../../service/store/segments.ts'
import { MIB } from '../../../service/units.ts'
import { packVectors } from '../../../service/vectors/packed-vectors.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'
import { fakeOwnModel } from '../../fakes/own-model.ts'
import { addFiles } from './indexed.ts'

const database = useEmbeddedDatabase()
const DIMENSIONS = 64
const SERVED = 'all-minilm:latest'
const ownModel = fakeOwnModel('static-fake', DIMENSIONS)
const vectorOf = (text: string) => Float32Array.from(hashedVector(text, DIMENSIONS))

const FILES = [
  { path: 'src/parser.ts', text: 'parse the arguments of a command' },
  { path: 'src/server.ts', text: 'listen on a socket' },
  { path: 'src/answer.py', text: 'write a reply', language: 'python' },
  { path: 'test/clock.ts', text: 'tick every second' },
]

interface Meaning {
  readonly model?: string
  readonly repository?: string
  readonly complete?: boolean
}

/** Stores vectors of these meanings for files. */
async function mean(
  meanings: Record<string, string>,
  { model = SERVED, repository = 'r', complete = true }: Meaning = {},
) {
  const row = await registerModel(database(), model, DIMENSIONS)
  for (const [path, meaning] of Object.entries(meanings)) {
    const [chunk] = await database().query<{ id: number; segment: number; document: number; hash: string }>(
      `select repository.id, file.segment_id as segment, first_document as document, encode(chunk.hash, 'hex') as hash
       from file join repository on repository.id = repository_id join chunk on chunk.file_id = file.id
       where repository.name = $1 and file.path = $2 and died is null`,
      [repository, path],
    )
    if (chunk === undefined) throw new Error(`there is no ${path}`)
    const vector = vectorOf(meaning)
    const packed = packVectors([chunk.document], [vector])
    await insertEmbeddings(database(), row, [{ hash: chunk.hash, vector }])
    await insertVectors(database(), chunk.id, row.id, [{ segmentId: chunk.segment, packed, complete }])
  }
}

const embedder = (model = SERVED) => ({ model, embedQuery: async (text: string) => vectorOf(text) })
const DOWN = {
  model: SERVED,
  embedQuery: () => Promise.reject(new Fault('embedder_unavailable', 'It is down', 'Wait')),
}

const searching = (parts: Partial<SemanticParts>) =>
  makeSearch({
    database: database(),
    semantic: makeSemanticLeg({ database: database(), memoryBytes: 64 * MIB, ...parts }),
    log: silent,
  })
const likenessesIn = (segmentId: number, likeness: Likeness | undefined) =>
  meanLikeness(likeness === undefined ? [] : [likeness], segmentId) ?? []
const ask = (query: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  scope: EVERY_REPOSITORY,
  limit: 10,
  detail: 'paths',
  ...more,
})

async function answered(search: ReturnType<typeof searching>, query: string, more?: Partial<SearchRequest>) {
  const { results, modes, models, degraded } = await search.search(ask(query, more))
  return { paths: results.map(({ path }) => path), modes, models, degraded }
}

/** Polls the first result, because a question only waits a moment for new vectors. */
const firstOf = (search: ReturnType<typeof searching>, query: string) =>
  expect.poll(async () => (await answered(search, query)).paths[0], { timeout: 10_000 })

const LEGS = ['lexical', 'semantic']
/** No text contains these words. All meanings share one word, so each resembles every question a little. */
const MEANINGS = {
  'src/parser.ts': 'a big walrus',
  'src/server.ts': 'a big penguin',
  'src/answer.py': 'a big ostrich',
  'test/clock.ts': 'a big flamingo',
}

beforeEach(() => addFiles(database(), 'r', FILES))

describe('a stored vector', () => {
  test('is found by meaning, whatever its words', async () => {
    await mean(MEANINGS)
    const { paths, ...rest } = await answered(searching({ embedder: embedder() }), 'big penguin')
    expect(paths[0]).toBe('src/server.ts')
    expect(rest).toEqual({ modes: LEGS, models: [SERVED], degraded: undefined })
  })

  test('is found as soon as its group is stored', async () => {
    const search = searching({ embedder: embedder() })
    expect(await answered(search, 'big penguin')).toMatchObject({ paths: [], modes: ['lexical'] })
    await mean({ 'src/parser.ts': 'a big walrus', 'test/clock.ts': 'a big flamingo' }, { complete: false })
    await firstOf(search, 'big walrus').toBe('src/parser.ts')
    await mean({ 'src/server.ts': 'a big penguin' }, { complete: false })
    await firstOf(search, 'big penguin').toBe('src/server.ts')
  })

  test('is found if it is published later, and no longer after it is replaced', async () => {
    await mean(MEANINGS)
    const search = searching({ embedder: embedder() })
    await firstOf(search, 'big penguin').toBe('src/server.ts')
    await addFiles(database(), 'r', [{ path: 'src/new.ts', text: 'connect to a peer' }], ['src/server.ts'])
    await mean({ 'src/new.ts': 'penguin' })
    await firstOf(search, 'big penguin').toBe('src/new.ts')
    const { paths } = await answered(search, 'big penguin')
    expect(paths).not.toContain('src/server.ts')
  })

  test('is only found in the requested repositories', async () => {
    await addFiles(database(), 'other', FILES)
    await mean(MEANINGS)
    await mean(MEANINGS, { repository: 'other' })
    const { results } = await searching({ embedder: embedder() }).search(ask('big penguin', { repository: 'other' }))
    expect(results[0]?.path).toBe('src/server.ts')
    expect(new Set(results.map(({ repository }) => repository))).toEqual(new Set(['other']))
  })

  test('of a removed repository is dropped', async () => {
    await addFiles(database(), 'other', FILES)
    await mean(MEANINGS)
    await mean(MEANINGS, { repository: 'other' })
    const search = searching({ embedder: embedder() })
    await firstOf(search, 'big penguin').toBe('src/server.ts')
    const [both] = search.models()
    await database().query(`update repository set removed = true where name = 'other'`)
    await addFiles(database(), 'r', [{ path: 'src/new.ts', text: 'connect to a peer' }])
    await mean({ 'src/new.ts': 'penguin' })
    await firstOf(search, 'penguin').toBe('src/new.ts')
    expect(both?.vectors).toBe(2 * FILES.length)
    expect(search.models()).toMatchObject([{ vectors: FILES.length + 1 }])
  })

  test('that does not exist yet is reported as missing', async () => {
    expect(await answered(searching({ embedder: embedder() }), 'socket')).toEqual({
      paths: ['src/server.ts'],
      modes: ['lexical'],
      models: [],
      degraded: 'The chunks have no vectors yet: results are by words only',
    })
  })
})

describe.each([
  ['in memory', 64 * MIB],
  ['beyond the memory', 1],
])('a filter, with vectors %s', (_, memoryBytes) => {
  const found = (more: Partial<SearchRequest>) =>
    answered(searching({ embedder: embedder(), memoryBytes }), 'big penguin', more)

  test('excludes the nearest chunk if the path does not match', async () => {
    await mean(MEANINGS)
    expect((await found({ path: 'src/**' })).paths[0]).toBe('src/server.ts')
    const { paths } = await found({ path: 'test/**' })
    expect(paths.filter((path) => !path.startsWith('test/'))).toEqual([])
  })

  test('excludes the nearest chunk if the language differs', async () => {
    await mean({ ...MEANINGS, 'src/answer.py': 'a big penguin' })
    const { paths, modes } = await found({ languages: ['python'] })
    expect(paths).toEqual(['src/answer.py'])
    expect(modes).toEqual(LEGS)
  })
})

describe('vectors that do not fit into memory', () => {
  test('are still searched, in the database', async () => {
    await mean(MEANINGS)
    const { paths, modes, models } = await answered(searching({ embedder: embedder(), memoryBytes: 1 }), 'big penguin')
    expect(paths[0]).toBe('src/server.ts')
    expect({ modes, models }).toEqual({ modes: LEGS, models: [SERVED] })
  })

  test('are held for all repositories when others are removed and there is room again', async () => {
    await addFiles(
      database(),
      'big',
      Array.from({ length: 40 }, (_, at) => ({ path: `f${at}`, text: `number ${at}` })),
    )
    await mean({ ...MEANINGS, 'src/server.ts': 'a big penguin' })
    const memoryBytes = 1500
    const search = searching({ embedder: embedder(), memoryBytes })
    await mean(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, 'a big ostrich'])), {
      repository: 'big',
    })
    await firstOf(search, 'big penguin').toBe('src/server.ts')
    await addFiles(
      database(),
      'big',
      [],
      Array.from({ length: 40 }, (_, at) => `f${at}`),
    )
    await firstOf(search, 'big penguin').toBe('src/server.ts')
    expect((await answered(search, 'big penguin', { repository: 'r' })).paths[0]).toBe('src/server.ts')
  })
})

describe('the own model', () => {
  const OWN = { model: ownModel.name }

  test('answers while Ollama is down, without being degraded', async () => {
    await mean(MEANINGS, OWN)
    await mean(MEANINGS)
    const { paths, ...rest } = await answered(searching({ ownModel, embedder: DOWN }), 'big penguin')
    expect(paths[0]).toBe('src/server.ts')
    expect(rest).toEqual({ modes: LEGS, models: [ownModel.name], degraded: undefined })
  })

  test('answers if Ollama is disabled', async () => {
    await mean(MEANINGS, OWN)
    expect(await answered(searching({ ownModel }), 'big penguin')).toMatchObject({ models: [ownModel.name] })
  })

  test('answers together with a model of Ollama, also for chunks of which that has no vectors yet', async () => {
    await mean(MEANINGS, OWN)
    await mean({ 'src/answer.py': 'a big penguin', 'test/clock.ts': 'a big flamingo' }, { complete: false })
    const { paths, models } = await answered(searching({ ownModel, embedder: embedder() }), 'big penguin')
    expect(models).toEqual([ownModel.name, SERVED])
    expect(paths).toEqual(['src/server.ts', 'src/answer.py'])
  })

  test('leaves a question without known words to words and to Ollama', async () => {
    await mean(MEANINGS, OWN)
    const knowing = { ...ownModel, questionVector: () => undefined }
    expect(await answered(searching({ ownModel: knowing }), 'socket')).toMatchObject({
      paths: ['src/server.ts'],
      modes: ['lexical'],
    })
  })

  test('without vectors, beside an Ollama that is down, leaves words, and the answer says why', async () => {
    await mean(MEANINGS)
    expect(await answered(searching({ ownModel, embedder: DOWN }), 'socket')).toEqual({
      paths: ['src/server.ts'],
      modes: ['lexical'],
      models: [],
      degraded: 'It is down: results are by words only',
    })
  })
})

describe('another model in the settings', () => {
  const search = () => searching({ embedder: embedder('newer:latest'), embedderFor: embedder })

  test('answers once it has as many vectors as the previous one, which answers until then', async () => {
    await mean(MEANINGS)
    const changed = search()
    expect((await answered(changed, 'big penguin')).models).toEqual([SERVED])
    await mean({ 'src/parser.ts': 'a big penguin' }, { model: 'newer:latest', complete: false })
    const half = await answered(changed, 'big penguin')
    expect([half.models, half.paths[0]]).toEqual([[SERVED], 'src/server.ts'])
    await mean({ ...MEANINGS, 'src/parser.ts': 'a big and new walrus' }, { model: 'newer:latest' })
    await expect
      .poll(() => answered(changed, 'big penguin'), { timeout: 10_000 })
      .toMatchObject({ models: ['newer:latest'], modes: LEGS })
  })
})

describe('vectors of Ollama', () => {
  let ollama: FakeOllama
  beforeEach(async () => {
    ollama = await startFakeOllama()
  })
  afterEach(() => ollama.stop())

  const served = (patience = 60_000) =>
    makeOllama({ url: ollama.url, model: 'all-minilm' }, { queryPatienceMs: patience, retryDelayMs: 1 })
  const leg = (patience?: number) =>
    makeSemanticLeg({ database: database(), embedder: served(patience), memoryBytes: 64 * MIB })
  const { signal } = new AbortController()

  async function question(text: string) {
    const repositories = await liveRepositories(database(), EVERY_REPOSITORY)
    const files: FileRow[] = []
    for (const repository of repositories) {
      for await (const page of filesBySegments(database(), repository)) files.push(...page)
    }
    const { segments } = await makeFileTable(files, await liveSegments(database(), repositories))
    for (const { id } of repositories) {
      const run = makeEmbedRun({ database: database(), embedder: served(), log: silent })
      await run({ repositoryId: id }, signal, () => {})
    }
    const repositoriesNow = await liveRepositories(database(), EVERY_REPOSITORY)
    return { text, repositories: repositoriesNow, segments, workspace: new Workspace() }
  }

  test('give the likeness of each chunk to the question, in standard deviations from the mean', async () => {
    const asked = await question('listen on a socket of a command every second')
    const semantic = leg()
    await semantic.update(asked)
    const likeness = await semantic.served(asked, signal)
    const values = [...likenessesIn(asked.segments[0]?.id ?? 0, likeness)]
    expect(values.indexOf(Math.max(...values))).toBe(1)
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4)
    expect(values.reduce((sum, value) => sum + value * value, 0) / values.length).toBeCloseTo(1, 4)
  })

  test('within a filter use the mean of what the filter includes', async () => {
    const asked = await question('parse the arguments of a command, listen on a socket, answer a request')
    const semantic = leg()
    await semantic.update(asked)
    const [segment] = asked.segments
    const likenesses = await Promise.all(
      (segment?.files ?? []).map(async (file) => {
        const narrowed = { ...asked, segments: asked.segments.map((each) => ({ ...each, files: [file] })) }
        const likeness = await semantic.served(narrowed, signal)
        const { firstDocument, documents } = file.row
        return [...likenessesIn(segment?.id ?? 0, likeness)].slice(firstDocument, firstDocument + documents)
      }),
    )
    expect(likenesses.length).toBeGreaterThan(0)
    const told = likenesses.filter((values) => values.some((value) => value !== 0))
    expect(told.length).toBeGreaterThan(1)
    for (const values of told) expect(Math.max(...values)).toBeGreaterThan(0)
  })

  test('of other dimensions than those of the question are not compared', async () => {
    const asked = await question('socket')
    const semantic = leg()
    await semantic.update(asked)
    ollama.dimensions = 48
    await expect(semantic.served(asked, signal)).rejects.toMatchObject({ code: 'embedding_model_dimension' })
  })

  test.each([
    'dripping',
    'held',
    'status_500',
    'status_503',
    'cut_json',
    'html',
    'nan',
    'short_batch',
    'error_in_200',
  ] as const)('are not compared if the embedder fails with %s, and the fault is reported', async (fault) => {
    const asked = await question('socket')
    const semantic = leg(50)
    await semantic.update(asked)
    ollama.fault = fault
    await expect(semantic.served(asked, signal)).rejects.toMatchObject({
      name: 'Fault',
      code: expect.stringMatching(/^embedder_/),
    })
  })
})
