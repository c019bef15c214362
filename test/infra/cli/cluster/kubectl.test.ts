import { describe, expect, test } from 'vitest'
import { followComing } from '../../../../infra/cli/cluster/day-two/follow.ts'
import { clusterLogArguments, clusterLogLineOf } from '../../../../infra/cli/cluster/log-lines.ts'
import { amountOf } from '../../../../infra/cli/cluster/quantity.ts'
import type { LogLine } from '../../../../infra/cli/day-two/containers/log-lines.ts'

test.each([
  ['4', 4],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['2Gi', 2 * 1024 ** 3],
  ['128974848', 128974848],
  ['1e3', 1000],
  ['5k', 5000],
  ['much', undefined],
  [undefined, undefined],
])('reads the amount %s as %s', (quantity, amount) => {
  expect(amountOf(quantity)).toBe(amount)
})

describe('the log of a pod', () => {
  test.each([
    [{ since: '10m', tail: 5 }, ['--since=10m', '--tail=5']],
    [{ since: '2026-11-21T12:00:00Z' }, ['--since-time=2026-11-21T12:00:00Z']],
    [{ since: '2026-11-21' }, ['--since-time=2026-11-21T00:00:00.000Z']],
    [{}, []],
  ])('is asked for %j as %j', (window, words) => {
    expect(clusterLogArguments('server-1/serve', window)).toEqual([
      'logs',
      '--timestamps',
      ...words,
      'server-1',
      '--container',
      'serve',
    ])
  })

  test('has times in UTC, wherever its node is', () => {
    expect(clusterLogLineOf('2026-11-21T13:00:00.5+01:00 hello')).toEqual({
      time: '2026-11-21T12:00:00.500000000Z',
      text: 'hello',
    })
    expect(clusterLogLineOf('Found 2 pods')).toBeUndefined()
  })
})

test('a log is followed on in a container that starts again, and in pods that come later, without lines that are known', async () => {
  const line = (second: number): LogLine => ({ time: `2026-11-21T12:00:0${second}.000000000Z`, text: String(second) })
  const source = (name: string, times = 0) => ({ part: 'server', name, times })
  const logs: Readonly<Record<string, readonly LogLine[]>> = { 'a/x': [line(1), line(2)], 'b/x': [line(3)] }
  const rounds = [[source('a/x')], [source('a/x')], [source('a/x'), source('b/x')]]
  const controller = new AbortController()
  const asked: string[] = []
  const followed = followComing({
    sources: async () => rounds.shift() ?? [],
    lastKnown: new Map([['server', line(1)]]),
    since: undefined,
    signal: controller.signal,
    kubectl: {
      async *follow(name, since) {
        asked.push(`${name} ${since}`)
        yield* logs[name] ?? []
      },
    },
    pause: async () => {
      if (rounds.length === 0) controller.abort()
    },
  })
  const seen: string[] = []
  for await (const { source: from, line: each } of followed) seen.push(`${from.name} ${each.text}`)
  expect(seen).toEqual(['a/x 2', 'b/x 3'])
  expect(asked).toEqual(['a/x 2026-11-21T12:00:01.000000000Z', 'b/x 2026-11-21T12:00:01.000000000Z'])
})
