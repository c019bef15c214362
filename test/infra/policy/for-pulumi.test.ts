import { type ResourceValidationArgs, unknownCheckingProxy } from '@pulumi/policy'
import { runtime } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { forPulumi } from '../../../infra/policy/for-pulumi.ts'
import { POLICIES } from '../../../infra/policy/policies.ts'
import { type Policy, type Subject, UNKNOWN } from '../../../infra/policy/policy.ts'

const NAMED: Policy = {
  name: 'probes',
  level: 'advisory',
  description: 'Everything has a name.',
  remedy: 'Name it',
  check: ({ inputs }) => (inputs.name === undefined ? [{ at: 'name', says: 'is missing' }] : []),
}

/** Returns what Pulumi's policies report about a resource with these inputs. */
async function reported(policies: readonly Policy[], props: Record<string, unknown>): Promise<string[]> {
  const said: string[] = []
  const args = { type: 'a:b:C', name: 'c', props: unknownCheckingProxy(props) } as ResourceValidationArgs
  for (const { validateResource } of forPulumi(policies)) {
    for (const validate of [validateResource ?? []].flat()) await validate(args, (message) => said.push(message))
  }
  return said
}

test('a policy keeps its name, level and description', () => {
  expect(forPulumi([NAMED])).toEqual([
    expect.objectContaining({
      name: 'probes',
      enforcementLevel: 'advisory',
      description: 'Everything has a name.',
    }),
  ])
})

test('a violation says where, what and the remedy', async () => {
  expect(await reported([NAMED], { size: 1 })).toEqual(['name is missing. Name it.'])
  expect(await reported([NAMED], { name: 'c' })).toEqual([])
})

test('unknown values are passed on as unknown, wherever they occur', async () => {
  const seen: Subject[] = []
  const looking: Policy = {
    ...NAMED,
    check(subject) {
      seen.push(subject)
      return []
    },
  }
  const unknown = runtime.unknownValue
  await reported([looking], { name: unknown, list: ['a', unknown], group: { inner: unknown, known: null } })
  expect(seen).toEqual([
    {
      type: 'a:b:C',
      name: 'c',
      inputs: { name: UNKNOWN, list: ['a', UNKNOWN], group: { inner: UNKNOWN, known: null } },
    },
  ])
})

test('an error in a policy is not taken for an unknown value', async () => {
  const broken: Policy = {
    ...NAMED,
    check() {
      throw new TypeError('broken')
    },
  }
  await expect(reported([broken], {})).rejects.toThrow('broken')
})

test('all policies run, except those that need to see encrypted values', () => {
  const left = POLICIES.filter(({ name }) => forPulumi(POLICIES).every((policy) => policy.name !== name))
  expect(left.map(({ name }) => name)).toEqual(['marked-secret'])
})
