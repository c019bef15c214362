import { expect, test } from 'vitest'
import type { PolicyName } from '../../../infra/settings/policy-names.ts'

/** Returns the warnings of the program while it registers a pod. */
async function warnings(accepted: readonly PolicyName[]): Promise<string[]> {
  const { runtime } = await import('@pulumi/pulumi')
  const { core } = await import('@pulumi/kubernetes')
  const { warnOfViolations } = await import('../../../infra/policy/warn.ts')
  await runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) },
    'codebase-mcp',
    'test',
    true,
  )
  const lines: string[] = []
  warnOfViolations(accepted, (line) => lines.push(line))
  new core.v1.PersistentVolume('disk', {
    metadata: { labels: Object.fromEntries(LABELS.map((label) => [`app.kubernetes.io/${label}`, 'one'])) },
    spec: { hostPath: { path: '/srv' } },
  })
  await runtime.disconnect()
  return lines
}

const LABELS = ['name', 'instance', 'component', 'part-of']

test('the program warns of violated mandatory policies, whoever started it', async () => {
  expect(await warnings([])).toEqual([
    'The policy host-path is violated by PersistentVolume disk: spec.hostPath is /srv on the host. Use a PersistentVolumeClaim; on Docker use a volume, or mount a folder of your own read-only',
  ])
})

test('the program does not warn of an accepted violation', async () => {
  expect(await warnings(['host-path'])).toEqual([])
})
