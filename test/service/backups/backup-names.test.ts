import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backupsAmong, expendable } from '../../../service/backups/backup-names.ts'

describe('the backups to delete', () => {
  const names = ['a', 'b', 'c', 'd']

  test('are all but the newest', () => {
    expect(expendable(names, 2)).toEqual(['a', 'b'])
    expect(expendable(names, 4)).toEqual([])
    expect(expendable(names, 9)).toEqual([])
    expect(expendable([], 1)).toEqual([])
  })

  test('never include the one that is known to restore', () => {
    expect(expendable(names, 1, 'b')).toEqual(['a', 'c'])
    expect(expendable(names, 1, 'gone')).toEqual(['a', 'b', 'c'])
  })

  test('never include the newest', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.integer({ min: 1, max: 50 }), (all, keep) => {
        expect(all.length - expendable(all, keep).length).toBe(Math.min(keep, all.length))
      }),
    )
  })
})

test('backups are found by the name of their stack and their time, oldest first', () => {
  const files = [
    'shop-2026-11-21-020000.dump',
    'shop-2026-11-20-020000.dump',
    'shop-2026-11-20-020000.json',
    'shop-2026-11-22-020000.dump.partial',
    'shop-test-2026-11-20-020000.dump',
    'shop-of-mine.dump',
    'lost+found',
  ]
  expect(backupsAmong('shop', files)).toEqual(['shop-2026-11-20-020000', 'shop-2026-11-21-020000'])
  expect(backupsAmong('shop-test', files)).toEqual(['shop-test-2026-11-20-020000'])
})
