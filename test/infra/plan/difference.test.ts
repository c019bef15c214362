import { describe, expect, test } from 'vitest'
import { differenceOf } from '../../../infra/plan/difference.ts'
import type { Planned } from '../../../infra/plan/plan.ts'
import { changesOf } from '../../../infra/plan/property-changes.ts'
import { deployment, planWith, resource } from './plans.ts'

const changes = (before: Planned[], after: Planned[]) => differenceOf(planWith(...before), planWith(...after)).changes

const configMap = (script: string) =>
  resource('kubernetes:core/v1:ConfigMap', 'roles', { metadata: {}, data: { 'roles.sh': script } })

describe('the difference between two plans', () => {
  test('is empty if they are equal', () => {
    const same = [deployment({ replicas: 2 }), configMap('one')]
    expect(differenceOf(planWith(...same), planWith(...same))).toEqual({
      changes: [],
      unchanged: 2,
      outputs: [],
      newViolations: [],
    })
  })

  test('names additions, removals, and their protection', () => {
    const claim = resource('kubernetes:core/v1:PersistentVolumeClaim', 'claim', {}, { options: { protect: true } })
    expect(changes([claim], [deployment({})])).toMatchObject([
      { does: 'remove', kind: 'PersistentVolumeClaim', name: 'claim', protected: true },
      { does: 'add', kind: 'Deployment', name: 'server' },
    ])
  })

  test('names each property with its value before and after', () => {
    const before = deployment({ replicas: 2, template: { spec: { containers: [{ name: 'serve', image: 'shop:1' }] } } })
    const after = deployment({ replicas: 3, template: { spec: { containers: [{ name: 'serve', image: 'shop:2' }] } } })
    expect(changes([before], [after])).toEqual([
      {
        does: 'change',
        kind: 'Deployment',
        name: 'server',
        properties: [
          { path: 'spec.replicas', before: 2, after: 3 },
          { path: 'spec.template.spec.containers[serve].image', before: 'shop:1', after: 'shop:2' },
        ],
      },
    ])
  })

  test.each<[string, Planned, Planned]>([
    ['a ConfigMap with other contents', configMap('one'), configMap('two')],
    ['a Deployment with another selector', deployment({ selector: 1 }), deployment({ selector: 2 })],
    [
      'a Job with other pods',
      resource('kubernetes:batch/v1:Job', 'job', { spec: { template: 1 } }),
      resource('kubernetes:batch/v1:Job', 'job', { spec: { template: 2 } }),
    ],
    [
      'an object with another name',
      resource('kubernetes:core/v1:Service', 'one', { metadata: { name: 'one' } }),
      resource('kubernetes:core/v1:Service', 'one', { metadata: { name: 'two' } }),
    ],
    [
      'a container of Docker with another variable',
      resource('docker:index/container:Container', 'one', { envs: ['A=1'] }),
      resource('docker:index/container:Container', 'one', { envs: ['A=2'] }),
    ],
    [
      'what its options say',
      resource('command:local:Command', 'one', { create: 'a' }, { options: { replaceOnChanges: ['create'] } }),
      resource('command:local:Command', 'one', { create: 'b' }, { options: { replaceOnChanges: ['create'] } }),
    ],
  ])('says that %s is replaced', (_, before, after) => {
    expect(changes([before], [after])).toMatchObject([{ does: 'replace', properties: [{ replaces: true }] }])
  })

  test('says that a Deployment with other pods is not replaced', () => {
    expect(changes([deployment({ template: 1 })], [deployment({ template: 2 })])).toMatchObject([{ does: 'change' }])
  })

  describe('of volumes', () => {
    const claim = (storage: string, storageClassName?: string) =>
      resource('kubernetes:core/v1:PersistentVolumeClaim', 'postgres-claim', {
        metadata: { name: 'postgres' },
        spec: { storageClassName, resources: { requests: { storage } } },
      })
    const cluster = (size: string) =>
      resource('kubernetes:postgresql.cnpg.io/v1:Cluster', 'cnpg-cluster', {
        metadata: { name: 'postgres' },
        spec: { instances: 3, storage: { size: '50Gi' }, walStorage: { size } },
      })

    test.each([
      ['a claim', claim('20Gi'), claim('10Gi')],
      ['a log of CloudNativePG', cluster('20Gi'), cluster('10Gi')],
    ])('warns that %s would shrink', (_, before, after) => {
      const [change] = changes([before], [after])
      expect(change).toMatchObject({
        touchesData: true,
        warning: expect.stringMatching(/cannot shrink from 20.* to 10.*docs\/volumes\.md/),
      })
    })

    test('warns of another storage class', () => {
      expect(changes([claim('20Gi', 'slow')], [claim('20Gi', 'fast')])).toMatchObject([
        { does: 'replace', warning: expect.stringContaining('keeps its StorageClass') },
      ])
    })

    test('accepts growth', () => {
      const [change] = changes([claim('20Gi')], [claim('20481Mi')])
      expect(change).toMatchObject({ does: 'change' })
      expect(change).not.toHaveProperty('warning')
    })
  })

  test('omits what the program tells the engine to ignore', () => {
    const options = { ignoreChanges: ['spec.replicas'] }
    expect(changes([deployment({ replicas: 1 }, { options })], [deployment({ replicas: 2 }, { options })])).toEqual([])
  })

  test('says that a resource is no longer protected', () => {
    expect(changes([deployment({}, { options: { protect: true } })], [deployment({})])).toMatchObject([
      { does: 'change', properties: [{ path: 'options.protect', before: true }] },
    ])
  })

  test('recognises a renamed resource by its alias', () => {
    const before = deployment({}, { id: 'old::server-pods' })
    expect(changes([before], [deployment({}, { formerIds: ['old::server-pods'] })])).toEqual([])
  })

  test('warns that the engine recreates a resource that moved to another component', () => {
    expect(changes([deployment({}, { id: 'old::server-pods' })], [deployment({})])).toMatchObject([
      { does: 'replace', name: 'server', because: expect.stringContaining('another component') },
    ])
  })

  test.each<[string, string, string, boolean]>([
    ['a StatefulSet with', 'pgvector/pgvector:pg17', 'pgvector/pgvector:pg18', true],
    ['a container of Docker with', 'pgvector/pgvector:pg17', 'registry.example.com/pgvector:0.8.1-pg18-trixie', true],
    ['a StatefulSet with', 'postgres:18.1', 'postgres:17.7-trixie', true],
    ['a StatefulSet with', 'pgvector/pgvector:pg17', 'pgvector/pgvector:0.8.1-pg17@sha256:18', false],
    ['a container of Docker with', 'pgvector/pgvector:pg17', 'registry.example.com/vector:stable', false],
    [
      'a Cluster of CloudNativePG with',
      'cnpg/postgresql:17-standard-trixie',
      'cnpg/postgresql:18-standard-trixie',
      false,
    ],
    ['a Cluster of CloudNativePG with', 'cnpg/postgresql:18.1', 'cnpg/postgresql:17.7', true],
  ])('warns of %s %s and then %s: %s, if the image would not open its files', (what, before, after, isTold) => {
    const at = (image: string) => {
      if (what.includes('Docker')) {
        return resource('docker:index/container:Container', 'postgres-container', { name: 'codebase-postgres', image })
      }
      const metadata = { name: 'postgres' }
      return what.includes('Cluster')
        ? resource('kubernetes:postgresql.cnpg.io/v1:Cluster', 'cnpg-cluster', { metadata, spec: { imageName: image } })
        : resource('kubernetes:apps/v1:StatefulSet', 'postgres-pods', {
            metadata,
            spec: { template: { spec: { containers: [{ name: 'postgres', image }] } } },
          })
    }
    const [change] = changes([at(before)], [at(after)])
    expect(/does not open the files of major version \d\d/.test(change?.warning ?? '')).toBe(isTold)
  })

  test('reports newly violated policies', () => {
    const violation = (at: string) => ({
      policy: 'probes' as const,
      level: 'mandatory' as const,
      remedy: 'Probe it',
      type: 'kubernetes:apps/v1:Deployment',
      resource: 'server-pods',
      at,
      says: 'is missing',
    })
    const before = { ...planWith(), violations: [violation('a')] }
    const after = { ...planWith(), violations: [violation('a'), violation('b')] }
    expect(differenceOf(before, after).newViolations).toEqual([violation('b')])
  })

  test('includes the outputs of the stack', () => {
    const at = (url: string) => ({ ...planWith(), outputs: { url } })
    expect(differenceOf(at('http://a'), at('http://b')).outputs).toEqual([
      { path: 'url', before: 'http://a', after: 'http://b' },
    ])
  })
})

describe('the difference between two lists', () => {
  test.each<[string, unknown[], unknown[], unknown[]]>([
    [
      'is by name',
      [{ name: 'a', value: 1 }],
      [
        { name: 'b', value: 2 },
        { name: 'a', value: 1 },
      ],
      [{ path: '[b]', after: { name: 'b', value: 2 } }],
    ],
    ['is by variable', ['A=1', 'B=1'], ['B=2', 'A=1'], [{ path: '[B]', before: '1', after: '2' }]],
    ['is by position', [{ x: 1 }, { x: 1 }], [{ x: 1 }, { x: 2 }], [{ path: '[1].x', before: 1, after: 2 }]],
    [
      'is the whole list if nothing identifies entries',
      ['a', 'b'],
      ['b'],
      [{ path: '', before: ['a', 'b'], after: ['b'] }],
    ],
    [
      'is in their order',
      [{ name: 'a' }, { name: 'b' }],
      [{ name: 'b' }, { name: 'a' }],
      [{ path: ' (order)', before: 'a, b', after: 'b, a' }],
    ],
    [
      'is by position if a name occurs twice',
      [{ name: 'a', x: 1 }, { name: 'a' }],
      [{ name: 'a', x: 2 }, { name: 'a' }],
      [{ path: '[0].x', before: 1, after: 2 }],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changesOf(before, after)).toEqual(expected)
  })
})
