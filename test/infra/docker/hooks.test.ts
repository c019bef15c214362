import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContainerFacts } from '../../../infra/docker/engine/facts.ts'
import { aroundContainers } from '../../../infra/docker/engine/hooks.ts'
import { container } from '../cli/fake-tools.ts'

const URN = 'urn:pulumi:dev::codebase-mcp::docker:index/container:Container::server-container'
const NAME = 'codebase-mcp-server'

/**
 * Runs the hooks on an engine where each look at the container finds the next of these states. An Error means that the
 * engine does not answer.
 */
function around(...states: readonly (Partial<ContainerFacts> | Error)[]) {
  const warned: string[] = []
  const limited: string[] = []
  const looks = [...states]
  let looked = 0
  const engine = {
    async inspect() {
      const facts = looks.length > 1 ? looks.shift() : looks[0]
      looked += 1
      if (facts instanceof Error) throw facts
      return facts === undefined ? [] : [container('server', facts)]
    },
    log: async () => [{ time: '1', text: 'relation "job" does not exist' }],
    limitProcesses: async (ids: readonly string[], count: number) => void limited.push(`${ids.join(' ')} ${count}`),
  }
  const { before, after } = aroundContainers(engine, { processes: 64 }, async (text) => void warned.push(text))
  return {
    warned,
    limited,
    looked: () => looked,
    begin: (newInputs: Readonly<Record<string, unknown>>) => before({ urn: URN, newInputs }),
    end: (newOutputs: Readonly<Record<string, unknown>>) => after({ urn: URN, id: 'id', newOutputs }),
  }
}

describe('the hooks around the creation of a container', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  test('set its process limit, unless it only runs once', async () => {
    const { end, limited } = around()
    await end({})
    await end({ mustRun: false })
    expect(limited).toEqual(['id 64'])
  })

  test('report a failed container once, with its last lines', async () => {
    const { begin, warned } = around({}, { state: 'exited', exitCode: 3 })
    begin({ name: NAME })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(warned).toEqual([`${NAME} is exited (exit code 3). Its last lines:\n  relation "job" does not exist`])
  })

  test.each<[string, Partial<ContainerFacts>]>([
    ['exited (out of memory)', { state: 'exited', outOfMemory: true }],
    ['restarted after it exited (exit code 1)', { restarts: 2, exitCode: 1 }],
    ['unhealthy', { health: 'unhealthy' }],
  ])('report a container that is %s', async (words, facts) => {
    const { begin, warned } = around(facts)
    begin({ name: NAME })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(warned.join()).toContain(`${NAME} is ${words}.`)
  })

  test('stop watching a container once it was created', async () => {
    const { begin, end, warned } = around({}, { state: 'exited' })
    begin({ name: NAME })
    await end({})
    await vi.advanceTimersByTimeAsync(5_000)
    expect(warned).toEqual([])
  })

  test('do not watch one that runs once, nor any if a command of this project reports them', async () => {
    const once = around({ state: 'exited' })
    once.begin({ name: NAME, mustRun: false })
    vi.stubEnv('PULUMI_AUTOMATION_API', 'true')
    once.begin({ name: NAME })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(once.warned).toEqual([])
  })

  test('report an engine that goes away, and stop asking it', async () => {
    const { begin, warned, looked } = around(new Error('no route to host'))
    begin({ name: NAME })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(warned).toEqual([`${NAME} cannot be monitored: no route to host`])
    expect(looked()).toBe(1)
  })
})
