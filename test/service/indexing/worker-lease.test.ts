import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KeptLease } from '../../../service/indexing/lease.ts'
import { LeaseLost } from '../../../service/store/jobs.ts'
import { MINUTE, SECOND } from '../../../service/units.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { claimed, ended, newRepository } from './index-state.ts'

describeOnEachEngine('A kept lease', (database) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const stored = async (id: string) => {
    const [row] = await database().query<{ progress: object; seconds: number }>(
      'select progress, extract(epoch from lease_until - clock_timestamp())::float8 as seconds from job where id = $1',
      [id],
    )
    return row
  }

  test('publishes progress within a second', async () => {
    const job = await claimed(database(), await newRepository(database()))
    const lease = new KeptLease(database(), job, SILENT)
    lease.report({ phase: 'walking', filesTotal: 3 })
    vi.advanceTimersByTime(SECOND)
    await lease.release()
    expect((await stored(job.id))?.progress).toEqual({ phase: 'walking', filesTotal: 3 })
    await ended(database(), job)
  })

  test('is renewed every ten seconds even if nothing happens', async () => {
    const job = await claimed(database(), await newRepository(database()))
    await database().query(`update job set lease_until = clock_timestamp() + interval '1 s' where id = $1`, [job.id])
    const lease = new KeptLease(database(), job, SILENT)
    vi.advanceTimersByTime(10 * SECOND)
    await lease.release()
    expect((await stored(job.id))?.seconds).toBeGreaterThan(25)
    await ended(database(), job)
  })

  test('is renewed although the clock of the machine was set back by an hour', async () => {
    const job = await claimed(database(), await newRepository(database()))
    await database().query(`update job set lease_until = clock_timestamp() + interval '1 s' where id = $1`, [job.id])
    const lease = new KeptLease(database(), job, SILENT)
    vi.setSystemTime(Date.now() - 60 * MINUTE)
    vi.advanceTimersByTime(10 * SECOND)
    await lease.release()
    expect((await stored(job.id))?.seconds).toBeGreaterThan(25)
    await ended(database(), job)
  })

  test('aborts the work if another worker has the job', async () => {
    const job = await claimed(database(), await newRepository(database()))
    await ended(database(), job)
    const lease = new KeptLease(database(), job, SILENT)
    vi.advanceTimersByTime(10 * SECOND)
    await lease.release()
    expect(lease.signal.reason).toBeInstanceOf(LeaseLost)
  })

  test('aborts the work if it could not be renewed in time', async () => {
    const job = await claimed(database(), await newRepository(database()))
    const unreachable = { ...database(), query: () => Promise.reject(new Error('unreachable')) }
    const lease = new KeptLease(unreachable, job, SILENT)
    vi.advanceTimersByTime(31 * SECOND)
    await lease.release()
    expect(lease.signal.reason).toBeInstanceOf(LeaseLost)
    await ended(database(), job)
  })
})
