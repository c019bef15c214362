import { describe, expect, test } from 'vitest'
import { type ContainerState, stateOf } from '../../../../infra/cli/engine.ts'
import { toReplace } from '../../../../infra/cli/pulumi/healing.ts'

const container = (name: string, outputs: object = {}) => ({
  urn: `urn:${name}`,
  type: 'docker:index/container:Container',
  id: name,
  outputs: { mustRun: true, ...outputs },
})
const image = { urn: 'urn:image', type: 'docker:index/image:Image', id: 'x', outputs: { repoDigest: 'sha256:1' } }
const role = { urn: 'urn:role', type: 'postgresql:index/role:Role', id: 'role' }

const found = (containers: Record<string, ContainerState>, images = ['sha256:1']) => ({
  containers: new Map(Object.entries(containers)),
  images: new Set(images),
})

describe('toReplace', () => {
  test('leaves alone what is as it should be', () => {
    expect(toReplace([container('server'), image, role], found({ server: 'running' }))).toEqual([])
  })

  test('replaces a container that is gone, stopped or unhealthy', () => {
    const resources = ['gone', 'stopped', 'ill', 'well'].map((name) => container(name))
    const engine = found({ stopped: 'stopped', ill: 'unhealthy', well: 'running' })
    expect(toReplace(resources, engine)).toEqual(['urn:gone', 'urn:stopped', 'urn:ill'])
  })

  test('replaces a container that runs once only where it failed', () => {
    const resources = [
      container('carrier', { mustRun: false }),
      container('pulled', { mustRun: false, exitCode: 0 }),
      container('failed', { mustRun: false, exitCode: 1 }),
    ]
    const engine = found({ carrier: 'stopped', pulled: 'stopped', failed: 'stopped' })
    expect(toReplace(resources, engine)).toEqual(['urn:failed'])
  })

  test('builds an image again that the engine has lost', () => {
    expect(toReplace([image], found({}, []))).toEqual(['urn:image'])
  })
})

test.each([
  ['Up 2 hours', 'running'],
  ['Up 2 hours (healthy)', 'running'],
  ['Up 3 seconds (health: starting)', 'running'],
  ['Up 2 hours (unhealthy)', 'unhealthy'],
  ['Exited (0) 5 minutes ago', 'stopped'],
  ['Created', 'stopped'],
] as const)('a container of status %j is %s', (status, state) => {
  expect(stateOf(status)).toBe(state)
})
