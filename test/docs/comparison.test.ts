import { expect, test } from 'vitest'
import { ALL_DESCRIBED } from '../../infra/settings/described.ts'
import { textOf } from './markdown.ts'

const rows = textOf('docs/comparison.md')
  .split('## Options on Kubernetes')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| |'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, option = '', own = '', ...charts]) => ({ option, own, charts: charts.slice(0, -1) }))
  .filter(({ charts }) => charts.length === 3)

const known = new Set(ALL_DESCRIBED.map(({ key }) => key))

test.each(rows ?? [])('the setting that the comparison names for $option exists', ({ own, charts }) => {
  const named = [...own.matchAll(/`(\w+\.\w+)`/g)].map(([, key = '']) => key)
  expect(named.filter((key) => !known.has(key))).toEqual([])
  expect(named.length > 0 || /automatic|none:/.test(own)).toBe(true)
  expect(charts).not.toContain('')
})

test('the comparison covers the options that operators set', () => {
  expect(rows?.length).toBeGreaterThan(20)
})
