import { core, Provider } from '@pulumi/kubernetes'
import {
  ComponentResource,
  type ComponentResourceOptions,
  interpolate,
  rootStackResource,
  runtime,
} from '@pulumi/pulumi'
import { RandomPassword } from '@pulumi/random'
import { expect, test } from 'vitest'
import { replaceEngine } from '../../../infra/plan/monitor.ts'
import type { Planned } from '../../../infra/plan/plan.ts'

/** Returns a lookup of the resources that a program registers. */
async function registeredBy(program: () => unknown): Promise<(name: string) => Planned | undefined> {
  const registered = await replaceEngine('prod')
  program()
  await runtime.disconnect()
  const all = registered()
  return (name) => all.find((resource) => resource.name === name)
}

class Part extends ComponentResource {
  constructor(name: string, opts?: ComponentResourceOptions) {
    super('shop:Part', name, {}, opts)
  }
}

test('a secret is hidden wherever it occurs, and the text around it is not', async () => {
  const find = await registeredBy(() => {
    const { result } = new RandomPassword('password', { length: 40 })
    const stringData = { url: interpolate`postgres://shop:${result}@database/shop`, mode: 'plain' }
    new core.v1.Secret('secret', { stringData })
    new core.v1.ConfigMap('map', { data: { password: result, mode: 'plain' } })
  })
  // Pulumi's Kubernetes package treats every value of a Secret as secret.
  expect(find('secret')?.inputs.stringData).toEqual({ url: '[secret]', mode: '[secret]' })
  expect(find('map')?.inputs.data).toEqual({ password: '[secret]', mode: 'plain' })
})

test('a value that only the engine finds out is shown as unknown', async () => {
  const find = await registeredBy(() => {
    const service = new core.v1.Service('service', { spec: { ports: [{ port: 80 }] } })
    const address = service.status.apply(({ loadBalancer }) => loadBalancer.ingress[0]?.ip ?? '')
    new core.v1.ConfigMap('map', { data: { address, url: interpolate`http://${service.id}/`, mode: 'plain' } })
  })
  expect(find('map')?.inputs.data).toEqual({ address: '[unknown]', url: '[unknown]', mode: 'plain' })
})

test('an object without a name is called the same where it is created and where it is used', async () => {
  const find = await registeredBy(() => {
    const { result } = new RandomPassword('password', { length: 40 })
    const service = new core.v1.Service('service', {})
    const map = new core.v1.ConfigMap('map', { data: { result, id: service.id } })
    new core.v1.Pod('pod', {
      spec: { containers: [], volumes: [{ name: 'map', configMap: { name: map.metadata.name } }] },
    })
  })
  const name = find('map')?.assignedName
  expect(name).toMatch(/^map-[0-9a-f]{8}$/)
  expect(find('pod')?.inputs.spec).toMatchObject({ volumes: [{ configMap: { name } }] })
})

test('an existing object is used by its name and not created', async () => {
  const find = await registeredBy(() => {
    const existing = core.v1.Secret.get('existing', 'shop/given')
    new core.v1.ConfigMap('map', { data: { name: existing.metadata.name } })
  })
  expect(find('existing')).toBeUndefined()
  expect(find('map')?.inputs.data).toEqual({ name: 'given' })
})

test('options are those that the engine gets, including those inherited from a component', async () => {
  const find = await registeredBy(() => {
    const provider = new Provider('cluster', { context: 'one' })
    const parent = new Part('part', { protect: true })
    const namespace = new core.v1.Namespace('namespace', {}, { parent, provider })
    new core.v1.ConfigMap(
      'map',
      {},
      {
        provider,
        deletedWith: namespace,
        ignoreChanges: ['data'],
        replaceOnChanges: ['*'],
        deleteBeforeReplace: true,
        retainOnDelete: true,
      },
    )
  })
  expect(find('namespace')?.options).toEqual({ protect: true })
  expect(find('map')?.options).toEqual({
    deletedWith: 'namespace',
    ignoreChanges: ['data'],
    replaceOnChanges: ['*'],
    deleteBeforeReplace: true,
    retainOnDelete: true,
  })
})

test('a resource is identified by all its parents, current and by alias', async () => {
  const find = await registeredBy(() => {
    const outer = new Part('outer')
    const inner = new Part('inner', { parent: outer, aliases: [{ parent: rootStackResource }] })
    new RandomPassword('password', { length: 40 }, { parent: inner, aliases: [{ name: 'old' }] })
  })
  const type = 'random:index/randomPassword:RandomPassword'
  expect(find('password')).toMatchObject({
    id: `shop:Part$shop:Part$${type}::password`,
    formerIds: expect.arrayContaining([`shop:Part$shop:Part$${type}::old`, `shop:Part$${type}::password`]),
  })
})
