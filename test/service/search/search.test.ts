import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { Fault } from '../../../service/errors.ts'
import type { SearchRequest } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { SemanticLeg } from '../../../service/search/semantic/leg.ts'
import type { Likeness } from '../../../service/search/semantic/likeness.ts'
import type { Database } from '../../../service/store/database.ts'
import { sweep } from '../../../service/store/generations.ts'
import { hideRepository } from '../../../service/store/repositories.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

const ask = (query: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  scope: EVERY_REPOSITORY,
  limit: 10,
  detail: 'paths',
  ...more,
})

const filler = (lines: number) => Array.from({ length: lines }, (_, line) => `line${line}()`).join('\n')

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
  await addFiles(database, 'shop', [
    { path: 'src/cart.ts', text: 'export function addToCart(item) {\n  basket.push(item)\n}', symbol: 'addToCart' },
    {
      path: 'src/payment.py',
      text: 'def charge(card):\n  return gateway.pay(card)',
      language: 'python',
      symbol: 'charge',
    },
    { path: 'test/cart.test.ts', text: 'test("addToCart", () => { addToCart(item); basket.push(item) })' },
    { path: 'src/long.ts', text: `${filler(30)}\nwhere the walrus sleeps\n${filler(30)}`, symbol: 'long' },
    { path: 'src/two.ts', text: 'penguin one\npenguin two\npenguin three\npenguin four', cuts: [3] },
  ])
  await addFiles(database, 'blog', [{ path: 'post.ts', text: 'export const cart = writePost()', symbol: 'cart' }])
})
afterAll(() => database.close())

const lexical = () => makeSearch({ database, log: silent })

describe('a search', () => {
  test('finds the definition of a name first, the test after it', async () => {
    const { results } = await lexical().search(ask('addToCart'))
    expect(results.map(({ path }) => path).slice(0, 2)).toEqual(['src/cart.ts', 'test/cart.test.ts'])
    expect(results[0]).toMatchObject({ repository: 'shop', startLine: 1, endLine: 3, symbol: 'addToCart' })
  })

  test('can be limited to a repository, a language, or paths of one kind', async () => {
    const paths = async (more: Partial<SearchRequest>) =>
      (await lexical().search(ask('cart card', more))).results.map(({ repository, path }) => `${repository}:${path}`)
    expect(await paths({ repository: 'blog' })).toEqual(['blog:post.ts'])
    expect(await paths({ languages: ['python'] })).toEqual(['shop:src/payment.py'])
    expect(await paths({ path: '*.test.ts' })).toEqual(['shop:test/cart.test.ts'])
    expect(await paths({ path: 'src/**', repository: 'shop' })).toContain('shop:src/cart.ts')
  })

  test('returns nothing and no fault for words that occur nowhere', async () => {
    expect((await lexical().search(ask('xylophone'))).results).toEqual([])
    expect((await lexical().search(ask('???'))).results).toEqual([])
  })

  test('in an unknown repository lists the existing ones', async () => {
    await expect(lexical().search(ask('cart', { repository: 'shopp' }))).rejects.toMatchObject({
      code: 'repository_unknown',
      message: 'No repository is called "shopp"',
      remedy: 'Use one of these names: blog, shop',
    })
  })

  test('shows about a dozen lines around the match below the signature, and their numbers', async () => {
    const { results } = await lexical().search(ask('walrus sleeps', { detail: 'snippets' }))
    const [first] = results
    const [signature, gap, ...lines] = first?.snippet?.split('\n') ?? []
    expect([signature, gap]).toEqual(['line0()', '…'])
    expect(lines).toHaveLength(12)
    expect(first?.snippet).toContain('where the walrus sleeps')
    expect((first?.endLine ?? 0) - (first?.startLine ?? 0)).toBe(11)
    expect(first?.startLine).toBeGreaterThan(19)
  })

  test('shows the whole chunk if requested', async () => {
    const { results } = await lexical().search(ask('walrus', { detail: 'full' }))
    expect(results[0]).toMatchObject({ startLine: 1, endLine: 61 })
    expect(results[0]?.snippet?.split('\n')).toHaveLength(61)
  })

  test('joins adjacent chunks of a file', async () => {
    const { results } = await lexical().search(ask('penguin', { detail: 'full' }))
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ path: 'src/two.ts', startLine: 1, endLine: 4 })
  })

  test('returns no more results than requested', async () => {
    expect((await lexical().search(ask('cart card basket', { limit: 2 }))).results).toHaveLength(2)
  })

  test('reports the state of its index: that of the repository, or of the one indexed longest ago', async () => {
    const one = await lexical().search(ask('cart', { repository: 'blog' }))
    expect(one).toMatchObject({ commit: 'blog-1', indexedAt: expect.any(Date), modes: ['lexical'] })
    expect((await lexical().search(ask('cart'))).commit).toBe('shop-1')
  })

  test('sees a later generation, and no longer what it replaces', async () => {
    const search = lexical()
    await addFiles(database, 'moving', [{ path: 'a.ts', text: 'flamingo' }])
    const before = await search.search(ask('flamingo'))
    await addFiles(database, 'moving', [{ path: 'b.ts', text: 'flamingo pelican' }], ['a.ts'])
    const after = await search.search(ask('flamingo'))
    expect(before.results.map(({ path }) => path)).toEqual(['a.ts'])
    expect(after.results.map(({ path }) => path)).toEqual(['b.ts'])
  })
})

describe('a search while the index changes', () => {
  /** Runs `meanwhile` once, just before the first such statement. */
  function interrupted(statement: string, meanwhile: () => Promise<void>): Database {
    let pending: (() => Promise<void>) | undefined = meanwhile
    const query: Database['query'] = async (text, values) => {
      const work = text.includes(statement) ? pending : undefined
      if (work !== undefined) pending = undefined
      await work?.()
      return database.query(text, values)
    }
    return { ...database, query, snapshot: (work) => database.snapshot(work) }
  }

  async function replace(name: string, text: string) {
    await addFiles(database, name, [{ path: 'new.ts', text }], ['old.ts'])
    const [row] = await database.query<{ id: number }>('select id from repository where name = $1', [name])
    await sweep(database, row?.id ?? 0)
  }

  test('answers from the current index if the chunks it found are gone', async () => {
    await addFiles(database, 'racing', [{ path: 'old.ts', text: 'ostrich' }])
    const search = makeSearch({
      database: interrupted('join chunk', () => replace('racing', 'ostrich too')),
      log: silent,
    })
    const { results } = await search.search(ask('ostrich', { detail: 'full' }))
    expect(results).toMatchObject([{ path: 'new.ts', snippet: 'ostrich too' }])
  })

  test('queries the database once if it was asked before, and needs no transaction', async () => {
    const statements: string[] = []
    const counted: Database = {
      ...database,
      query: (text, values) => {
        statements.push(text)
        return database.query(text, values)
      },
      snapshot: (work) => {
        statements.push('snapshot')
        return database.snapshot(work)
      },
    }
    const search = makeSearch({ database: counted, log: silent })
    const first = await search.search(ask('basket', { detail: 'snippets' }))
    statements.length = 0
    const again = await search.search(ask('basket', { detail: 'snippets' }))
    expect(again.results).toEqual(first.results)
    expect(statements).toEqual([expect.stringContaining('from repository')])
  })

  test.each(['=>', '!==', '&& ||', '::', '…'])(
    'suggests grep_code if a question consists of symbols: %s',
    async (query) => {
      const search = makeSearch({ database, log: silent })
      expect((await search.search(ask(query))).note).toContain('grep_code')
      expect((await search.search(ask(`${query} cart`))).note).toBeUndefined()
    },
  )

  test('answers from the published index while it is being confirmed', async () => {
    await addFiles(database, 'confirming', [{ path: 'old.ts', text: 'cassowary' }])
    let meanwhile: (() => Promise<void>) | undefined
    const query: Database['query'] = async (text, values) => {
      const work = text.includes('from repository') ? meanwhile : undefined
      if (work !== undefined) meanwhile = undefined
      await work?.()
      return database.query(text, values)
    }
    const search = makeSearch({ database: { ...database, query }, log: silent })
    const paths = async () =>
      (await search.search(ask('cassowary', { repository: 'confirming' }))).results.map(({ path }) => path)
    expect(await paths()).toEqual(['old.ts'])
    meanwhile = () => replace('confirming', 'cassowary too')
    expect(await paths()).toEqual(['new.ts'])
  })

  test('finds a repository by its new name, and no longer by the old one or after its removal', async () => {
    const search = lexical()
    await addFiles(database, 'before', [{ path: 'a.ts', text: 'shoebill' }])
    const names = async () => (await search.search(ask('shoebill'))).results.map(({ repository }) => repository)
    expect(await names()).toEqual(['before'])
    expect((await search.search(ask('shoebill', { repository: 'before' }))).results).toHaveLength(1)
    await database.query("update repository set name = 'after' where name = 'before'")
    expect(await names()).toEqual(['after'])
    await expect(search.search(ask('shoebill', { repository: 'before' }))).rejects.toThrow('No repository is called')
    await hideRepository(database, 'after')
    expect(await names()).toEqual([])
  })

  test('greps the current index if a text is gone', async () => {
    await addFiles(database, 'grepping', [{ path: 'old.ts', text: 'heron' }])
    const search = makeSearch({ database: interrupted('zstd', () => replace('grepping', 'heron too')), log: silent })
    const { matches } = await search.grep({
      pattern: 'heron',
      scope: EVERY_REPOSITORY,
      ignoreCase: false,
      context: 0,
      limit: 5,
    })
    expect(matches).toMatchObject([{ path: 'new.ts', text: 'heron too' }])
  })
})

describe('the semantic leg', () => {
  const silentLeg: SemanticLeg = {
    own: async () => undefined,
    served: async () => undefined,
    update: async () => {},
    holds: () => true,
    describe: () => [],
    forget: async () => {},
  }
  const withLeg = (leg: Partial<SemanticLeg>) =>
    makeSearch({ database, semantic: { ...silentLeg, ...leg }, log: silent })
  const never = new Promise<never>(() => {})

  /** Returns likeness in which only the first chunk of one file resembles the question. */
  async function likenessTo(path: string, model = 'm'): Promise<Likeness> {
    const [row] = await database.query<{ segmentId: number; document: number }>(
      'select segment_id as "segmentId", first_document as document from file where path = $1 and died is null',
      [path],
    )
    const values = new Float32Array(100)
    values[row?.document ?? 0] = 3
    return { model, scale: 1, shift: 0, of: (segmentId) => (segmentId === row?.segmentId ? values : undefined) }
  }

  test('adds what words do not find', async () => {
    const likeness = await likenessTo('src/payment.py')
    const answer = await withLeg({ served: async () => likeness }).search(ask('money'))
    expect(answer).toMatchObject({ modes: ['lexical', 'semantic'], results: [{ path: 'src/payment.py' }] })
    expect(answer.models).toEqual(['m'])
    expect(answer.degraded).toBeUndefined()
  })

  test('names the models that answered, the own one first', async () => {
    const [own, served] = [await likenessTo('src/cart.ts', 'own'), await likenessTo('src/cart.ts', 'served')]
    const answer = await withLeg({ own: async () => own, served: async () => served }).search(ask('money'))
    expect(answer.models).toEqual(['own', 'served'])
  })

  test('that fails only loses its own results, and the answer says why', async () => {
    const answer = await withLeg({ served: () => Promise.reject(new Error('secret detail')) }).search(ask('addToCart'))
    expect(answer.results[0]?.path).toBe('src/cart.ts')
    expect(answer).toMatchObject({ modes: ['lexical'], models: [] })
    expect(answer.degraded).toBe('The semantic search failed: results are by words only')
  })

  test('that fails with a fault reports it', async () => {
    const fault = new Fault('embedder_unavailable', 'Ollama does not answer', 'Start it')
    const answer = await withLeg({ served: () => Promise.reject(fault) }).search(ask('addToCart'))
    expect(answer.degraded).toBe('Ollama does not answer: results are by words only')
  })

  test('that never answers is not awaited beyond its budget', async () => {
    const answer = await withLeg({ served: () => never }).search(ask('addToCart'))
    expect(answer.results[0]?.path).toBe('src/cart.ts')
    expect(answer.degraded).toMatch(/longer than \d+ ms/)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('secret detail'))],
    ['never answers', () => never],
  ])('is not degraded if Ollama %s and the own model answers', async (_, served) => {
    const own = await likenessTo('src/payment.py')
    const answer = await withLeg({ own: async () => own, served }).search(ask('money'))
    expect(answer).toMatchObject({
      modes: ['lexical', 'semantic'],
      models: ['m'],
      results: [{ path: 'src/payment.py' }],
    })
    expect(answer.degraded).toBeUndefined()
  })

  test.each([
    ['cannot be read', () => Promise.reject(new Error('secret detail'))],
    ['take for ever', () => never],
  ])('answers by the existing vectors if new ones %s', async (_, update) => {
    const own = await likenessTo('src/payment.py')
    const answer = await withLeg({ own: async () => own, update }).search(ask('money'))
    expect(answer.results[0]?.path).toBe('src/payment.py')
  })

  test('that is missing is reported as missing', async () => {
    expect(await lexical().search(ask('addToCart'))).toMatchObject({
      modes: ['lexical'],
      models: [],
      degraded: 'There are no vectors: results are by words only',
    })
  })

  test('gets the files that pass the filter, and cannot bring in others', async () => {
    const likeness = await likenessTo('src/cart.ts')
    let asked: number | undefined
    const search = withLeg({
      served: async ({ fileIds }) => {
        asked = fileIds?.size
        return likeness
      },
    })
    const { results } = await search.search(ask('money', { languages: ['python'] }))
    expect(asked).toBe(1)
    expect(results).toEqual([])
  })
})
