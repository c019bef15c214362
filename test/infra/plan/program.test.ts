import { describe, expect, test, vi } from 'vitest'
import type { Plan } from '../../../infra/plan/plan.ts'
import type { StackChoice } from '../../../infra/plan/stack-config.ts'
import { readStackConfig } from '../../../infra/plan/stack-config.ts'
import { SECRET, UNKNOWN } from '../../../infra/policy/policy.ts'

const ROOT = new URL('../../..', import.meta.url).pathname

async function planFor(stack: string, settings: StackChoice['settings'] = {}): Promise<Plan> {
  // A module runs once per process, so the program would too.
  vi.resetModules()
  const { planOf } = await import('../../../infra/plan/program.ts')
  return planOf(stack, readStackConfig(ROOT, { stack, settings }))
}

const named = ({ resources }: Plan, name: string) => resources.find((resource) => resource.name === name)

describe('the plan of a stack', () => {
  test.each(['prod', 'dev', 'test'])('%s violates no mandatory policy', async (stack) => {
    const { resources, violations } = await planFor(stack)
    expect(resources.length).toBeGreaterThan(10)
    const broken = violations.filter(({ level }) => level === 'mandatory')
    expect(broken.map(({ policy, resource, at, says }) => `${policy}: ${resource} ${at} ${says}`)).toEqual([])
  })

  test('is the same each time', async () => {
    expect(await planFor('prod')).toEqual(await planFor('prod'))
  })

  test('contains what the engine would get, with parents and protection', async () => {
    const plan = await planFor('prod')
    expect(named(plan, 'base-namespace')).toMatchObject({
      type: 'kubernetes:core/v1:Namespace',
      id: 'codebase:kubernetes:Stack$codebase:kubernetes:Base$kubernetes:core/v1:Namespace::base-namespace',
      inputs: { metadata: { name: 'codebase-mcp' } },
      options: { protect: true },
    })
    expect(plan.outputs).toMatchObject({ mcpUrl: expect.stringContaining('/mcp') })
  })

  test('uses the settings of the command', async () => {
    const plan = await planFor('prod', { 'codebase-mcp:kubernetes.namespace': 'search' })
    expect(named(plan, 'base-namespace')?.inputs.metadata).toMatchObject({ name: 'search' })
  })

  test('hides every password and keeps the keys', async () => {
    const secrets = (await planFor('prod')).resources.filter(({ type }) => type === 'kubernetes:core/v1:Secret')
    const values = secrets.flatMap(({ inputs }) => Object.values(inputs.stringData as object))
    expect(values.length).toBeGreaterThan(0)
    expect(new Set(values)).toEqual(new Set([SECRET]))
  })

  test('shows which values are unknown before `up`', async () => {
    expect(named(await planFor('dev'), 'server-container')?.inputs.image).toBe(UNKNOWN)
  })

  test('gives new names only to resources that are replaced when they change', async () => {
    const one = await planFor('prod')
    const other = await planFor('prod', { 'codebase-mcp:server.logLevel': 'debug' })
    const assigned = (plan: Plan, name: string) => named(plan, name)?.assignedName
    expect(assigned(one, 'make-roles-config')).toMatch(/^make-roles-config-[0-9a-f]{8}$/)
    expect(assigned(other, 'make-roles-config')).toBe(assigned(one, 'make-roles-config'))
    expect(assigned(other, 'migration-job')).not.toBe(assigned(one, 'migration-job'))
  })

  test('fails with what to correct if the settings are not usable', async () => {
    vi.resetModules()
    const { planOf } = await import('../../../infra/plan/program.ts')
    const { SettingsFault } = await import('../../../infra/settings/settings.ts')
    const values = { 'codebase-mcp:server': '{"port":"x"}' }
    const plan = planOf('prod', { values, secretKeys: [], notes: [] })
    await expect(plan).rejects.toSatisfy(
      (error) => error instanceof SettingsFault && /server\.port/.test(error.message),
    )
  })
})
