import { describe, expect, test } from 'vitest'
import { up as runUp, type UpOptions } from '../../../../infra/cli/commands/up.ts'
import { fakeKubectl } from '../../kubernetes/cluster/fake-cluster.ts'
import { fakeTools } from '../fake-tools.ts'

const CONFIG = {
  'codebase-mcp:target': 'kubernetes',
  'codebase-mcp:name': 'shop',
  'codebase-mcp:kubernetes': '{"context":"production"}',
  'codebase-mcp:image': '{"reference":"r.example.com/codebase-mcp:1"}',
}

const NAMESPACE = '/api/v1/namespaces/shop'

interface Given {
  readonly cluster?: Parameters<typeof fakeKubectl>[0]
  readonly options?: UpOptions
  readonly answer?: string
  readonly pending?: readonly string[]
}

/** Returns the actions and messages of an `up`. */
async function up({ cluster, options = { yes: true }, answer, pending = [] }: Given) {
  const { kubectl, done } = fakeKubectl(cluster)
  const interactive = answer === undefined ? {} : { isInteractive: true, answer }
  const fake = fakeTools({ config: CONFIG, state: { resources: [], pending }, kubectl, ...interactive })
  const exitCode = await runUp(fake.tools, options)
  return { exitCode, done: [...done, ...fake.done], printed: fake.printed }
}

const UP = 'up {"refresh":true}'

describe('an up on a cluster', () => {
  test('checks the actual cluster before it changes anything', async () => {
    expect(await up({ options: { yes: true, parallel: 4 } })).toEqual({
      exitCode: 0,
      done: ['up {"refresh":true,"parallel":4}'],
      printed: ['Done.'],
    })
  })

  test('shows the changes and asks', async () => {
    expect((await up({ options: {}, answer: 'yes' })).done).toEqual(['preview {"refresh":true}', UP])
    await expect(up({ options: {}, answer: '' })).rejects.toThrow('Nothing was changed.')
    expect((await up({ options: { skipPreview: true } })).done).toEqual([UP])
  })

  test('changes nothing if nobody can be asked', async () => {
    await expect(up({ options: {} })).rejects.toThrow('Not a terminal; pass --yes. Apply these changes to dev?')
  })

  test('reports all faults of the cluster, and changes nothing', async () => {
    const at = { [NAMESPACE]: { metadata: { name: 'shop' } }, '/apis/storage.k8s.io/v1/storageclasses': { items: [] } }
    await expect(up({ cluster: { at } })).rejects.toThrow(
      /^Before this can run:\n- The namespace shop exists .*\n- The cluster has no default StorageClass; it has none: .*$/,
    )
  })

  test('continues without kubectl, and says that nothing was checked', async () => {
    const { done, printed } = await up({ cluster: { isOnPath: false } })
    expect(done).toEqual([UP])
    expect(printed[0]).toContain('the cluster was not checked')
  })

  test('removes the pending operations of a killed run from the state', async () => {
    expect((await up({ pending: ['urn:x'] })).done).toEqual(['forget', UP])
  })
})
