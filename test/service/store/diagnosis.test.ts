import { expect, test } from 'vitest'
import { connectionCount, databaseTime, engineFacts, stuckJobs } from '../../../service/store/diagnosis.ts'
import { claimJob, enqueueJob } from '../../../service/store/jobs.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { describeOnEachEngine } from './each-engine.ts'

describeOnEachEngine('The queries of doctor', (database) => {
  test('return the versions and the size of a database', async () => {
    const facts = await engineFacts(database())
    expect(facts.version).toMatch(/^\d+\.\d+$/)
    expect(facts.versionNumber).toBeGreaterThan(130000)
    expect(facts.pgvector).toMatch(/^\d+\.\d+\.\d+$/)
    expect(facts.pgvectorOnServer).toMatch(/^\d+\.\d+\.\d+$/)
    expect(facts.bytes).toBeGreaterThan(1_000_000)
  })

  test('return the time and the number of connections', async () => {
    expect(await databaseTime(database())).toBeInstanceOf(Date)
    const { used, limit } = await connectionCount(database())
    expect(used).toBeGreaterThanOrEqual(1)
    expect(limit).toBeGreaterThan(used)
  })

  test('return the jobs that nobody takes, unless one of their kind is running', async () => {
    const id = (await insertRepository(database(), 'shop', '/code/shop')) as number
    const other = (await insertRepository(database(), 'tool', '/code/tool')) as number
    await enqueueJob(database(), id, 'index')
    expect(await stuckJobs(database(), 60_000)).toEqual([])
    await database().query(`update job set created_at = now() - interval '5 minutes'`)
    const queued = { repository: 'shop', kind: 'index', state: 'queued', seconds: 300 }
    expect(await stuckJobs(database(), 60_000)).toEqual([queued])
    await claimJob(database(), 'index', 30_000)
    expect(await stuckJobs(database(), 60_000)).toEqual([])
    await enqueueJob(database(), other, 'index')
    await database().query(`update job set created_at = now() - interval '5 minutes' where state = 'queued'`)
    expect(await stuckJobs(database(), 60_000)).toEqual([])
    await database().query(
      `update job set started_at = now() - interval '9 minutes', lease_until = now() - interval '7 minutes'
       where state = 'running'`,
    )
    expect(await stuckJobs(database(), 60_000)).toEqual([
      { ...queued, state: 'running', seconds: 420 },
      { ...queued, repository: 'tool' },
    ])
  })
})
