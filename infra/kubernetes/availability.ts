import { apiextensions, autoscaling, core, policy, type types } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { inNamespace, series } from '../monitoring/series.ts'
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
  const { prometheus, scaleOn } = settings.worker
  const onQueue = component === 'worker' && scaleOn === 'queue'
  const metadata = named(component)
  if (onQueue && prometheus !== undefined) {
    new apiextensions.CustomResource(
      `${component}-scaler`,
      {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...TAKES_OVER } },
        spec: scaledObjectOf(component, prometheus, settings),
      },
      own,
    )
    return
  }
  new autoscaling.v2.HorizontalPodAutoscaler(
    `${component}-scaler`,
    {
      metadata,
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

// KEDA refuses workloads that an HPA scales, unless it takes that one over by its name.
const TAKES_OVER = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' }

/** @see https://keda.sh/docs/latest/reference/scaledobject-spec/ */
function scaledObjectOf(component: Replicated, prometheus: string, settings: KubernetesSettings): object {
  const open = `max by (kind, state) (${series('codebase_jobs_open', 'kind="index"')})`
  return {
    scaleTargetRef: targetOf(component, settings),
    minReplicaCount: settings[component].replicas,
    maxReplicaCount: settings[component].maxReplicas,
    advanced: { horizontalPodAutoscalerConfig: { name: called(settings, component), behavior: BEHAVIOR } },
    triggers: [
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: {
          serverAddress: prometheus,
          query: `sum(${inNamespace(open, settings.cluster.namespace)})`,
          threshold: '1',
          // Without an answer the number stays as it is; it would fall to the least.
          ignoreNullValues: 'false',
        },
      },
    ],
  }
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
