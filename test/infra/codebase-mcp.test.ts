import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Planned } from '../../infra/plan/plan.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:0.1.0' } }

let resources: readonly Planned[] = []

/** Runs a program in a folder under mocks and returns its exports. Sets `resources` to the resources it registers. */
async function run(folder: string, program: () => Promise<object>): Promise<unknown> {
  vi.resetModules()
  process.chdir(folder)
  const { runtime } = await import('@pulumi/pulumi')
  const { replaceEngine } = await import('../../infra/plan/monitor.ts')
  const { shown } = await import('../../infra/plan/wire.ts')
  const registered = await replaceEngine('team')
  try {
    const outputs = await runtime.serializeProperties('outputs', await program())
    return shown(outputs)
  } finally {
    await runtime.disconnect()
    resources = registered()
  }
}

const named = (name: string) => resources.find((one) => one.name === name)

describe("a team's own program", () => {
  const folder = process.cwd()
  afterEach(() => process.chdir(folder))

  test.each([
    ['docker', 'docker:index/container:Container'],
    ['kubernetes', 'kubernetes:apps/v1:Deployment'],
  ])('of ten lines creates Codebase MCP on %s and violates no mandatory policy', async (target, type) => {
    const source = readFileSync(`${ROOT}examples/${target}/index.ts`, 'utf8')
    expect(source.trim().split('\n').length).toBeLessThanOrEqual(11)
    const outputs = await run(`${ROOT}examples/${target}`, () => import(`../../examples/${target}/index.ts`))
    expect(resources.map((one) => one.type)).toContain(type)
    expect(outputs).toMatchObject({ url: expect.stringMatching(/^http:/), clients: { http: expect.anything() } })
    const { POLICIES } = await import('../../infra/policy/policies.ts')
    const { violationsOf } = await import('../../infra/policy/policy.ts')
    expect(violationsOf(POLICIES, resources).filter(({ level }) => level === 'mandatory')).toEqual([])
  })

  test('gets the namespace, Service and token on a cluster, and the container and network on an engine', async () => {
    const cluster = await run(`${ROOT}examples/kubernetes`, () => import('../../examples/kubernetes/index.ts'))
    expect(cluster).toMatchObject({ namespace: 'code-search', service: 'server' })
    const engine = await run(`${ROOT}examples/docker`, () => import('../../examples/docker/index.ts'))
    expect(engine).toMatchObject({ service: 'code-search-server', network: 'code-search-internal' })
  })

  test('selects the cluster by a provider, and the former name of the component by an alias', async () => {
    await run(ROOT, async () => {
      const { Provider } = await import('@pulumi/kubernetes')
      const { CodebaseMcp } = await import('codebase-mcp/kubernetes')
      const provider = new Provider('team', { context: 'team' })
      return new CodebaseMcp('search', IMAGE, { providers: [provider], aliases: [{ name: 'former' }] }).outputs
    })
    expect(resources.filter(({ type }) => type === 'pulumi:providers:kubernetes').map(({ name }) => name)).toEqual([
      'team',
    ])
  })

  test('can pass a password that only the engine knows, which stays encrypted', async () => {
    await run(ROOT, async () => {
      const { secret } = await import('@pulumi/pulumi')
      const { CodebaseMcp } = await import('codebase-mcp/kubernetes')
      const access = { required: true, tokens: secret('a-token-of-the-team-1234567890 rights=read') }
      return new CodebaseMcp('search', { ...IMAGE, access }).outputs
    })
    const keys = Object.entries(named('access-secrets')?.inputs.stringData ?? {})
    expect(keys).toContainEqual(['AUTH_TOKENS', '[secret]'])
  })

  test('is refused with all faults of its arguments, without a stack trace', async () => {
    const { RunError } = await import('@pulumi/pulumi')
    const program = async () => {
      const { CodebaseMcp } = await import('codebase-mcp/docker')
      return new CodebaseMcp('search', { server: { port: 0 }, repositories: ['no-such-folder'] }).outputs
    }
    const refused = run(`${ROOT}examples/docker`, program)
    await expect(refused).rejects.toSatisfy((error) => RunError.isInstance(error))
    await expect(refused).rejects.toThrow(/server\.port must be .*[\s\S]*no-such-folder/)
  })
})
