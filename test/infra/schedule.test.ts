import { describe, expect, test } from 'vitest'
import { longestInterval } from '../../infra/settings/schedule.ts'

const HOUR = 3600
const DAY = 24 * HOUR

describe('the longest time between two starts of a schedule', () => {
  test.each([
    ['0 2 * * *', DAY],
    ['* * * * *', 60],
    ['*/15 * * * *', 15 * 60],
    ['0 */6 * * *', 6 * HOUR],
    ['0 4 * * 0', 7 * DAY],
    ['0 4 * * SUN', 7 * DAY],
    ['0 4 ? * mon-fri', 3 * DAY],
    ['30 1,13 * * *', 12 * HOUR],
    ['0 2,3 * * *', 23 * HOUR],
    ['0 0 1 * *', 31 * DAY],
    ['0 0 31 * *', 61 * DAY],
    ['0 0 1 jan *', 366 * DAY],
    ['0 0 29 2 *', 1461 * DAY],
    ['0 0 1 * 1', 7 * DAY],
    ['5/20 3 * * *', DAY - 40 * 60],
    ['@every 90m', 90 * 60],
    ['@every 1h30m', 90 * 60],
    ['@every 1.5h', 90 * 60],
    ['@every 90500ms', 90],
  ])('of "%s" is %i seconds', (schedule, seconds) => {
    expect(longestInterval(schedule)).toBe(seconds)
  })

  test.each([
    '',
    '0 2 * *',
    '0 2 * * * *',
    '60 2 * * *',
    '0 0 30 2 *',
    '0 0 0 * *',
    '0 2 * * 7',
    'x 2 * * *',
    '@DAILY',
    '@every 6',
    '@every 1d',
    '5-1 * * * *',
  ])('is unknown of "%s"', (schedule) => {
    expect(longestInterval(schedule)).toBeUndefined()
  })
})
