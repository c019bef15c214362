import { beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARD } from '../../../infra/monitoring/dashboard.ts'
import { type Made, made, settingsOf } from '../mocked.ts'
import { selectionsOf } from '../promql.ts'

async function resources(values: Record<string, unknown> = {}): Promise<Made[]> {
  const { Base } = await import('../../../infra/kubernetes/base.ts')
  const { Monitoring } = await import('../../../infra/kubernetes/monitoring.ts')
  const { Secrets } = await import('../../../infra/kubernetes/secrets.ts')
  const settings = settingsOf('kubernetes', {
    kubernetes: { context: 'c', namespace: 'codebase' },
    image: { reference: 'x:1' },
    monitoring: { labels: { release: 'kube-prometheus-stack' } },
    profiles: ['monitoring'],
    ...values,
  })
  return made((own) => {
    const base = new Base('base', { settings }, own)
    const secrets = new Secrets('secrets', { settings, base }, own)
    return new Monitoring('monitoring', { settings, base, secrets }, own)
  })
}

const inputsOf = (all: readonly Made[], kind: string) => {
  const found = all.find(({ type }) => type.endsWith(`:${kind}`))
  if (found === undefined) throw new Error(`there is no ${kind}`)
  return found.inputs
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string; readonly for: string }[]
  }[]
}
const rulesOf = (all: readonly Made[]) =>
  (inputsOf(all, 'PrometheusRule').spec as Rules).groups.flatMap(({ rules }) => rules)

describe('monitoring on a cluster', () => {
  let all: Made[]
  beforeAll(async () => {
    all = await resources()
  })

  test('is in the namespace, with the labels by which Prometheus and Grafana select', () => {
    const own = all.filter(({ name, type }) => type.startsWith('kubernetes:') && !/^(base|access)-/.test(name))
    expect(own.map(({ type }) => type.slice(type.lastIndexOf(':') + 1)).toSorted()).toEqual([
      'ConfigMap',
      'PodMonitor',
      'PrometheusRule',
      'ServiceMonitor',
    ])
    for (const { name, inputs } of own) {
      expect(inputs.metadata, name).toMatchObject({
        namespace: 'codebase',
        labels: { release: 'kube-prometheus-stack', 'app.kubernetes.io/part-of': 'codebase-mcp' },
      })
    }
  })

  test('reads the names of repositories with a token that grants nothing else', async () => {
    const [endpoint] = (inputsOf(all, 'ServiceMonitor').spec as { endpoints: object[] }).endpoints
    expect(endpoint).toMatchObject({
      authorization: { type: 'Bearer', credentials: { name: 'access-secrets-drawn', key: 'METRICS_TOKEN' } },
    })
    const open = inputsOf(await resources({ access: { required: false } }), 'ServiceMonitor').spec
    expect(open).not.toHaveProperty('endpoints.0.authorization')
  })

  test.each([
    ['ServiceMonitor', 'endpoints', 'server'],
    ['PodMonitor', 'podMetricsEndpoints', 'worker'],
  ])('has a %s that adds the labels that rules and dashboard expect', (kind, key, component) => {
    const { apiVersion, spec } = inputsOf(all, kind)
    expect(apiVersion).toBe('monitoring.coreos.com/v1')
    expect(spec).toMatchObject({
      selector: {
        matchLabels: { 'app.kubernetes.io/instance': 'codebase-mcp', 'app.kubernetes.io/component': component },
      },
      [key]: [
        {
          port: 'main',
          path: '/metrics',
          relabelings: [
            { targetLabel: 'job', replacement: 'codebase-mcp' },
            { targetLabel: 'component', replacement: component },
          ],
        },
      ],
    })
  })

  test('reads the instances of CloudNativePG, with the labels by which Prometheus selects', async () => {
    const database = { cnpg: {} }
    const more = await resources({ database, kubernetes: { namespace: 'codebase', prefix: 'one-' } })
    const [monitor] = more.filter(({ type, name }) => type.endsWith(':PodMonitor') && name.startsWith('postgres'))
    expect(monitor?.inputs).toMatchObject({
      metadata: { name: 'one-postgres', labels: { release: 'kube-prometheus-stack' } },
      spec: {
        selector: { matchLabels: { 'cnpg.io/cluster': 'one-postgres', 'cnpg.io/podRole': 'instance' } },
        podMetricsEndpoints: [{ port: 'metrics' }],
      },
    })
  })

  test('has rules that only look at this stack, if there are several', () => {
    const selections = rulesOf(all).flatMap(({ expr }) => selectionsOf(expr))
    expect(selections.length).toBeGreaterThan(20)
    for (const { metric, matchers } of selections) {
      expect(matchers, metric).toContainEqual({ label: 'namespace', operator: '=', value: 'codebase' })
    }
  })

  test('reports late backups by their schedules', () => {
    const expr = (name: string) => rulesOf(all).find(({ alert }) => alert === name)
    expect(expr('CodebaseMcpBackupOld')?.expr).toMatch(/ > 129600$/)
    expect(expr('CodebaseMcpBackupMissing')?.for).toBe('2160m')
    expect(expr('CodebaseMcpRestoreTestOld')?.expr).toMatch(/ > 777600$/)
  })

  test('reports nothing about backups if there are none', async () => {
    const without = await resources({ backup: { enabled: false } })
    expect(rulesOf(without).filter(({ alert }) => /Backup|Restore/.test(alert))).toEqual([])
    expect(rulesOf(without).length).toBeGreaterThan(10)
  })

  test('has the dashboard under a stable name, where Grafana looks for it', () => {
    const { metadata, data } = inputsOf(all, 'ConfigMap')
    expect(metadata).toMatchObject({ name: 'dashboard', labels: { grafana_dashboard: '1' } })
    expect(JSON.parse((data as Record<string, string>)['codebase-mcp.json'] ?? '')).toEqual(
      JSON.parse(JSON.stringify(DASHBOARD)),
    )
  })
})
