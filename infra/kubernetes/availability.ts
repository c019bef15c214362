import { autoscaling, core, policy, type types } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { isScaled } from '../settings/derived.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'
import { type Placed, placed, type WorkloadArgs } from './workload.ts'

type Metric = types.input.autoscaling.v2.MetricSpec

// The two of which there is more than one. A budget for Postgres or Ollama could only forbid to drain their node, or mean
// nothing: there is one pod of each, and clients live through its move.
const REPLICATED = ['server', 'worker'] as const

type Replicated = (typeof REPLICATED)[number]

/** What keeps enough pods up, starts more of them under load, and limits all of them together. */
export class Availability extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Availability', name, {}, opts)
    const { settings } = args
    for (const component of REPLICATED) {
      const place = placed(args, component, this)
      budgetFor(component, place)
      if (settings.running && isScaled(settings[component])) scalerFor(component, settings, place)
    }
    const hard = quotaOf(settings)
    if (Object.keys(hard).length > 0) {
      const { named, own } = placed(args, 'namespace', this)
      new core.v1.ResourceQuota(`${name}-quota`, { metadata: named('quota'), spec: { hard } }, own)
    }
    this.registerOutputs({})
  }
}

/** One pod at a time may go, also where it is the only one: a node can always be drained. */
function budgetFor(component: Replicated, { named, selector, own }: Placed): void {
  new policy.v1.PodDisruptionBudget(
    `${component}-budget`,
    {
      metadata: named(component),
      spec: { maxUnavailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    },
    own,
  )
}

function scalerFor(component: Replicated, settings: KubernetesSettings, { named, own }: Placed): void {
  const { replicas, maxReplicas } = settings[component]
  const onQueue = component === 'worker' && settings.worker.scaleOn === 'queue'
  new autoscaling.v2.HorizontalPodAutoscaler(
    `${component}-scaler`,
    {
      metadata: named(component),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: called(settings, component) },
        minReplicas: replicas,
        maxReplicas,
        metrics: [onQueue ? OPEN_JOBS : CPU],
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
        },
      },
    },
    own,
  )
}

/** Of what is requested. */
const CPU: Metric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
}

/**
 * A worker for each job. Those under way count too: were it the waiting ones alone, workers would be taken away from the
 * jobs that they are doing as soon as none waits.
 */
const OPEN_JOBS: Metric = {
  type: 'External',
  external: {
    metric: { name: 'codebase_jobs_open', selector: { matchLabels: { kind: 'index' } } },
    target: { type: 'AverageValue', averageValue: '1' },
  },
}

function quotaOf({ cluster: { quotaCpus, quotaMemory } }: KubernetesSettings): Readonly<Record<string, string>> {
  return {
    ...(quotaCpus === undefined ? {} : { 'requests.cpu': String(quotaCpus) }),
    ...(quotaMemory === undefined ? {} : { 'requests.memory': `${quotaMemory}Mi` }),
  }
}

/** Pods of a Deployment on different nodes and in different zones, as far as there are such. */
export const spread = (labelSelector: Placed['selector']) =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
    // Pods of the version before do not count.
    matchLabelKeys: ['pod-template-hash'],
  }))
