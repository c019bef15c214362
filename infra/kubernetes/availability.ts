import { apiextensions, autoscaling, core, policy, type types } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { inNamespace, series } from '../monitoring/series.ts'
import { isScaled } from '../settings/derived.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'
import { type Placed, placed, type WorkloadArgs } from './workload.ts'

type Metric = types.input.autoscaling.v2.MetricSpec

// The components with several pods. A budget for the single pod of Postgres or Ollama could only block a drain of its
// node or have no effect, and clients tolerate its move.
const REPLICATED = ['server', 'worker'] as const

type Replicated = (typeof REPLICATED)[number]

/** Disruption budgets, autoscalers and a resource quota. */
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

/** Allows one pod at a time to be evicted, even if it is the only one, so that a node can always be drained. */
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
  const { prometheus, scaleOn } = settings.worker
  const onQueue = component === 'worker' && scaleOn === 'queue'
  const metadata = named(component)
  if (onQueue && prometheus !== undefined) {
    new apiextensions.CustomResource(
      `${component}-scaler`,
      {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata,
        spec: scaledObjectOf(component, prometheus, settings),
      },
      own,
    )
    return
  }
  new autoscaling.v2.HorizontalPodAutoscaler(
    `${component}-scaler`,
    {
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...GIVES_WAY } },
      spec: {
        scaleTargetRef: targetOf(component, settings),
        minReplicas: settings[component].replicas,
        maxReplicas: settings[component].maxReplicas,
        metrics: [onQueue ? OPEN_JOBS : CPU],
        behavior: BEHAVIOR,
      },
    },
    own,
  )
}

const targetOf = (component: Replicated, settings: KubernetesSettings) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: called(settings, component),
})

const BEHAVIOR = {
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
}

// KEDA refuses a workload that another HPA scales, unless that HPA says otherwise. While settings change from one to the
// other, both exist, so KEDA's HPA keeps its own name.
const GIVES_WAY = { 'validations.keda.sh/hpa-ownership': 'false' }

/** @see https://keda.sh/docs/latest/reference/scaledobject-spec/ */
function scaledObjectOf(component: Replicated, prometheus: string, settings: KubernetesSettings): object {
  const open = `max by (kind, state) (${series('codebase_jobs_open', 'kind="index"')})`
  return {
    scaleTargetRef: targetOf(component, settings),
    minReplicaCount: settings[component].replicas,
    maxReplicaCount: settings[component].maxReplicas,
    advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
    triggers: [
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: {
          serverAddress: prometheus,
          query: `sum(${inNamespace(open, settings.cluster.namespace)})`,
          threshold: '1',
          // If the query fails, KEDA keeps the number of replicas; otherwise it would drop to the minimum.
          ignoreNullValues: 'false',
        },
      },
    ],
  }
}

/** Utilization in percent of the CPU request. */
const CPU: Metric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
}

/**
 * One worker per job. Running jobs count too; otherwise workers would be removed from their jobs as soon as no job is
 * waiting.
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

/** Spreads the pods of a Deployment over nodes and zones as far as possible. */
export const spread = (labelSelector: Placed['selector']) =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
    // Ignores pods of the previous version.
    matchLabelKeys: ['pod-template-hash'],
  }))
