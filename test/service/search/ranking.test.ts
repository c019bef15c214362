import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../service/lexical/query-terms.ts'
import { makeFileTable, type TableFile } from '../../../service/search/file-table.ts'
import { kindsAskedFor, kindsOfPath } from '../../../service/search/path-kind.ts'
import { type FoundFile, rankFiles, type ScoredChunk, spread } from '../../../service/search/ranking.ts'

async function filesAt(...paths: string[]): Promise<TableFile[]> {
  const rows = paths.map((path, id) => ({
    id,
    repositoryId: 1,
    path,
    language: 'text',
    contentHash: path,
    segmentId: 1,
    firstDocument: 10 * id,
    documents: 10,
  }))
  return [...(await makeFileTable(rows, [])).files]
}

/** Returns a file whose chunks have these scores, best first, and together hold these words. */
function foundFile(file: TableFile, scores: readonly number[], held = 1): FoundFile {
  const [best = 0, ...others] = scores
  const chunkAt = (score: number, at: number): ScoredChunk => ({
    file,
    segmentId: 1,
    document: file.row.firstDocument + at,
    score,
    words: held,
  })
  return {
    file,
    best,
    others: others.reduce((sum, score) => sum + score, 0) / best,
    held,
    named: 0,
    likeness: { best: 0, whole: 0 },
    comesFirst: false,
    chunks: () => scores.map(chunkAt),
  }
}

/** Returns the paths as ranked for a query. Each file has one chunk, all with the same score. */
async function ranked(text: string, stems: string[], ...paths: string[]): Promise<string[]> {
  const { names } = parseQuery(text)
  const words = stems.map((stem) => ({ stem, share: 1 / stems.length }))
  const files = (await filesAt(...paths)).map((file) => foundFile(file, [1], 2 ** stems.length - 1))
  return rankFiles(files, { text, words, names }).map(({ file }) => file.row.path)
}

describe('ranking', () => {
  test.each([
    ['a test', 'lib/test/x.ts'],
    ['a test beside its subject', 'lib/x.test.ts'],
    ['an example', 'examples/x.ts'],
    ['vendored code', 'vendor/x.go'],
    ['generated code', 'lib/x.pb.go'],
    ['a type declaration', 'lib/x.d.ts'],
    ['a benchmark', 'benchmarks/x.py'],
    ['a layer of compatibility', 'compat/x.py'],
  ])('puts %s behind product code', async (_, path) => {
    expect((await ranked('open door', ['open', 'door'], path, 'zz/code.ts'))[0]).toBe('zz/code.ts')
  })

  test('does not do so if the query asks for such files', async () => {
    expect((await ranked('tests of the open door', ['open', 'door'], 'a/door.test.ts', 'zz/code.ts'))[0]).toBe(
      'a/door.test.ts',
    )
  })

  test('puts an older version behind the newer one beside it, unless the query names it', async () => {
    expect((await ranked('open door', ['open', 'door'], 'api/v1/x.ts', 'api/v2/x.ts'))[0]).toBe('api/v2/x.ts')
    expect((await ranked('open door in v1', ['open', 'door'], 'api/v1/x.ts', 'api/v2/x.ts'))[0]).toBe('api/v1/x.ts')
    expect((await ranked('open door', ['open', 'door'], 'a/v1/x.ts', 'b/v2/x.ts'))[0]).toBe('a/v1/x.ts')
  })

  test('prefers a file, and a folder, whose name the query contains', async () => {
    expect((await ranked('open door', ['open', 'door'], 'a/window.ts', 'b/open_door.ts'))[0]).toBe('b/open_door.ts')
    expect((await ranked('open door', ['open', 'door'], 'a/x.ts', 'door/x.ts'))[0]).toBe('door/x.ts')
    expect((await ranked('open door', ['open', 'door'], 'a/window.rs', 'door/mod.rs'))[0]).toBe('door/mod.rs')
  })

  test('prefers the file that is named after the thing asked for', async () => {
    expect((await ranked('response', ['response'], 'lib/express_response.js', 'lib/zz/response.js'))[0]).toBe(
      'lib/zz/response.js',
    )
    expect(
      (
        await ranked('how does JsonNumber round', ['json', 'number', 'round'], 'a/JsonNumberRound.x', 'b/JsonNumber.x')
      )[0],
    ).toBe('b/JsonNumber.x')
  })

  test('prefers a file that holds more of the words', async () => {
    const [one, both] = (await filesAt('a.ts', 'b.ts')) as [TableFile, TableFile]
    const words = [
      { stem: 'x', share: 0.5 },
      { stem: 'y', share: 0.5 },
    ]
    const files = rankFiles([foundFile(one, [1], 1), foundFile(both, [1, 0.01], 3)], {
      text: 'x y',
      words,
      names: [],
    })
    expect(files[0]?.file).toBe(both)
  })

  test('adds the scores of the other chunks of a file, but never so much that many poor ones beat a good one', async () => {
    const [poor, good] = (await filesAt('a.ts', 'b.ts')) as [TableFile, TableFile]
    const many = foundFile(poor, Array(10).fill(1))
    const query = { text: 'x', words: [{ stem: 'x', share: 1 }], names: [] }
    expect(rankFiles([many, foundFile(good, [1])], query)[0]?.file).toBe(poor)
    expect(rankFiles([many, foundFile(good, [3])], query)[0]?.file).toBe(good)
  })
})

test('keeps the best of files with the same text in place, and puts the others last', async () => {
  const [first, copy, other] = (await filesAt('a.ts', 'b.ts', 'c.ts')) as [TableFile, TableFile, TableFile]
  Object.assign(copy.row, { contentHash: first.row.contentHash })
  const files = [foundFile(first, [3]), foundFile(copy, [2]), foundFile(other, [1])]
  const found = rankFiles(files, { text: 'x', words: [{ stem: 'x', share: 1 }], names: [] })
  expect(found.map(({ file }) => file.row.path)).toEqual(['a.ts', 'c.ts', 'b.ts'])
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a))
})

describe('spreading', () => {
  test('shows several files before the poorer chunks of one, and at most six chunks of each', async () => {
    const [first, second] = (await filesAt('a.ts', 'b.ts')) as [TableFile, TableFile]
    const ofFirst = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => 1 / (at + 1))
    const files = [foundFile(first, ofFirst), foundFile(second, [1])]
    const query = { text: 'x', words: [{ stem: 'x', share: 1 }], names: [] }
    const paths = spread(rankFiles(files, query), 10).map(({ file }) => file.row.path)
    expect(paths).toHaveLength(7)
    expect(paths.indexOf('b.ts')).toBeLessThan(4)
    expect(paths[0]).toBe('a.ts')
  })

  test('returns no more than requested, by descending score', async () => {
    const files = (await filesAt('a', 'b', 'c')).map((file, at) => foundFile(file, [at + 1, 0.5]))
    const shown = spread(rankFiles(files, { text: 'x', words: [], names: [] }), 3)
    expect(shown).toHaveLength(3)
    expect(shown.map(({ score }) => score)).toEqual(shown.map(({ score }) => score).toSorted((a, b) => b - a))
  })
})

describe('the kind of a path', () => {
  test.each([
    ['src/latest.ts', []],
    ['src/contest/attestation.py', []],
    ['src/testing/server.py', ['testing']],
    ['django/test/client.py', ['testing']],
    ['testing/fixture.go', ['testing']],
    ['testing/fixture_test.go', ['test']],
    ['test/test_client.py', ['test']],
    ['test/client.js', ['test']],
    ['admin/static/changelists.css', ['data']],
    ['schemas/options.json', ['data']],
    ['lib/FooTest.java', ['test']],
    ['pkg/server_test.go', ['test']],
    ['tests.py', ['test']],
    ['src/example.ts', []],
    ['docs/guide.md', ['documentation']],
    ['src/generator.ts', []],
    ['app/dist.min.js', ['generated']],
  ])('%s is %j', async (path, kinds) => {
    expect(kindsOfPath(path)).toEqual(kinds)
  })

  test.each([
    ['how are fixtures set up', 'test'],
    ['the readme', 'documentation'],
    ['deprecated options', 'legacy'],
  ] as const)('%j asks for files of the kind %s', (query, kind) => {
    expect(kindsAskedFor(query)).toContain(kind)
  })

  test('a plain question asks for none', async () => {
    expect([...kindsAskedFor('how does the latest contest attest')]).toEqual([])
  })
})
