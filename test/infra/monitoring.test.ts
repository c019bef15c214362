import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARD } from '../../infra/monitoring/dashboard.ts'
import { prometheusConfig } from '../../infra/monitoring/prometheus.ts'
import { ruleGroupsFor } from '../../infra/monitoring/rules.ts'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { exercised, metricsOf, type Series, seriesOf } from '../fakes/exercised-metrics.ts'
import { notEmpty } from './not-empty.ts'
import { groupingsOf, queriesOf, selectionsOf, withoutVariables } from './promql.ts'

const RULES = ruleGroupsFor({ namespace: 'code', backups: { backup: 86_400, restoreTest: 604_800 } }).groups.flatMap(
  ({ rules }) => rules,
)
const QUERIES = [...RULES.map(({ expr }) => expr), ...queriesOf(DASHBOARD).map(withoutVariables)]

// Labels that Prometheus adds.
const TARGET_LABELS = ['job', 'namespace', 'component', 'instance']
const OWN_METRICS = ['up', 'ALERTS']

describe('rules and dashboard', () => {
  let series: Series[]
  beforeAll(async () => {
    series = seriesOf(await exercised(metricsOf()).text(EVERY_REPOSITORY))
  })
  const labelsOf = (metric: string) => series.filter(({ name }) => name === metric).map(({ labels }) => labels)

  test('use metrics that the service has', () => {
    const asked = QUERIES.flatMap(selectionsOf).map(({ metric }) => metric)
    const known = new Set([...series.map(({ name }) => name), ...OWN_METRICS])
    expect([...new Set(asked)].filter((metric) => !known.has(metric))).toEqual([])
    expect(new Set(asked).size).toBeGreaterThan(25)
  })

  test('select by labels that the metric has, and by possible values', () => {
    const chosen = QUERIES.flatMap(selectionsOf).filter(({ metric }) => !OWN_METRICS.includes(metric))
    for (const { metric, matchers } of notEmpty(chosen)) {
      for (const { label, operator, value } of matchers.filter(({ label }) => !TARGET_LABELS.includes(label))) {
        const values = labelsOf(metric).map((labels) => labels[label])
        expect(values, `${metric}{${label}}`).not.toContain(undefined)
        const chosenBy = operator.endsWith('~')
          ? new RegExp(`^(${value})$`)
          : { test: (text: string) => text === value }
        const found = values.filter((text = '') => chosenBy.test(text) === operator.startsWith('='))
        expect(found, `${metric}{${label}${operator}${value}}`).not.toEqual([])
      }
    }
  })

  test('group by labels that a metric of the query has', () => {
    for (const expr of QUERIES) {
      const known = new Set(selectionsOf(expr).flatMap(({ metric }) => labelsOf(metric).flatMap(Object.keys)))
      expect(
        groupingsOf(expr).filter((label) => !TARGET_LABELS.includes(label) && !known.has(label)),
        expr,
      ).toEqual([])
    }
  })

  test('only look at this stack', () => {
    const selected = QUERIES.flatMap(selectionsOf).filter(({ metric }) => metric !== 'ALERTS')
    for (const { metric, matchers } of notEmpty(selected)) {
      expect(matchers, metric).toContainEqual({ label: 'job', operator: '=', value: 'codebase-mcp' })
    }
  })
})

test('Prometheus scrapes each part under the job that the rules expect', () => {
  const config = prometheusConfig({ targets: { server: 'server:8000', worker: 'worker:8000' }, rules: '/rules.json' })
  expect(config.scrape_configs).toEqual([
    {
      job_name: 'codebase-mcp',
      static_configs: [
        { targets: ['server:8000'], labels: { component: 'server' } },
        { targets: ['worker:8000'], labels: { component: 'worker' } },
      ],
    },
  ])
  expect(config.rule_files).toEqual(['/rules.json'])
})

describe('every rule', () => {
  test('has a unique name, and says what is wrong and what to do', () => {
    expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length)
    for (const { alert, annotations } of RULES) {
      expect(alert).toMatch(/^CodebaseMcp[A-Z]/)
      expect(annotations.summary.length, alert).toBeGreaterThan(20)
      expect(annotations.remedy.length, alert).toBeGreaterThan(40)
    }
  })

  test('is documented, and no other is', async () => {
    const text = await readFile(new URL('../../docs/monitoring.md', import.meta.url), 'utf8')
    const told = [...text.matchAll(/^\| `(CodebaseMcp\w+)`/gm)].map(([, alert]) => alert)
    expect(new Set(told)).toEqual(new Set(RULES.map(({ alert }) => alert)))
    expect(told).toHaveLength(RULES.length)
  })
})

describe('the dashboard', () => {
  interface GrafanaPanel {
    readonly id: number
    readonly type: string
    readonly title: string
    readonly description?: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly fieldConfig?: { readonly defaults: { readonly unit?: string }; readonly overrides: readonly object[] }
  }
  const panels = DASHBOARD.panels as GrafanaPanel[]
  const shown = panels.filter(({ type }) => type !== 'row')

  test('orders its rows by priority', () => {
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual(['Overview', 'Search', 'Indexing', 'Embeddings', 'Resources', 'Backups'])
  })

  test('describes each panel, with a unit', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, description, fieldConfig } of shown) {
      expect(description?.length, title).toBeGreaterThan(20)
      const units = [fieldConfig?.defaults.unit, ...(fieldConfig?.overrides ?? []).map((one) => JSON.stringify(one))]
      expect(units.join(' '), title).toMatch(/\w/)
    }
  })

  test('has no overlapping panels, and none beyond the edge', () => {
    const taken = new Set<string>()
    for (const { title, gridPos } of notEmpty(panels)) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false)
          taken.add(`${x} ${y}`)
        }
      }
    }
  })

  test('uses the variables that it defines, and names no host', () => {
    const text = JSON.stringify(DASHBOARD)
    const used = new Set([...text.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name))
    const known = (DASHBOARD.templating.list as { name: string }[]).map(({ name }) => name)
    expect(used).toEqual(new Set(known))
    expect(text).not.toMatch(/https?:|localhost|127\.0\.0\.1|\w:\d{4}/)
  })
})
