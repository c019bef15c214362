import { expect, test } from 'vitest'
import { stateOf } from '../../../infra/cli/engine.ts'
import { Failures } from '../../../infra/cli/failures.ts'

const container = (name: string, status: string) => ({ id: `${name}-id`, name, status, state: stateOf(status) })

const failures = (log = 'the last line') => new Failures({ lastLines: async () => log })

test('tells of what does not run as it should, with the end of its log', async () => {
  const told = await failures('no such table\nbye').among([
    container('dev-server', 'Exited (1) 3 seconds ago'),
    container('dev-postgres', 'Up 2 minutes (unhealthy)'),
    container('dev-worker', 'Restarting (1) 2 seconds ago'),
  ])
  expect(told).toHaveLength(3)
  expect(told[0]).toBe(
    '\nThe container dev-server is not healthy: Exited (1) 3 seconds ago. Its last lines:\n  no such table\n  bye\n',
  )
})

test('says nothing of what is well, has ended well, or is never started', async () => {
  const well = ['Up 3 seconds (healthy)', 'Up 1 second (health: starting)', 'Exited (0) 1 minute ago', 'Created']
  expect(await failures().among(well.map((status) => container('dev', status)))).toEqual([])
})

test('tells of each only once', async () => {
  const told = failures('')
  const broken = [container('dev-server', 'Exited (1) 3 seconds ago')]
  expect((await told.among(broken))[0]).toContain('(it wrote nothing)')
  expect(await told.among(broken)).toEqual([])
})
