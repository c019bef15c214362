import { describe, expect, test } from 'vitest'
import { upOnCluster } from '../../../../infra/cli/cluster/up.ts'
import type { Lock } from '../../../../infra/cli/pulumi/backend.ts'
import type { StateResource } from '../../../../infra/cli/pulumi/state.ts'
import { settingsOf } from '../../mocked.ts'
import { fakeKubectl, labelsOf } from './fake-cluster.ts'

const SETTINGS = settingsOf('kubernetes', {
  name: 'shop',
  kubernetes: { context: 'production' },
  image: { reference: 'r.example.com/codebase-mcp:1' },
})

const NAMESPACE = '/api/v1/namespaces/shop'
const OURS = { [NAMESPACE]: { metadata: { name: 'shop', labels: labelsOf('namespace') } } }

interface Given {
  readonly cluster?: Parameters<typeof fakeKubectl>[0]
  readonly passed?: readonly string[]
  readonly answer?: string
  readonly locks?: readonly Lock[]
  readonly resources?: readonly StateResource[]
  readonly pending?: readonly string[]
}

/** What an `up` does and says. */
const up = async (given: Given) => (await upWith(given)).seen

async function upWith(given: Given) {
  const { cluster, passed = ['--yes'], answer, locks = [], resources = [], pending = [] } = given
  const { kubectl, done } = fakeKubectl(cluster)
  const printed: string[] = []
  const used: object[] = []
  const tools = {
    kubectl: () => kubectl,
    pulumi: {
      locks: async () => locks,
      unlock: async () => void done.push('unlock'),
      state: async () => ({ resources, pending }),
      forgetPending: async () => void done.push('forget'),
      run: async (command: readonly string[], _: unknown, variables: object) => {
        used.push(variables)
        done.push(command.join(' '))
        return 0
      },
      follow: async (command: readonly string[], _: unknown, variables: object) => {
        used.push(variables)
        done.push(command.join(' '))
        return 0
      },
    },
    terminal: {
      isInteractive: answer !== undefined,
      print: (text: string) => void printed.push(text),
      ask: async () => answer ?? '',
    },
  }
  const asked = { stack: 'prod', settings: { 'codebase-mcp:size': 'small' }, passed }
  const exitCode = await upOnCluster(SETTINGS, asked, tools as unknown as Parameters<typeof upOnCluster>[2])
  return { seen: { exitCode, done, printed }, used }
}

const UP = 'up --suppress-outputs --refresh --yes --skip-preview --config codebase-mcp:size=small'

describe('an up on a cluster', () => {
  test('looks at what is really there before it changes anything', async () => {
    expect(await up({ passed: ['--yes', '--parallel', '4'] })).toEqual({
      exitCode: 0,
      done: [`${UP} --parallel 4`],
      printed: [],
    })
  })

  test('shows what would change and asks', async () => {
    const preview = 'preview --suppress-outputs --refresh --config codebase-mcp:size=small'
    expect((await up({ passed: [], answer: 'yes' })).done).toEqual([preview, UP])
    expect(await up({ passed: [], answer: '' })).toEqual({
      exitCode: 1,
      done: [preview],
      printed: ['Nothing was changed.'],
    })
  })

  test('changes nothing where nobody can be asked', async () => {
    await expect(up({ passed: [] })).rejects.toThrow('Nobody can be asked here: add --yes')
  })

  test('ends with all faults of the cluster, and changes nothing', async () => {
    const at = { [NAMESPACE]: { metadata: { name: 'shop' } }, '/apis/storage.k8s.io/v1/storageclasses': { items: [] } }
    await expect(up({ cluster: { at } })).rejects.toThrow(
      /^Before this can run:\n- The namespace shop is there .*\n- The cluster has no default StorageClass; it has none: .*$/,
    )
  })

  test('goes on without kubectl, and says that nothing was looked at', async () => {
    const { done, printed } = await up({ cluster: { isOnPath: false } })
    expect(done).toEqual([UP])
    expect(printed[0]).toContain('the cluster is not looked at')
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

  test('is unlocked and done again, and what it made under a name of its own is removed', async () => {
    const { done, printed } = await up({
      locks: [{ pid: 7, host: 'here', since: '2026-01-01T00:00:00Z', isHeld: false }],
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
    expect(done).toEqual(['unlock', 'remove job/migration-job-1b1b1b1b', 'forget', UP])
    expect(printed).toContain('Removing job/migration-job-1b1b1b1b, which an earlier run had begun and not recorded.')
  })

  test('is taken over where the next run would give it the same name', async () => {
    const objects = [object('Deployment', 'server'), object('Service', 'server')]
    const known = [NAMESPACE_OF_OURS, recorded('kubernetes:apps/v1:Deployment', 'shop/server')]
    const service = recorded('kubernetes:core/v1:Service', 'shop/server')
    const takingOver = [{ PULUMI_K8S_UPSERT_EXISTING_OBJECTS: 'true' }]
    expect((await upWith({ cluster: { at: OURS, objects }, resources: known })).used).toEqual(takingOver)
    expect((await upWith({ cluster: { at: OURS, objects }, resources: [...known, service] })).used).toEqual([{}])
    const pending = [urn('kubernetes:core/v1:Namespace', 'base-namespace')]
    expect((await upWith({ cluster: { at: OURS }, pending })).used).toEqual(takingOver)
    expect((await upWith({ cluster: { isOnPath: false }, pending })).used).toEqual(takingOver)
  })

  test('is not touched while somebody works on it', async () => {
    const locks = [{ pid: 7, host: 'there', since: '2026-01-01T00:00:00Z', isHeld: true }]
    await expect(up({ locks })).rejects.toThrow('Another `pulumi` works on the stack prod')
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
