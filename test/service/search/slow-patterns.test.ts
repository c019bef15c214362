import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { GrepRequest, SearchEngine } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { noiseInLines, noiseInOneLine } from '../../prove/slow-patterns.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

/** Slow everywhere, and without a text that the index could look up. */
const SLOW = '(?:(?:.{0,30}[a-f]){0,30}[0-9]){0,1}[P-Z][P-Z][P-Z]'

let database: Database
let search: SearchEngine
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  await addFiles(database, 'noise', [
    { path: 'lines.txt', text: noiseInLines() },
    { path: 'one-line.txt', text: noiseInOneLine() },
  ])
  await addFiles(database, 'plain', [{ path: 'plain.py', text: 'def plain_neighbour(value): return value' }])
})
afterAll(async () => {
  await search.close()
  await database.close()
})

const grep = (pattern: string, more: Partial<GrepRequest> = {}) =>
  search.grep({ pattern, scope: EVERY_REPOSITORY, ignoreCase: false, context: 0, limit: 50, ...more })

describe('a pattern that is slow to match', () => {
  test.each(['lines.txt', 'one-line.txt'])(
    'ends after %s, which is reported, while other calls are answered',
    async (path) => {
      const delay = monitorEventLoopDelay({ resolution: 5 })
      delay.enable()
      const answer = await grep(SLOW, { path })
      delay.disable()
      expect(answer).toMatchObject({
        matches: [],
        truncated: true,
        filesSearched: 0,
        degraded: '1 of 1 files were not searched to their end: the pattern is slow to match',
      })
      expect(answer.latencyMs).toBeLessThan(4000)
      expect(delay.max / 1e6).toBeLessThan(500)
    },
  )

  test('shows what it found before it ended', async () => {
    const { matches, degraded } = await grep(`plain|${SLOW}`, { limit: 5 })
    expect(degraded).toMatch(/of 3 files were not searched to their end/)
    expect(matches.length).toBeLessThanOrEqual(1)
  })

  test('fifty times at once lets a cheap one pass', { retry: 2 }, async () => {
    const ended: string[] = []
    const slow = Array.from({ length: 50 }, (_, at) =>
      grep(`${SLOW}[${at}]`, { repository: 'noise' }).finally(() => ended.push('slow')),
    )
    const cheap = await grep('plain_neighbour').finally(() => ended.push('cheap'))
    expect(cheap).toMatchObject({ matches: [{ path: 'plain.py' }], files: 3, filesSearched: 1 })
    expect(cheap).not.toHaveProperty('degraded')
    const answers = await Promise.all(slow)
    expect(ended.indexOf('cheap')).toBeLessThan(25)
    expect(answers.filter(({ degraded }) => degraded === undefined)).toEqual([])
  })

  test.each([
    ['repetitions in repetitions', '((((a{0,30}){0,30}){0,30}))'],
    ['a class of every letter, repeated', '(?:\\pL{0,500}x){0,2}y'],
    ['a program of 90,000 steps', '[a-z]{1000}'.repeat(90)],
    ['nested options', `${'(a?'.repeat(300)}${')'.repeat(300)}b`],
    ['four hundred stars', `${'a*'.repeat(400)}Q`],
    ['a trap for backtracking engines', '(x+x+)+y'],
  ])('is refused or answered: %s', async (_, pattern) => {
    const outcome = await grep(pattern, { repository: 'noise' }).catch((error: { code: string }) => error)
    expect(outcome).toSatisfy(
      (it: object) => 'matches' in it || ('code' in it && ['pattern_invalid', 'overloaded'].includes(String(it.code))),
    )
  })
})

describe('a line too long to read', () => {
  test('is shown around its match', async () => {
    const text = `${'x'.repeat(5000)}needle${'y'.repeat(5000)}`
    await addFiles(database, 'long', [{ path: 'long.js', text: `before\n${text}\nafter` }])
    const { matches } = await grep('needle', { repository: 'long', context: 1 })
    expect(matches).toMatchObject([{ line: 2, before: ['before'], after: ['after'] }])
    expect(matches[0]?.text).toMatch(/^…x+needley+…$/)
    expect(matches[0]?.text).toHaveLength(402)
  })
})
