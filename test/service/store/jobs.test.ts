import { beforeEach, expect, test } from 'vitest'
import { claimJob, enqueueJob, expireLeases, openJobs } from '../../../service/store/jobs.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { describeOnEachEngine } from './each-engine.ts'

const MINUTE_MS = 60_000

describeOnEachEngine('open jobs', (database) => {
  beforeEach(() => database().query('truncate repository restart identity cascade'))

  const queued = async (name: string) => {
    const id = (await insertRepository(database(), name, `/code/${name}`)) ?? 0
    return enqueueJob(database(), id, 'index', false)
  }
  const counted = async () => (await openJobs(database())).map(({ kind, state, count }) => [kind, state, count])

  test('are counted by kind and state', async () => {
    await queued('one')
    await queued('two')
    await claimJob(database(), 'index', MINUTE_MS)
    expect(new Set(await counted())).toEqual(
      new Set([
        ['index', 'queued', 1],
        ['index', 'running', 1],
      ]),
    )
  })

  test('wait to be taken where their holder has died', async () => {
    await queued('one')
    await claimJob(database(), 'index', MINUTE_MS)
    await expireLeases(database())
    expect(await counted()).toEqual([['index', 'queued', 1]])
  })

  test('have the age of the oldest', async () => {
    const { id } = await queued('one')
    await queued('two')
    await database().query(`update job set created_at = now() - interval '1 hour' where id = $1`, [id])
    const [open] = await openJobs(database())
    expect(open?.oldestSeconds).toBeGreaterThanOrEqual(3600)
    expect(open?.oldestSeconds).toBeLessThan(3700)
  })
})
