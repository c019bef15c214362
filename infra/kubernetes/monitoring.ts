import { apiextensions, core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { DASHBOARD } from '../monitoring/dashboard.ts'
import { ruleGroupsFor } from '../monitoring/rules.ts'
import { JOB } from '../monitoring/series.ts'
import { longestInterval } from '../settings/schedule.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'
import type { Secrets } from './secrets.ts'
import { placed, type WorkloadArgs } from './workload.ts'

type MonitoringArgs = WorkloadArgs & { readonly secrets: Secrets }

/** Objects that the Prometheus Operator and Grafana discover: scrape targets, alert rules and the dashboard. */
export class Monitoring extends ComponentResource {
  readonly #args: WorkloadArgs

  constructor(name: string, args: MonitoringArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Monitoring', name, {}, opts)
    this.#args = args
    this.#make('ServiceMonitor', 'server', {
      selector: this.#place('server').selector,
      endpoints: [{ port: 'main', ...scraped('server'), ...withToken(args.secrets) }],
    })
    // Workers have no Service, because nothing else connects to them.
    this.#make('PodMonitor', 'worker', {
      selector: this.#place('worker').selector,
      podMetricsEndpoints: [{ port: 'main', ...scraped('worker') }],
    })
    if (args.settings.database.cnpg !== undefined) this.#make('PodMonitor', 'postgres', instancesOf(args.settings))
    this.#make('PrometheusRule', 'codebase-mcp', rulesOf(args.settings))
    this.#dashboard()
    this.registerOutputs({})
  }

  #place(component: string) {
    const place = placed(this.#args, component, this)
    const labels = { ...place.labels, ...this.#args.settings.monitoring.labels }
    return { ...place, named: (name: string) => ({ ...place.named(name), labels }) }
  }

  #make(kind: 'ServiceMonitor' | 'PodMonitor' | 'PrometheusRule', name: string, spec: object): void {
    const { named, own } = this.#place(kind === 'PrometheusRule' ? 'monitoring' : name)
    new apiextensions.CustomResource(
      `${name}-${kind.toLowerCase()}`,
      { apiVersion: 'monitoring.coreos.com/v1', kind, metadata: named(name), spec },
      own,
    )
  }

  #dashboard(): void {
    const { named, own } = this.#place('monitoring')
    const metadata = named('dashboard')
    new core.v1.ConfigMap(
      'dashboard-config',
      {
        // Updated in place under a fixed name: when a ConfigMap is deleted, Grafana's sidecar removes the file, even if
        // a replacement has just written it.
        metadata: { ...metadata, labels: { ...metadata.labels, grafana_dashboard: '1' } },
        data: { 'codebase-mcp.json': JSON.stringify(DASHBOARD) },
      },
      own,
    )
  }
}

// CloudNativePG's own PodMonitor is deprecated, and lacks the labels by which Prometheus selects.
const instancesOf = (settings: KubernetesSettings) => ({
  selector: { matchLabels: { 'cnpg.io/cluster': called(settings, 'postgres'), 'cnpg.io/podRole': 'instance' } },
  podMetricsEndpoints: [{ port: 'metrics', interval: '15s', scrapeTimeout: '10s' }],
})

// Without a token, Prometheus gets only the totals of all repositories.
function withToken({ metrics }: Secrets) {
  if (metrics === undefined) return {}
  return { authorization: { type: 'Bearer', credentials: { name: metrics.secret, key: metrics.key } } }
}

const scraped = (component: string) => ({
  path: '/metrics',
  interval: '15s',
  scrapeTimeout: '10s',
  // Sets the labels that rules and dashboard select by, as the stack's own Prometheus on Docker does.
  relabelings: [
    { targetLabel: 'job', replacement: JOB },
    { targetLabel: 'component', replacement: component },
  ],
})

function rulesOf({ cluster, backup }: KubernetesSettings) {
  const intervals = { backup: longestInterval(backup.schedule), restoreTest: longestInterval(backup.testSchedule) }
  const { backup: ofBackup, restoreTest } = intervals
  const isScheduled = backup.enabled && ofBackup !== undefined && restoreTest !== undefined
  return ruleGroupsFor({
    namespace: cluster.namespace,
    ...(isScheduled ? { backups: { backup: ofBackup, restoreTest } } : {}),
  })
}
