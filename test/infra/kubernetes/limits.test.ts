import { describe, expect, test } from 'vitest'
import { objectsOf, settingsOf } from '../mocked.ts'

const IMAGE = { reference: 'registry.example.com/codebase-mcp:1.0.0' }

const limited = (kind: string, spec: object, settings: Record<string, unknown> = {}, metadata: object = {}) => {
  const { kubernetes = {}, ...others } = settings
  const object = { apiVersion: 'v1', kind, metadata: { name: 'team', ...metadata }, spec }
  return objectsOf(
    settingsOf('kubernetes', {
      image: IMAGE,
      ...others,
      kubernetes: { ...(kubernetes as object), extraObjects: [object] },
    }),
  )
}

const range = (limit: object, settings?: Record<string, unknown>) =>
  limited('LimitRange', { limits: [{ type: 'Container', ...limit }] }, settings)

const quota = (hard: object, settings?: Record<string, unknown>, more: object = {}) =>
  limited('ResourceQuota', { hard, ...more }, settings)

const AT = 'kubernetes.extraObjects.0.spec'
const WITHOUT_BACKUP = { backup: { enabled: false } }

describe('a LimitRange that the stack’s own pods violate is refused:', () => {
  test.each<[string, object, string]>([
    [
      'less memory than a part has',
      { max: { memory: '512Mi' } },
      `${AT}.limits.0.max.memory is 512 MiB, but the container serve of server has the limit`,
    ],
    [
      'more CPU than a Job requests',
      { min: { cpu: '200m' } },
      `${AT}.limits.0.min.cpu is 0.2 CPU, but the container roles of`,
    ],
    [
      'a default limit below what a part requests',
      { default: { cpu: '100m' } },
      `${AT}.limits.0.default.cpu is 0.1 CPU, which becomes the limit of the container postgres of postgres, but its request is 0.5 CPU`,
    ],
    [
      'a maximum that becomes such a limit',
      { max: { cpu: '300m' } },
      `${AT}.limits.0.max.cpu is 0.3 CPU, which becomes the limit of the container`,
    ],
    ['a ratio of limit and request', { default: { cpu: '4' }, maxLimitRequestRatio: { cpu: 2 } }, 'times its request'],
    ['less disk', { max: { 'ephemeral-storage': '100Mi' } }, 'max.ephemeral-storage is 100 MiB, but the container'],
    [
      'a pod with less memory than its containers together',
      { type: 'Pod', max: { memory: '600Mi' } },
      `${AT}.limits.0.max.memory is 600 MiB, but a pod of server has the limit`,
    ],
    ['a pod without a limit', { type: 'Pod', max: { cpu: '2' } }, 'but a pod of server has no limit'],
    [
      'a smaller volume',
      { type: 'PersistentVolumeClaim', max: { storage: '5Gi' } },
      `${AT}.limits.0.max.storage is 5.0 GiB, but the volume postgres requests 20.0 GiB`,
    ],
    [
      'a larger volume',
      { type: 'PersistentVolumeClaim', min: { storage: '15Gi' } },
      'min.storage is 15.0 GiB, but the volume postgres-wal requests 10.0 GiB',
    ],
  ])('%s', async (_, limit, message) => {
    await expect(range(limit)).rejects.toThrow(message)
  })

  test.each<[string, object, Record<string, unknown>]>([
    ['what all pods keep', { max: { memory: '32Gi' }, min: { memory: '64Mi' } }, {}],
    ['a default that gives containers a limit', { default: { cpu: '8' }, defaultRequest: { cpu: '100m' } }, {}],
    ['a limit above what the settings give', { max: { cpu: '4' } }, { kubernetes: { cpuLimit: 2 } }],
    ['a volume of any size in between', { type: 'PersistentVolumeClaim', max: { storage: '1Ti' } }, {}],
  ])('but not %s', async (_, limit, settings) => {
    await expect(range(limit, settings)).resolves.toBeDefined()
  })

  test('and what is in another namespace does not count', async () => {
    const spec = { limits: [{ type: 'Container', max: { memory: '1Mi' } }] }
    await expect(limited('LimitRange', spec, {}, { namespace: 'elsewhere' })).resolves.toBeDefined()
    await expect(limited('LimitRange', spec, {}, { namespace: 'codebase-mcp' })).rejects.toThrow('max.memory')
  })

  test('also for what a patch makes of a pod', async () => {
    const patches = [
      {
        target: { kind: 'Deployment', name: 'worker' },
        patch: {
          spec: { template: { spec: { containers: [{ name: 'worker', resources: { limits: { memory: '40Gi' } } }] } } },
        },
      },
    ]
    await expect(range({ max: { memory: '32Gi' } }, { kubernetes: { patches } })).rejects.toThrow(
      'max.memory is 32.0 GiB, but the container worker of worker has the limit 40.0 GiB',
    )
  })
})

describe('a ResourceQuota that the stack’s own pods exceed is refused with the sum:', () => {
  test.each<[string, object, RegExp]>([
    [
      'of memory',
      { 'requests.memory': '2Gi' },
      /spec\.hard\.requests\.memory is 2Gi, but [\d.]+ GiB are needed \(.*server 2 × [\d.]+ GiB \+ worker 1 × 2\.0 GiB.*\); raise it/,
    ],
    ['of CPUs', { cpu: '1' }, /spec\.hard\.cpu is 1, but [\d.]+ CPU are needed \(.*server 2 × 0\.25 CPU/],
    ['of limits', { 'limits.memory': '3Gi' }, /spec\.hard\.limits\.memory is 3Gi, but/],
    ['of disk', { 'requests.ephemeral-storage': '10Gi' }, /worker 1 × [\d.]+ GiB/],
    [
      'of pods',
      { pods: 4 },
      /spec\.hard\.pods is 4, but 7 are needed \(.*server 2 × 1 \+ worker 1 × 1 \+ update 1 × 2\)/,
    ],
    ['of volumes', { persistentvolumeclaims: '2' }, /persistentvolumeclaims is 2, but 4 are needed/],
    [
      'of storage',
      { 'requests.storage': '30Gi' },
      /requests\.storage is 30Gi, but 60\.0 GiB are needed \(.*postgres 1 × 20/,
    ],
    ['of objects', { 'count/deployments.apps': 2 }, /count\/deployments\.apps is 2, but 3 are needed/],
  ])('%s', async (_, hard, message) => {
    await expect(quota(hard)).rejects.toThrow(message)
  })

  test('of volumes of one class', async () => {
    const hard = { 'fast.storageclass.storage.k8s.io/requests.storage': '10Gi' }
    await expect(quota(hard, { postgres: { storageClass: 'fast' } })).rejects.toThrow('but 30.0 GiB are needed')
    await expect(quota(hard)).resolves.toBeDefined()
  })

  test('a limit of CPUs, which containers then must have', async () => {
    const hard = { 'limits.cpu': '64' }
    await expect(quota(hard)).rejects.toThrow(
      'spec.hard.limits.cpu demands a limit of cpu of each container, but postgres of postgres and',
    )
    await expect(quota(hard, { kubernetes: { cpuLimit: 1 } })).resolves.toBeDefined()
  })

  test('but not with room for a roll-out and the largest Job', async () => {
    await expect(quota({ 'requests.memory': '40Gi', cpu: 10, pods: 30 })).resolves.toBeDefined()
    await expect(quota({ pods: 7 }, WITHOUT_BACKUP)).resolves.toBeDefined()
    await expect(quota({ pods: 6 }, WITHOUT_BACKUP)).rejects.toThrow('pods is 6, but 7 are needed')
  })

  test.each<[string, object]>([
    ['that end by a deadline', { scopes: ['Terminating'] }],
    ['without requests', { scopes: ['BestEffort'] }],
    [
      'of another priority',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['low'] }] } },
    ],
  ])('and not by pods %s', async (_, scope) => {
    await expect(quota({ pods: 0 }, {}, scope)).resolves.toBeDefined()
  })

  test('but by pods of its priority', async () => {
    const scope = {
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['low'] }] },
    }
    await expect(quota({ pods: 0 }, { worker: { priorityClass: 'low' } }, scope)).rejects.toThrow(
      'pods is 0, but 2 are needed (worker 1 × 1 + update 1 × 1)',
    )
  })
})
