import { describe, expect, test } from 'vitest'
import { clearLeftovers, unrecordedOf } from '../../../../infra/kubernetes/cluster/heal.ts'
import type { StateResource } from '../../../../infra/state.ts'
import { settingsOf } from '../../mocked.ts'
import { fakeKubectl, labelsOf } from './fake-cluster.ts'

const OURS = { '/api/v1/namespaces/shop': { metadata: { name: 'shop', labels: labelsOf('namespace') } } }
const NOON = '2026-11-21T12:00:00Z'

const object = (kind: string, name: string, more: object = {}) => ({
  kind,
  metadata: { name, labels: labelsOf('server'), creationTimestamp: NOON, ...more },
})

const recorded = (type: string, name: string, creationTimestamp = NOON): StateResource => ({
  urn: `urn:pulumi:prod::codebase-mcp::${type}::${name}`,
  type,
  outputs: { metadata: { name, creationTimestamp } },
})
const component = (name: string) => recorded(`codebase:kubernetes:${name}`, name)
const STACK = [component('Stack'), component('Postgres'), recorded('kubernetes:core/v1:Namespace', 'shop')]

/**
 * Clears the leftovers in a namespace with these objects. Returns the actions, the messages, and whether the provider
 * takes over the rest.
 */
async function cleared(objects: readonly object[], state: readonly StateResource[] = STACK, values: object = {}) {
  const settings = settingsOf('kubernetes', {
    name: 'shop',
    kubernetes: { context: 'production' },
    image: { reference: 'r.example.com/codebase-mcp:1' },
    ...values,
  })
  const { kubectl, done } = fakeKubectl({ at: OURS, objects })
  const printed: string[] = []
  const unrecorded = await unrecordedOf(settings, state, kubectl)
  const print = async (text: string) => void printed.push(text)
  const adoptsExisting = await clearLeftovers({ settings, state, unrecorded, kubectl, print })
  return { done, printed, adoptsExisting }
}

describe('the leftovers of a killed run on a cluster', () => {
  test('are usually none', async () => {
    const state = [...STACK, recorded('kubernetes:core/v1:Service', 'server')]
    expect(await cleared([object('Service', 'server')], state)).toEqual({
      done: [],
      printed: [],
      adoptsExisting: false,
    })
  })

  test('are removed if the next run would use another name', async () => {
    const state = [...STACK, recorded('kubernetes:batch/v1:Job', 'migration-job-0a0a0a0a', '2026-11-21T11:00:00Z')]
    const { done, printed } = await cleared(
      [
        object('Job', 'migration-job-0a0a0a0a'),
        object('Job', 'migration-job-1b1b1b1b'),
        object('Job', 'migration-job-3d3d3d3d', { ownerReferences: [{}] }),
        object('Secret', 'secrets-2c2c2c2c'),
      ],
      state,
    )
    expect(done).toEqual(['remove job/migration-job-1b1b1b1b', 'remove secret/secrets-2c2c2c2c'])
    expect(printed).toContain('Removing job/migration-job-1b1b1b1b, which an earlier run created but did not record.')
  })

  test('do not include the remains of a failed replacement, which pods may still use', async () => {
    const former = object('Secret', 'secrets-2c2c2c2c', { creationTimestamp: '2026-11-21T11:00:00Z' })
    const state = [...STACK, recorded('kubernetes:core/v1:Secret', 'secrets-4e4e4e4e')]
    expect((await cleared([former], state)).done).toEqual([])
  })

  test('do not include objects created by hand', async () => {
    expect((await cleared([object('Job', 'migration-job-of-mine')])).done).toEqual([])
  })

  test('are taken over if the next run would use the same name', async () => {
    const objects = [object('Deployment', 'server'), object('Service', 'server')]
    const state = [...STACK, recorded('kubernetes:apps/v1:Deployment', 'server')]
    expect(await cleared(objects, state)).toEqual({ done: [], printed: [], adoptsExisting: true })
  })

  test('include objects of operators that the settings ask for, and extra objects of custom kinds', async () => {
    const asked: string[] = []
    const extraObjects = [
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name: 'shop' },
        spec: { secretName: 'shop', dnsNames: ['shop.example.com'], issuerRef: { name: 'ca' } },
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } },
    ]
    const settings = settingsOf('kubernetes', {
      kubernetes: { context: 'production', extraObjects },
      image: { reference: 'r.example.com/codebase-mcp:1' },
      database: { cnpg: {} },
    })
    const kubectl = {
      ...fakeKubectl().kubectl,
      async list(kinds: readonly string[]) {
        asked.push(...kinds)
        return []
      },
    }
    await unrecordedOf(settings, STACK, kubectl)
    expect(asked).toContain('clusters.postgresql.cnpg.io')
    expect(asked).toContain('Certificate.v1.cert-manager.io')
    expect(asked.filter((kind) => kind.includes('keda') || kind.includes('gateway'))).toEqual([])
  })

  test('do not include the database of another state, which is not touched', async () => {
    const claim = object('PersistentVolumeClaim', 'postgres')
    const elsewhere = STACK.filter(({ type }) => !type.endsWith('Postgres'))
    await expect(cleared([claim], elsewhere)).rejects.toThrow(
      'The namespace shop holds, in the volume claim postgres, the database of another stack with the name shop',
    )
    expect((await cleared([claim])).adoptsExisting).toBe(true)
  })

  test('are refused if the state is empty', async () => {
    const refused = 'The namespace shop holds another stack with the name shop'
    await expect(cleared([], [])).rejects.toThrow(refused)
    // The state of a run that was refused contains only its stack.
    await expect(cleared([], [recorded('pulumi:pulumi:Stack', 'codebase-mcp-prod')])).rejects.toThrow(refused)
  })
})
