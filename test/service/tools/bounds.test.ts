import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import type { SearchResult } from '../../../service/search/contract.ts'
import { findSymbol } from '../../../service/tools/find-symbol.ts'
import { getIndexingStatus } from '../../../service/tools/get-indexing-status.ts'
import { grepCode } from '../../../service/tools/grep-code.ts'
import { listFiles } from '../../../service/tools/list-files.ts'
import { listRepositories } from '../../../service/tools/list-repositories.ts'
import { readFile } from '../../../service/tools/read-file.ts'
import { searchCode } from '../../../service/tools/search-code.ts'
import { fakeDomain, JOB, makeSummary } from './fake-domain.ts'

const MOST = 20_000
const many = <Value>(count: number, make: (at: number) => Value) => Array.from({ length: count }, (_, at) => make(at))
const CODE = many(60, (at) => `    const total${at} = await ledger.sumOf(accounts[${at}], { since: startOfYear })`)
const LINES: Readonly<Record<string, string[]>> = {
  code: CODE,
  Japanese: many(60, (at) => `// ${at}番目の口座の残高を計算し、結果を台帳に書き込む。失敗した場合は再試行する。`),
  base64: many(60, (at) => Buffer.from(many(57, (byte) => (byte * 7919 + at * 104_729) & 255)).toString('base64')),
  minified: many(60, (at) => `var a${at}=b.c(d),e=f?g(h):i[j];for(k in l)m+=n[k]*${at};return{o:p,q:r}};`.repeat(4)),
}

function searched(lines: readonly string[], results = 50) {
  const found = many(results, (at): SearchResult => {
    const place = { repository: 'shop', path: `src/ledger-${at}.ts`, language: 'typescript', score: 1 }
    const snippetLines = lines.map((_, line) => line + 1)
    const why = { legs: [], words: [], names: [], path: [] }
    return { ...place, startLine: 1, endLine: lines.length, snippet: lines.join('\n'), snippetLines, why }
  })
  const answer = { results: found, modes: ['lexical' as const], models: [], latencyMs: 1 }
  return fakeDomain({ search: { search: async () => answer } }).context
}

describe('max_tokens', () => {
  const cases = Object.entries(LINES).flatMap(([kind, lines]) =>
    [200, 1000, 5000, 15_000].map((tokens) => ({ kind, lines, tokens })),
  )
  test.each(cases)('is observed within five percent: $tokens of $kind', async ({ lines, tokens }) => {
    const { text, structured } = await searchCode.call({ query: 'x', limit: 50, max_tokens: tokens }, searched(lines))
    const real = countTokens(text)
    expect(real).toBeLessThanOrEqual(1.05 * tokens)
    // Half of the tokens may go to places. The last one may not fit and is then omitted entirely.
    expect(real).toBeGreaterThanOrEqual(Math.min(0.9 * tokens, tokens - 60))
    expect((structured.results as SearchResult[])[0]?.snippet).toBeTruthy()
  })

  test('says how many results do not fit', async () => {
    const { text, structured } = await searchCode.call({ query: 'x', limit: 50, max_tokens: 150 }, searched(CODE))
    expect(structured.omitted).toBeGreaterThan(30)
    expect(text).toContain(`${String(structured.omitted)} more results do not fit`)
  })
})

describe('an answer without a budget stays below 20,000 tokens, and says how to continue', () => {
  const fits = (answer: { text: string; fields: object }) => {
    expect(countTokens(answer.text)).toBeLessThan(MOST)
    expect(countTokens(JSON.stringify(answer.fields))).toBeLessThan(MOST)
  }

  test.each(Object.entries(LINES))('of search_code: %s', async (_, lines) => {
    const answer = await searchCode.call({ query: 'x', limit: 50, detail: 'full' }, searched(lines))
    fits(answer)
    expect((answer.structured.results as object[]).length).toBeGreaterThan(20)
  })

  test.each(Object.entries(LINES))('of read_file: %s', async (_, lines) => {
    const all = many(200, () => lines).flat()
    const read = async (request: { startLine?: number; endLine?: number }) => {
      const { startLine = 1, endLine = all.length } = request
      const end = Math.min(endLine, all.length)
      const text = all.slice(startLine - 1, end).join('\n')
      const place = { repository: 'shop', path: 'a.ts', language: 'typescript', totalLines: all.length }
      return { ...place, startLine, endLine: end, text }
    }
    const { context } = fakeDomain({ search: { read } })
    const answer = await readFile.call({ path: 'a.ts' }, context)
    fits(answer)
    const next = answer.structured.next_line as number
    expect(answer.text).toContain(`continue with start_line ${next}`)
    const second = await readFile.call({ path: 'a.ts', start_line: next }, context)
    expect(second.text.split('\n')[1]).toBe(`${next}\t${all[next - 1]}`)
    expect((await readFile.call({ path: 'a.ts', end_line: 3 }, context)).structured.next_line).toBeUndefined()
    for (const [path, start, end] of [
      ['a.ts:10-12', 10, 12],
      ['a.ts#L10-L12', 10, 12],
    ] as const) {
      const { structured } = await readFile.call({ path }, context)
      expect([structured.start_line, structured.end_line]).toEqual([start, end])
    }
    for (const path of ['a.ts:10:5', 'a.ts(10,5)', 'a.ts(10)']) {
      expect((await readFile.call({ path }, context)).structured.start_line).toBe(10)
    }
  })

  test('of read_file: one line that is a whole file', async () => {
    const text = 'x=1;'.repeat(500_000)
    const place = { repository: 'shop', path: 'a.js', language: 'javascript', totalLines: 1, startLine: 1, endLine: 1 }
    const answer = await readFile.call(
      { path: 'a.js' },
      fakeDomain({ search: { read: async () => ({ ...place, text }) } }).context,
    )
    fits(answer)
    expect(answer.text.endsWith('… (1992000 more characters)')).toBe(true)
  })

  test('of grep_code', async () => {
    const neighbours = CODE.slice(0, 10)
    const matches = many(200, (at) => {
      const place = { repository: 'shop', path: `src/a${at % 20}.ts`, line: 11 }
      return { ...place, text: CODE[at % 60] as string, before: neighbours, after: neighbours }
    })
    const grep = async () => ({ matches, truncated: true, files: 20, filesSearched: 20, latencyMs: 1 })
    const answer = await grepCode.call(
      { pattern: 'x', limit: 200, context: 10 },
      fakeDomain({ search: { grep } }).context,
    )
    fits(answer)
    expect(answer.text).toContain(`continue with offset ${String(answer.structured.next_offset)}`)
  })

  test('of find_symbol and list_files', async () => {
    const place = { repository: 'shop', language: 'typescript', kind: 'function', startLine: 1, endLine: 2 }
    const definitions = many(200, (at) => ({ ...place, path: `a/${at}.ts`, symbol: 'f', signature: CODE.join(' ') }))
    const entries = many(1000, (at) => ({
      repository: 'shop',
      path: `some/long/folder/file-${at}.ts`,
      language: 'typescript',
      bytes: at,
    }))
    const { context } = fakeDomain({
      search: {
        symbols: async () => ({ definitions, total: 5000, near: false }),
        files: async () => ({ entries, entriesInAll: 100_000, files: 100_000 }),
      },
    })
    for (const answer of [
      await findSymbol.call({ name: 'f', limit: 200 }, context),
      await listFiles.call({ limit: 1000 }, context),
    ]) {
      fits(answer)
      expect(answer.text).toContain(`continue with offset ${String(answer.structured.next_offset)}`)
    }
  })

  test('of list_repositories with 5,000 repositories, page by page', async () => {
    const list = async () => many(5000, (at) => makeSummary(`repository-${at}`))
    const { context } = fakeDomain({ catalogue: { list } })
    const names = new Set<string>()
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const answer = await listRepositories.call({ offset }, context)
      fits(answer)
      for (const { name } of answer.structured.repositories as { name: string }[]) names.add(name)
      offset = answer.structured.next_offset as number | undefined
    }
    expect(names.size).toBe(5000)
    const { text } = await listRepositories.call({ name: 'repository-4321' }, context)
    expect(text).toMatch(/^repository-4321: ready/)
    expect(text.split('\n')).toHaveLength(1)
  })

  test('of get_indexing_status with fifty jobs that report many files', async () => {
    const failures = many(20, (at) => ({ path: `src/some/long/folder/generated-client-${at}.ts`, reason: 'too_large' }))
    const jobs = async () => many(50, () => ({ ...JOB, progress: { ...JOB.progress, failures } }))
    const answer = await getIndexingStatus.call({}, fakeDomain({ catalogue: { jobs } }).context)
    fits(answer)
    expect(answer.text).toContain('older jobs do not fit')
  })
})
