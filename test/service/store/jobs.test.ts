import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import {
  type ClaimedJob,
  claimJob,
  endSilentHolders,
  enqueueChanges,
  enqueueJob,
  expireLeases,
  fencedBy,
  finishJob,
  jobById,
  lastIndexJobs,
  openJobs,
  renewLease,
  requeueJob,
} from '../../../service/store/jobs.ts'
import { migrate } from '../../../service/store/migrate.ts'
import { openPostgres } from '../../../service/store/postgres.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { describeOnEachEngine, emptyPostgres, POSTGRES_URL, SILENT } from './each-engine.ts'

const MINUTE_MS = 60_000

describeOnEachEngine('open jobs', (database) => {
  beforeEach(() => database().query('truncate repository restart identity cascade'))

  const queued = async (name: string) => {
    const id = (await insertRepository(database(), name, `/code/${name}`)) ?? 0
    return enqueueJob(database(), id, 'index')
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

  test('wait to be taken if their holder has died', async () => {
    await queued('one')
    await claimJob(database(), 'index', MINUTE_MS)
    await expireLeases(database())
    expect(await counted()).toEqual([['index', 'queued', 1]])
  })

  test('include the age of the oldest', async () => {
    const { id } = await queued('one')
    await queued('two')
    await database().query(`update job set created_at = now() - interval '1 hour' where id = $1`, [id])
    const [open] = await openJobs(database())
    expect(open?.oldestSeconds).toBeGreaterThanOrEqual(3600)
    expect(open?.oldestSeconds).toBeLessThan(3700)
  })
})

describeOnEachEngine('A job', (database) => {
  let job: ClaimedJob
  beforeEach(async () => {
    await database().query('truncate repository restart identity cascade')
    const id = (await insertRepository(database(), 'one', '/code/one')) ?? 0
    await enqueueJob(database(), id, 'index')
    job = (await claimJob(database(), 'index', MINUTE_MS)) as ClaimedJob
  })
  const taken = async () => (await claimJob(database(), 'index', MINUTE_MS)) as ClaimedJob
  const stored = () => jobById(database(), EVERY_REPOSITORY, job.id)

  test.each(['running', 'queued'])(
    'that is %s is taken if its time was set before the clock was set back',
    async (state) => {
      await database().query(`update job set state = $1, lease_until = clock_timestamp() + interval '1 hour'`, [state])
      expect(await claimJob(database(), 'index', MINUTE_MS)).toMatchObject({ id: job.id })
      expect(await claimJob(database(), 'index', MINUTE_MS)).toBeUndefined()
    },
  )

  test('stays, and is the last one, if the clock was set back before it was requested', async () => {
    const { repositoryId } = job
    await database().query('delete from job')
    await database().query(
      `insert into job (repository_id, kind, state, paths, created_at, finished_at)
       select $1, 'index', 'failed', paths, now() + hours * interval '1 hour', now() + hours * interval '1 hour'
       from generate_series(1, 30) as hours, unnest(array[null, '["a"]'::jsonb]) as paths`,
      [repositoryId],
    )
    const asked = await enqueueJob(database(), repositoryId, 'index')
    await finishJob(database(), await taken(), { state: 'succeeded', progress: {} })
    expect(await lastIndexJobs(database(), EVERY_REPOSITORY)).toMatchObject([{ id: asked.id, state: 'succeeded' }])
    expect(await enqueueChanges(database(), repositoryId, ['b'])).toBe(true)
    const ofChanges = await taken()
    await finishJob(database(), ofChanges, { state: 'succeeded', progress: {} })
    expect(await lastIndexJobs(database(), EVERY_REPOSITORY)).toMatchObject([{ id: ofChanges.id }])
  })

  const FULL = { code: 'database_full', message: 'No room', remedy: 'Make some' }

  test('that waits for something shows what, and is taken again when it is due', async () => {
    await requeueJob(database(), job, { counts: false, waits: { fault: FULL, ms: 100 } })
    expect(await stored()).toMatchObject({ state: 'queued', fault: FULL, attempts: 0 })
    expect(await claimJob(database(), 'index', MINUTE_MS)).toBeUndefined()
    await delay(120)
    const again = await claimJob(database(), 'index', MINUTE_MS)
    expect(again).toMatchObject({ id: job.id, attempts: 1 })
    expect(again?.fault).toBeUndefined()
  })

  test('whose holder may have lost the database is taken over without counting an attempt', async () => {
    await expireLeases(database())
    expect(await claimJob(database(), 'index', MINUTE_MS, { forgiving: true })).toMatchObject({ attempts: 1 })
    await expireLeases(database())
    expect(await claimJob(database(), 'index', MINUTE_MS)).toMatchObject({ attempts: 2 })
  })

  test('that a transaction of its holder locks need not be renewed', async () => {
    if (database().kind === 'embedded') return
    await fencedBy(job, database()).transaction(() => renewLease(database(), job, MINUTE_MS, {}))
    expect(await stored()).toMatchObject({ state: 'running' })
  })
})

describe.skipIf(POSTGRES_URL === undefined)('A holder that has gone silent', () => {
  test('in a transaction loses its job once its lease has expired, and can write nothing', async () => {
    const { database, url, drop } = await emptyPostgres(POSTGRES_URL as string)
    const other = openPostgres({ kind: 'postgres', connectionString: url, poolSize: 2 }, SILENT, 'jobs')
    try {
      await migrate(database, SILENT)
      const id = (await insertRepository(database, 'one', '/code/one')) ?? 0
      await enqueueJob(database, id, 'index')
      const job = (await claimJob(database, 'index', -1)) as ClaimedJob
      const frozen = fencedBy(job, other).transaction(async (sql) => {
        expect(await claimJob(database, 'index', MINUTE_MS)).toBeUndefined()
        expect(await endSilentHolders(database)).toBe(0)
        await delay(50)
        expect(await endSilentHolders(database, 20)).toBe(1)
        await sql.query(`update repository set name = 'written'`)
      })
      await expect(frozen).rejects.toMatchObject({ code: 'database_unavailable' })
      expect(await claimJob(database, 'index', MINUTE_MS)).toMatchObject({ id: job.id, repository: 'one' })
      await expect(fencedBy(job, other).transaction(async () => {})).rejects.toThrow('is lost')
    } finally {
      await other.close()
      await drop()
    }
  })
})
