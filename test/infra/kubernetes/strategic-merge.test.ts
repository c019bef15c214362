import { output } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import { patched } from '../../../infra/kubernetes/strategic-merge.ts'

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  spec: {
    containers: [
      { name: 'serve', image: 'a', args: ['serve'], env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] },
      { name: 'other', image: 'b' },
    ],
    tolerations: [{ key: 'a' }],
    dnsPolicy: 'Default',
  },
}

const patchedSpec = (spec: object) => patched(POD, { spec }).spec

describe('a strategic merge', () => {
  test('merges containers, variables and ports by their merge key', () => {
    const containers = [
      { name: 'serve', env: [{ name: 'B', value: '2' }], ports: [{ containerPort: 80, name: 'main' }] },
    ]
    expect(patchedSpec({ containers })).toMatchObject({
      containers: [
        {
          name: 'serve',
          image: 'a',
          env: [{ name: 'A' }, { name: 'B' }],
          ports: [{ containerPort: 80, name: 'main' }],
        },
        { name: 'other', image: 'b' },
      ],
    })
  })

  test('replaces lists without a merge key, and adds what is new', () => {
    expect(patchedSpec({ tolerations: [{ key: 'b' }], volumes: [{ name: 'v', emptyDir: {} }] })).toMatchObject({
      tolerations: [{ key: 'b' }],
      volumes: [{ name: 'v', emptyDir: {} }],
    })
  })

  test('removes null values, and entries marked for deletion', () => {
    const spec = patchedSpec({ dnsPolicy: null, containers: [{ name: 'other', $patch: 'delete' }] })
    expect(spec).not.toHaveProperty('dnsPolicy')
    expect(spec).toMatchObject({ containers: [{ name: 'serve' }] })
    expect((spec as { containers: object[] }).containers).toHaveLength(1)
  })

  test('replaces a whole object or list if told to', () => {
    const group = { securityContext: { $patch: 'replace', runAsNonRoot: true } }
    const before = { ...POD, spec: { ...POD.spec, securityContext: { runAsUser: 1 } } }
    expect(patched(before, { spec: group }).spec).toMatchObject({ securityContext: { runAsNonRoot: true } })
    const list = [{ $patch: 'replace' }, { name: 'only', image: 'c' }]
    expect((patchedSpec({ containers: list }) as { containers: object[] }).containers).toEqual([
      { name: 'only', image: 'c' },
    ])
  })

  test('can retain only the named keys, as another type of strategy requires', () => {
    const deployment = { apiVersion: 'apps/v1', spec: { strategy: { type: 'RollingUpdate', rollingUpdate: {} } } }
    expect(patched(deployment, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }).spec).toEqual({
      strategy: { type: 'Recreate' },
    })
  })

  test('replaces the lists of custom resources', () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      spec: { parentRefs: [{ name: 'a' }], ports: [{ port: 1 }] },
    }
    expect(patched(route, { spec: { ports: [{ port: 2 }] } }).spec).toMatchObject({ ports: [{ port: 2 }] })
  })

  test('reaches into values that are only known later', async () => {
    const before = { apiVersion: 'v1', metadata: output({ labels: { a: '1' } }) }
    const { metadata } = patched(before, { metadata: { labels: { b: '2' } } })
    const known = new Promise((resolve) => {
      output(metadata as object).apply(resolve)
    })
    expect(await known).toEqual({ labels: { a: '1', b: '2' } })
  })
})
