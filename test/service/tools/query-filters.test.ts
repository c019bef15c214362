import { describe, expect, test } from 'vitest'
import { Fault } from '../../../service/errors.ts'
import type { SearchAnswer, SearchRequest } from '../../../service/search/contract.ts'
import { narrowedQuery } from '../../../service/tools/query-filters.ts'
import { searchCode } from '../../../service/tools/search-code.ts'
import { fakeDomain } from './fake-domain.ts'

describe('a filter in the text of a question', () => {
  test.each([
    ['lang:go parse config', 'parse config', { language: 'go' }, []],
    ['parse language:"C++"', 'parse', { language: 'C++' }, []],
    ['parse -lang:go', 'parse', { language: '!go' }, []],
    ['parse NOT lang:go', 'parse', { language: '!go' }, []],
    ['(lang:ts OR lang:go) parse', 'parse', { language: 'ts,go' }, []],
    ['path:src/ parse', 'parse', {}, ['**src/**']],
    ['path:/src/auth parse', 'parse', {}, ['src/auth**']],
    ['path:**/*.test.ts parse', 'parse', {}, ['**/*.test.ts']],
    ['parse file:\\.tsx?$ file:auth', 'parse', {}, ['**.tsx?', '**auth**']],
    ['parse file:^src/(a|b)/.*\\.go$', 'parse', {}, ['src/{a,b}/**.go']],
    ['file:a OR file:b parse', 'parse', {}, ['**a**,**b**']],
    ['parse -file:test -f:vendor/', 'parse', {}, ['!**test**,!**vendor/**']],
    ['filename:go.mod ext:py parse', 'parse', {}, ['go.mod', '*.py']],
    ['repo:^github\\.com/owner/shop$@main parse', 'parse', { repository: 'owner/shop' }, []],
    ['r:shop parse', 'parse', { repository: 'shop' }, []],
    ['-repo:shop NOT r:^github\\.com/owner/app$ parse', 'parse', { repository: '!shop,!owner/app' }, []],
    ['repo:shop -repo:app parse', 'parse', { repository: 'shop' }, []],
    ['sym:ParseConfig', 'ParseConfig', {}, []],
    ['symbol:ParseConfig case:yes count:20 type:symbol', 'ParseConfig', {}, []],
    ['content:"open the door" fork:no', 'open the door', {}, []],
    ['file:login.go', 'login.go', {}, ['**login.go**']],
    ['("getUserId" AND NOT deprecated)', 'getUserId', {}, []],
    ['error AND (handler OR middleware)', 'error handler middleware', {}, []],
  ])('%s', (query, words, filter, within) => {
    expect(narrowedQuery(query)).toEqual({ query: words, filter, within })
  })

  test.each([
    'where are retries configured',
    'const config = { lang: "en", path: "/x" }',
    '{"path":"/users","lang":"en"}',
    'function open(path:string, file:File): void',
    'Error: file:///srv/app.js:3:5',
    'TypeError: Cannot read properties of undefined (reading NOT)',
    'lang:klingon greeting',
    'std::path::Path',
    'SELECT a FROM b WHERE c AND NOT d',
    'http://localhost:8080/path',
    'line one\nlang:go',
    `lang:go ${'x'.repeat(500)}`,
  ])('is not recognised: %s', (query) => {
    expect(narrowedQuery(query)).toBeUndefined()
  })
})

describe('search_code', () => {
  const empty: SearchAnswer = { results: [], modes: ['lexical'], models: [], latencyMs: 1 }
  const place = { repository: 'shop', path: 'a.go', startLine: 1, endLine: 1, language: 'go', score: 1 }
  const found = { ...empty, results: [{ ...place, why: { legs: [], words: [], names: [], path: [] } }] }

  async function ask(input: object, answer: (request: SearchRequest) => SearchAnswer) {
    const asked: SearchRequest[] = []
    const search = async (request: SearchRequest) => {
      asked.push(request)
      return answer(request)
    }
    const { text } = await searchCode.call(input, fakeDomain({ search: { search } }).context)
    return { text, asked }
  }

  test('combines its fields with the filters in a question', async () => {
    const input = { query: 'lang:go file:auth parse', language: 'go,ts', path: 'src', repository: 'shop' }
    const { asked } = await ask(input, () => found)
    const wanted = { query: 'parse', languages: ['go'], path: 'src', within: ['**auth**'], repository: 'shop' }
    expect(asked).toEqual([expect.objectContaining(wanted)])
  })

  test('searches for the literal question if its filters match nothing, and says why', async () => {
    const query = 'file:no-such-folder parse'
    const { text, asked } = await ask({ query }, ({ within }) =>
      within === undefined ? found : { ...empty, note: 'No indexed file is at the path "**no-such-folder**".' },
    )
    expect(asked.map((each) => each.query)).toEqual(['parse', query])
    expect(text).toMatch(/a\.go.*No indexed file is at the path.*The question was searched for as it stands\./s)
  })

  test('reports which repository in a question is unknown', async () => {
    const { text } = await ask({ query: 'repo:shpo parse' }, ({ repository }) => {
      if (repository === undefined) return found
      throw new Fault('repository_unknown', 'No repository is called "shpo"', 'Did you mean shop?')
    })
    expect(text).toContain('No repository is called "shpo". The question was searched for as it stands.')
  })
})
