import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeNamespace, makeStack, missing, publishImage, type Stack } from './cluster.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
const NAMESPACE = 'codebase-shared'
const STACKS = ['one', 'two'] as const

const wayTo = (name: string) => ({ service: `${name}-server`, hasOllama: false })

interface Named {
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]
}

describe.skipIf(reason !== undefined)('two stacks in one namespace of a cluster', () => {
  let repositories: Readonly<Record<string, Repository>>
  let stacks: Readonly<Record<string, Stack>>

  beforeAll(async () => {
    await clear(NAMESPACE)
    await makeNamespace(NAMESPACE)
    const image = await publishImage('e2e')
    repositories = Object.fromEntries(await Promise.all(STACKS.map(async (name) => [name, await serveShop()] as const)))
    stacks = Object.fromEntries(
      STACKS.map((name) => [
        name,
        makeStack(`codebase-${name}`, image, {
          kubernetes: { namespace: NAMESPACE, createNamespace: false, prefix: `${name}-` },
          repositories: [repositories[name]?.url],
          ollama: { enabled: false },
          server: { replicas: 1, cpus: 0.1, memory: 512 },
        }),
      ]),
    )
    repositories.two?.commit('src/refund.ts', 'export const refundOrder = (order: Order) => ledger.reverse(order)\n')
  })

  afterAll(async () => {
    for (const stack of Object.values(stacks ?? {})) await stack.remove()
    for (const repository of Object.values(repositories ?? {})) await repository.close()
  })

  test('come up one after the other, and the first has no changes after the second', async () => {
    for (const name of STACKS) {
      const { exitCode, output } = await of(name).up()
      expect(exitCode, output).toBe(0)
    }
    const { exitCode, output } = await of('one').npm('preview', '--expect-no-changes')
    expect(exitCode, output).toBe(0)
  })

  test('use different names for every object', async () => {
    const kinds = 'statefulsets,deployments,services,jobs,cronjobs,secrets,configmaps,pvc,networkpolicies,pdb'
    const { items } = JSON.parse(await of('one').kubectl('get', kinds, '--output', 'json')) as Named
    const others = items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    expect(others.filter(({ metadata }) => !/^(one|two)-/.test(metadata.name))).toEqual([])
  })

  test('answer from their own repositories, to their own token', async () => {
    const found = async (name: string, token: string) =>
      pathsOf((await answers(NAMESPACE, token, ['refundOrder'], wayTo(name))).get('refundOrder'))
    const [one, two] = await Promise.all(STACKS.map((name) => tokenOf(of(name))))
    expect(await found('one', one ?? '')).not.toContain('src/refund.ts')
    expect((await found('two', two ?? ''))[0]).toBe('src/refund.ts')
    await expect(found('two', one ?? '')).rejects.toThrow(/401|Unauthorized|token/i)
  })

  test('are removed one by one, and the other keeps answering', async () => {
    of('one').settle({ protectData: false })
    expect((await of('one').up()).exitCode).toBe(0)
    const { exitCode, output } = await of('one').pulumi('destroy', '--yes', '--skip-preview')
    expect(exitCode, output).toBe(0)
    const left = await of('two').kubectl('get', 'pods,pvc,services', '--output', 'name')
    expect(left.split('\n').filter((name) => name.includes('/one-'))).toEqual([])
    const all = await answers(NAMESPACE, await tokenOf(of('two')), ['refundOrder'], wayTo('two'))
    expect(pathsOf(all.get('refundOrder'))[0]).toBe('src/refund.ts')
  })

  const of = (name: (typeof STACKS)[number]): Stack => {
    const stack = stacks[name]
    if (stack === undefined) throw new Error(`there is no stack ${name}`)
    return stack
  }
})
