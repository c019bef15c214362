import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { nearPaths } from '../../../service/search/paths/near-paths.ts'
import type { Sql } from '../../../service/store/database.ts'
import type { RepositoryRow } from '../../../service/store/repositories.ts'

const REPOSITORY = { id: 1, generation: 1, name: 'app', source: '/app' } as RepositoryRow
const SEGMENTS = 50

/** Answers like the database of a busy machine, with a file `src/ledger0.ts` and so on for each page. */
function slowSql(pageMs: number): { readonly sql: Sql; readonly pages: () => number } {
  let pages = 0
  const query = async (text: string) => {
    if (text.includes('from segment')) return Array.from({ length: SEGMENTS }, (_, id) => ({ id, documents: 4000 }))
    await delay(pageMs)
    return [{ id: pages, path: `src/ledger${pages++}.ts` }]
  }
  return { sql: { query } as unknown as Sql, pages: () => pages }
}

describe('suggestions for a path that matches nothing', () => {
  test('come from all files of a repository', async () => {
    const { sql, pages } = slowSql(0)
    expect(await nearPaths(sql, [REPOSITORY], 'src/ledgr49.ts')).toContain('src/ledger49.ts')
    expect(pages()).toBe(SEGMENTS)
  })

  test('come from what was seen in time, because an answer without the others is better than none', async () => {
    const { sql, pages } = slowSql(20)
    expect(await nearPaths(sql, [REPOSITORY, { ...REPOSITORY, id: 2 }], 'src/ledgr0.ts', 100)).toContain(
      'src/ledger0.ts',
    )
    expect(pages()).toBeLessThan(SEGMENTS)
  })
})
