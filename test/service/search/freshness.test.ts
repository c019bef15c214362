import { describe, expect, test } from 'vitest'
import { freshnessOf } from '../../../service/search/freshness.ts'
import type { RepositoryRow } from '../../../service/store/repositories.ts'

const FAULT = { code: 'path_not_found', message: 'There is no folder /code/shop', remedy: 'Check the path' }
const AT = new Date('2026-11-01T10:00:00Z')

const repository = (state: Partial<RepositoryRow>): RepositoryRow => ({
  id: 1,
  name: 'shop',
  source: '/code/shop',
  generation: 1,
  files: 1,
  chunks: 1,
  bytes: 1,
  skipped: {},
  masked: {},
  vectors: 0,
  isIndexing: false,
  ...state,
})

describe('The note of an answer about the index', () => {
  test('says that there is none if there is no repository', () => {
    expect(freshnessOf([])).toBe(
      'No repository is indexed yet, or none that this caller may read; index_repository adds a folder.',
    )
  })

  test('is empty if the index is complete and current', () => {
    expect(freshnessOf([repository({ indexedAt: AT }), repository({ name: 'site', indexedAt: AT })])).toBeUndefined()
  })

  test('says during the first run that missing code may not be indexed yet', () => {
    expect(freshnessOf([repository({ isIndexing: true })])).toMatch(/shop is being indexed for the first time/)
  })

  test('says during a later run how old the index is', () => {
    const note = freshnessOf([repository({ isIndexing: true, indexedAt: AT })])
    expect(note).toBe('shop is being indexed again; until that is done, the index is as of 2026-11-01T10:00:00.000Z.')
  })

  test('says why the last run failed, and how old the index is', () => {
    const note = freshnessOf([repository({ fault: FAULT, indexedAt: AT })])
    expect(note).toMatch(/last run over shop failed.* as of 2026-11-01.*: There is no folder \/code\/shop\.$/)
  })

  test('says that the index is not complete if the first run failed', () => {
    expect(freshnessOf([repository({ fault: FAULT })])).toMatch(/not completely indexed.* There is no folder/)
  })

  test('does not name a repository in which there is nothing to index', () => {
    const fault = { ...FAULT, code: 'nothing_to_index' }
    expect(freshnessOf([repository({ fault }), repository({ name: 'site', indexedAt: AT })])).toBeUndefined()
    expect(freshnessOf([repository({ fault, indexedAt: AT })])).toMatch(/last run over shop failed/)
  })

  test('names the first of many repositories and counts the others', () => {
    const many = Array.from({ length: 9 }, (_, at) => repository({ name: `shop-${at}`, isIndexing: true }))
    const note = freshnessOf(many) ?? ''
    expect(note).toContain('shop-2')
    expect(note).not.toContain('shop-3')
    expect(note).toContain('6 more')
  })
})
