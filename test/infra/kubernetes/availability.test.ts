import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { describe, expect, test } from 'vitest'
import { Availability, spread } from '../../../infra/kubernetes/availability.ts'
import { Base } from '../../../infra/kubernetes/base.ts'
import { isScaled } from '../../../infra/settings/derived.ts'
import { made, settingsOf } from '../mocked.ts'

async function resources(values: Record<string, unknown> = {}) {
  const settings = settingsOf('kubernetes', {
    image: { reference: 'registry.example.com/codebase-mcp:1' },
    ...values,
    kubernetes: { context: 'production', ...(values.kubernetes as object) },
  })
  const all = await made(
    (own) => new Availability('availability', { settings, base: new Base('base', { settings }, own) }, own),
  )
  return (kind: string) => all.filter(({ type }) => type.endsWith(`:${kind}`))
}

interface Scaler {
  readonly scaleTargetRef: object
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly metrics: object[]
  readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } }
}

const specsOf = (found: { readonly name: string; readonly inputs: Record<string, unknown> }[]) =>
  Object.fromEntries(found.map(({ name, inputs }) => [name, inputs.spec as Scaler]))

describe('disruption budgets', () => {
  test('let one pod be evicted at a time, of parts with more than one', async () => {
    const of = await resources()
    expect(of('PodDisruptionBudget').map(({ inputs }) => inputs)).toEqual(
      ['server', 'worker'].map((component) => ({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: expect.objectContaining({ name: component, namespace: 'codebase-mcp' }),
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: expect.objectContaining({ 'app.kubernetes.io/component': component }) },
        },
      })),
    )
  })
})

describe('scaling', () => {
  test('follows processor usage between the two numbers of the settings', async () => {
    const server = { replicas: 2, maxReplicas: 6 }
    const scalers = specsOf(
      (await resources({ server, worker: { replicas: 1, maxReplicas: 1 } }))('HorizontalPodAutoscaler'),
    )
    expect(Object.keys(scalers)).toEqual(['server-scaler'])
    expect(scalers['server-scaler']).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'server' },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [{ type: 'Resource', resource: { name: 'cpu' } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    })
  })

  test('follows the open index jobs, including running ones, if workers scale on the queue', async () => {
    const worker = { replicas: 1, maxReplicas: 4, scaleOn: 'queue' }
    const scalers = specsOf((await resources({ worker }))('HorizontalPodAutoscaler'))
    expect(scalers['worker-scaler']?.metrics).toEqual([
      {
        type: 'External',
        external: {
          metric: { name: 'codebase_jobs_open', selector: { matchLabels: { kind: 'index' } } },
          target: { type: 'AverageValue', averageValue: '1' },
        },
      },
    ])
  })

  describe('by KEDA, if it can query Prometheus,', () => {
    const worker = {
      replicas: 1,
      maxReplicas: 4,
      scaleOn: 'queue',
      prometheus: 'http://prometheus-operated.monitoring.svc:9090',
    }

    test('follows the open index jobs of this stack, without an HPA', async () => {
      const of = await resources({ worker, server: { replicas: 1 }, kubernetes: { prefix: 'team-' } })
      expect(of('HorizontalPodAutoscaler')).toEqual([])
      const [scaled] = of('ScaledObject')
      expect(scaled?.inputs).toMatchObject({
        metadata: { name: 'team-worker', namespace: 'codebase-mcp' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'team-worker' },
          minReplicaCount: 1,
          maxReplicaCount: 4,
          triggers: [
            {
              type: 'prometheus',
              metadata: {
                serverAddress: worker.prometheus,
                query:
                  'sum(max by (kind, state) (codebase_jobs_open{job="codebase-mcp", namespace="codebase-mcp", kind="index"}))',
                threshold: '1',
              },
            },
          ],
        },
      })
    })

    test('is valid for KEDA', async () => {
      const inputs = (await resources({ worker }))('ScaledObject')[0]?.inputs ?? {}
      expect(() => new ScaledObject(inputs as never).validate()).not.toThrow()
      const { triggers, ...rest } = inputs.spec as { readonly triggers: readonly object[] }
      const wrong = { ...inputs, spec: { ...rest, triggers: triggers.map((one) => ({ ...one, metadata: undefined })) } }
      expect(() => new ScaledObject(wrong as never).validate()).toThrow('metadata')
    })

    test.each(['cpu', 'queue'])(
      'may exist beside the HPA by %s that it replaces or is replaced by',
      async (scaleOn) => {
        const { prometheus, ...byHpa } = { ...worker, scaleOn }
        const [former] = (await resources({ worker: byHpa, kubernetes: { annotations: { team: 'search' } } }))(
          'HorizontalPodAutoscaler',
        ).filter(({ name }) => name.startsWith('worker'))
        expect(former?.inputs.metadata).toMatchObject({
          annotations: { team: 'search', 'validations.keda.sh/hpa-ownership': 'false' },
        })
        // Without a name, KEDA calls its own HPA keda-hpa-worker.
        const [scaled] = (await resources({ worker: { ...worker, prometheus } }))('ScaledObject')
        expect(scaled?.inputs.spec).not.toHaveProperty('advanced.horizontalPodAutoscalerConfig.name')
      },
    )

    test('is refused if workers scale by processor', () => {
      expect(() =>
        settingsOf('kubernetes', {
          image: { reference: 'registry.example.com/codebase-mcp:1' },
          worker: { ...worker, scaleOn: 'cpu' },
        }),
      ).toThrow('worker.prometheus is set, but worker.scaleOn is cpu')
    })
  })

  test('is off if the number is fixed or nothing runs', async () => {
    const fixed = { server: { replicas: 2 }, worker: { replicas: 1 } }
    expect((await resources(fixed))('HorizontalPodAutoscaler')).toEqual([])
    expect((await resources({ running: false }))('HorizontalPodAutoscaler')).toEqual([])
  })

  test.each([
    [1, 1, false],
    [2, 3, true],
  ])('of at least %i and at most %i pods is %s', (replicas, maxReplicas, expected) => {
    expect(isScaled({ replicas, maxReplicas })).toBe(expected)
  })
})

test('a quota limits the requests, if one is set', async () => {
  expect((await resources())('ResourceQuota')).toEqual([])
  const [quota] = (await resources({ kubernetes: { quotaCpus: 3.5, quotaMemory: 16_384 } }))('ResourceQuota')
  expect(quota?.inputs.spec).toEqual({ hard: { 'requests.cpu': '3.5', 'requests.memory': '16384Mi' } })
  const [ofMemory] = (await resources({ kubernetes: { quotaMemory: 16_384 } }))('ResourceQuota')
  expect(ofMemory?.inputs.spec).toEqual({ hard: { 'requests.memory': '16384Mi' } })
})

test('pods are spread over nodes and zones, but start even if there is only one', () => {
  const selector = { matchLabels: { 'app.kubernetes.io/component': 'server' } } as Parameters<typeof spread>[0]
  expect(spread(selector)).toEqual(
    ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: selector,
      matchLabelKeys: ['pod-template-hash'],
    })),
  )
})
