import { describe, expect, test } from 'vitest'
import type { StackContainer } from '../../../infra/cli/engine.ts'
import { clearLeftovers } from '../../../infra/cli/leftovers.ts'
import type { Lock } from '../../../infra/cli/pulumi/backend.ts'
import { settingsOf } from '../mocked.ts'

const lock = (isHeld: boolean): Lock => ({ pid: 7, host: 'here', since: '2026-01-01T00:00:00Z', isHeld })
const container = (id: string): StackContainer => ({ id, name: `shop-${id}`, state: 'stopped', status: 'Created' })
const resource = (id: string) => ({ urn: `urn::${id}`, type: 'any', id })
const inPostgres = [
  { urn: 'urn::d', type: 'postgresql:index/database:Database', outputs: { name: 'codebase' } },
  ...['codebase', 'codebase_migrator'].map((name) => ({
    urn: `urn::${name}`,
    type: 'postgresql:index/role:Role',
    outputs: { name },
  })),
]

interface Left {
  readonly locks?: readonly Lock[]
  readonly pending?: readonly string[]
  readonly state?: readonly string[]
  readonly containers?: readonly string[]
  readonly networks?: readonly string[]
  readonly volumes?: readonly string[]
}

/** What is removed and told where this is left. */
async function cleared({ locks = [], pending = [], state = [], containers = [], networks = [], volumes = [] }: Left) {
  const done: string[] = []
  const told: string[] = []
  const tools = {
    pulumi: {
      locks: async () => locks,
      unlock: async () => void done.push('unlock'),
      state: async () => ({ resources: [...inPostgres, ...state.map(resource)], pending }),
      forgetPending: async () => void done.push('forget'),
    },
    engine: {
      containersOf: async () => containers.map(container),
      networksOf: async () => networks,
      volumesOf: async () => volumes,
      remove: async (...all: readonly (readonly string[])[]) => void done.push(...all.flat()),
    },
    terminal: { print: (text: string) => void told.push(text) },
  }
  const settings = settingsOf('docker', { name: 'shop' })
  await clearLeftovers('dev', settings, tools as unknown as Parameters<typeof clearLeftovers>[2])
  return { done, told }
}

describe('what a killed run left behind', () => {
  test('is nothing most of the time', async () => {
    expect(
      await cleared({ state: ['server', 'shop-postgres'], containers: ['server'], volumes: ['shop-postgres'] }),
    ).toEqual({ done: [], told: [] })
  })

  test('is a lock whose process is gone', async () => {
    const { done, told } = await cleared({ locks: [lock(false)] })
    expect(done).toEqual(['unlock'])
    expect(told.join()).toContain('the lock is removed')
  })

  test('is not a lock that somebody holds', async () => {
    await expect(cleared({ locks: [lock(true)] })).rejects.toThrow(
      'Another `pulumi` works on the stack dev (process 7 on here, since 2026-01-01T00:00:00Z)',
    )
  })

  test('is a container or a network that is not in the state', async () => {
    const { done } = await cleared({ state: ['server'], containers: ['server', 'worker'], networks: ['net'] })
    expect(done).toEqual(['worker', 'net'])
  })

  test('is not the database of another state', async () => {
    await expect(cleared({ containers: ['server'], volumes: ['shop-postgres'] })).rejects.toThrow(
      'The volume shop-postgres holds the database of another stack with the name shop',
    )
  })

  test('may be a volume that was about to be made', async () => {
    const left = { volumes: ['shop-postgres'], pending: ['urn:pulumi:dev::codebase-mcp::docker::data-postgres'] }
    expect((await cleared(left)).done).toEqual(['forget'])
  })
})
