import { describe, expect, test } from 'vitest'
import { up as runUp, type UpOptions } from '../../../../infra/cli/commands/up.ts'
import type { StateResource } from '../../../../infra/cli/pulumi/state.ts'
import { fakeTools } from '../fake-tools.ts'
import { fakeKubectl, labelsOf } from './fake-cluster.ts'

const CONFIG = {
  'codebase-mcp:target': 'kubernetes',
  'codebase-mcp:name': 'shop',
  'codebase-mcp:kubernetes': '{"context":"production"}',
  'codebase-mcp:image': '{"reference":"r.example.com/codebase-mcp:1"}',
}

const NAMESPACE = '/api/v1/namespaces/shop'
const OURS = { [NAMESPACE]: { metadata: { name: 'shop', labels: labelsOf('namespace') } } }

interface Given {
  readonly cluster?: Parameters<typeof fakeKubectl>[0]
  readonly options?: UpOptions
  readonly answer?: string
  readonly resources?: readonly StateResource[]
  readonly pending?: readonly string[]
}

/** What an `up` does and says. */
async function up({ cluster, options = { yes: true }, answer, resources = [], pending = [] }: Given) {
  const { kubectl, done } = fakeKubectl(cluster)
  const interactive = answer === undefined ? {} : { isInteractive: true, answer }
  const fake = fakeTools({ config: CONFIG, state: { resources, pending }, kubectl, ...interactive })
  const exitCode = await runUp(fake.tools, options)
  return { exitCode, done: [...done, ...fake.done], printed: fake.printed }
}

const UP = 'up {"refresh":true}'
const TAKING_OVER = 'up {"refresh":true} {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS":"true"}'

describe('an up on a cluster', () => {
  test('looks at what is really there before it changes anything', async () => {
    expect(await up({ options: { yes: true, parallel: 4 } })).toEqual({
      exitCode: 0,
      done: ['up {"refresh":true,"parallel":4}'],
      printed: ['Done.'],
    })
  })

  test('shows what would change and asks', async () => {
    expect((await up({ options: {}, answer: 'yes' })).done).toEqual(['preview {"refresh":true}', UP])
    await expect(up({ options: {}, answer: '' })).rejects.toThrow('Nothing was changed.')
    expect((await up({ options: { skipPreview: true } })).done).toEqual([UP])
  })

  test('changes nothing where nobody can be asked', async () => {
    await expect(up({ options: {} })).rejects.toThrow('Not a terminal; pass --yes. Apply these changes to dev?')
  })

  test('ends with all faults of the cluster, and changes nothing', async () => {
    const at = { [NAMESPACE]: { metadata: { name: 'shop' } }, '/apis/storage.k8s.io/v1/storageclasses': { items: [] } }
    await expect(up({ cluster: { at } })).rejects.toThrow(
      /^Before this can run:\n- The namespace shop exists .*\n- The cluster has no default StorageClass; it has none: .*$/,
    )
  })

  test('goes on without kubectl, and says that nothing was looked at', async () => {
    const { done, printed } = await up({ cluster: { isOnPath: false } })
    expect(done).toEqual([UP])
    expect(printed[0]).toContain('the cluster was not checked')
  })
})

describe('what a killed up left on a cluster', () => {
  const urn = (type: string, name: string) =>
    `urn:pulumi:prod::codebase-mcp::codebase:kubernetes:Stack$${type}::${name}`
  const object = (kind: string, name: string, more: object = {}) => ({
    kind,
    metadata: { name, labels: labelsOf('server'), ...more },
  })
  const recorded = (type: string, id: string, name = id) => ({ urn: urn(type, name), type, id })
  const NAMESPACE_OF_OURS = recorded('kubernetes:core/v1:Namespace', 'shop')
  const claim = object('PersistentVolumeClaim', 'postgres')

  test('is done again, and what it made under a name of its own is removed', async () => {
    const { done, printed } = await up({
      pending: [urn('kubernetes:batch/v1:Job', 'migration-job'), urn('kubernetes:apps/v1:Deployment', 'server-pods')],
      resources: [NAMESPACE_OF_OURS, recorded('kubernetes:batch/v1:Job', 'shop/migration-job-0a0a0a0a')],
      cluster: {
        at: OURS,
        objects: [
          object('Job', 'migration-job-0a0a0a0a'),
          object('Job', 'migration-job-1b1b1b1b'),
          object('Job', 'migration-job-3d3d3d3d', { ownerReferences: [{}] }),
          object('Job', 'migration-job-of-mine'),
          object('Secret', 'migration-job-2c2c2c2c'),
        ],
      },
    })
    expect(done).toEqual(['remove job/migration-job-1b1b1b1b', 'forget', TAKING_OVER])
    expect(printed).toContain('Removing job/migration-job-1b1b1b1b, which an earlier run had begun and not recorded.')
  })

  test('is taken over where the next run would give it the same name', async () => {
    const objects = [object('Deployment', 'server'), object('Service', 'server')]
    const known = [NAMESPACE_OF_OURS, recorded('kubernetes:apps/v1:Deployment', 'shop/server')]
    const service = recorded('kubernetes:core/v1:Service', 'shop/server')
    expect((await up({ cluster: { at: OURS, objects }, resources: known })).done).toEqual([TAKING_OVER])
    expect((await up({ cluster: { at: OURS, objects }, resources: [...known, service] })).done).toEqual([UP])
    const pending = [urn('kubernetes:core/v1:Namespace', 'base-namespace')]
    expect((await up({ cluster: { at: OURS }, pending })).done).toEqual(['forget', TAKING_OVER])
    expect((await up({ cluster: { isOnPath: false }, pending })).done).toEqual(['forget', TAKING_OVER])
  })

  test('is the database of another state, which is left alone', async () => {
    const cluster = { at: OURS, objects: [claim] }
    const other = recorded('kubernetes:core/v1:Service', 'shop/other')
    await expect(up({ cluster, resources: [NAMESPACE_OF_OURS, other] })).rejects.toThrow(
      'The namespace shop holds, in the volume claim postgres, the database of another stack with the name shop',
    )
    const known = recorded('kubernetes:core/v1:PersistentVolumeClaim', 'shop/postgres')
    expect((await up({ cluster, resources: [known] })).exitCode).toBe(0)
    const password = recorded('random:index/randomPassword:RandomPassword', 'none', 'superuser-password')
    expect((await up({ cluster, resources: [password] })).exitCode).toBe(0)
    const pending = [urn('kubernetes:core/v1:PersistentVolumeClaim', 'postgres-claim')]
    expect((await up({ cluster, pending })).exitCode).toBe(0)
  })

  test('is not what a state without anything in it finds', async () => {
    await expect(up({ cluster: { at: OURS } })).rejects.toThrow(
      'The namespace shop holds another stack with the name shop',
    )
  })
})
