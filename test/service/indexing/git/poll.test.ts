import { beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../../service/errors.ts'
import { makePoll } from '../../../../service/indexing/git/poll.ts'
import type { Database } from '../../../../service/store/database.ts'
import { recordRun } from '../../../../service/store/generations.ts'
import { claimJob, finishJob, openJobs } from '../../../../service/store/jobs.ts'
import { insertRepository, makeDue } from '../../../../service/store/repositories.ts'
import { MINUTE } from '../../../../service/units.ts'
import { describeOnEachEngine, SILENT } from '../../store/each-engine.ts'
import { LIVE } from './opened-tree.ts'

const INTERVAL_MS = 5 * MINUTE

describeOnEachEngine('A poll', (database) => {
  /** Tips of branches by address. A missing one is a fault. */
  const tips = new Map<string, string>()
  let asked: string[]

  beforeEach(async () => {
    tips.clear()
    asked = []
    await database().query('truncate repository cascade')
  })

  const tipOf = async ({ address }: { readonly address: string }) => {
    asked.push(address)
    const commit = tips.get(address)
    if (commit === undefined) throw new Fault('remote_unreachable', 'It cannot be reached', 'Check it')
    return { ref: 'HEAD', commit }
  }
  const poll = (intervalMs = INTERVAL_MS) =>
    makePoll({ database: database(), remotes: { tip: tipOf }, intervalMs, versionOf: () => '1:none', log: SILENT })(
      LIVE,
    )

  const registered = async (name: string) => {
    const id = (await insertRepository(database(), name, `https://h/${name}`, true)) as number
    tips.set(`https://h/${name}`, 'one')
    return id
  }

  const ended = async (id: number, commit?: string, code = 'x') => {
    const job = await claimJob(database(), 'index', 1000)
    if (job?.repositoryId !== id) throw new Error('There is no job')
    if (commit !== undefined) await recordRun(database(), id, { commit, skipped: {}, version: '1:none' })
    const fault = { code, message: 'x', remedy: 'x' }
    const end = commit === undefined ? ({ state: 'failed', fault } as const) : ({ state: 'succeeded' } as const)
    await finishJob(database(), job, { progress: {}, ...end })
  }

  const jobs = async () => (await openJobs(database())).reduce((sum, { count }) => sum + count, 0)
  const minutesUntilDue = (id: number) => dueIn(database(), id)

  test('requests a run of a repository with a new commit, and then leaves it alone for the interval', async () => {
    const id = await registered('shop')
    await poll()
    expect(await jobs()).toBe(1)
    await ended(id, 'one')
    await makeDue(database(), id)
    await poll()
    await poll()
    expect(await jobs()).toBe(0)
    expect(asked).toHaveLength(2)
    expect(await minutesUntilDue(id)).toSatisfy((minutes: number) => minutes > 4.4 && minutes < 5.6)
    tips.set('https://h/shop', 'two')
    await makeDue(database(), id)
    await poll()
    expect(await jobs()).toBe(1)
  })

  test('requests a run of an index in another format although the commit is the same', async () => {
    const id = await registered('shop')
    await poll()
    await ended(id, 'one')
    await database().query(`update repository set secret_rules = '0:none' where id = $1`, [id])
    await makeDue(database(), id)
    await poll()
    expect(await jobs()).toBe(1)
  })

  test('checks each repository in only one process', async () => {
    for (let at = 0; at < 20; at++) await registered(`shop-${at}`)
    await Promise.all([poll(), poll(), poll()])
    expect(asked.toSorted()).toEqual([...tips.keys()].toSorted())
  })

  test('does not ask a server while a run of its repository is open', async () => {
    const id = await registered('shop')
    await poll()
    await makeDue(database(), id)
    await poll()
    expect(asked).toHaveLength(1)
    await ended(id, 'zero')
    await poll()
    expect(asked).toHaveLength(2)
    expect(await jobs()).toBe(1)
  })

  test('requests a run that reports why a server does not answer, only once, and asks less and less often until a success', async () => {
    const id = await registered('shop')
    tips.clear()
    const minutes: number[] = []
    const requested: number[] = []
    for (let round = 0; round < 6; round++) {
      await poll()
      requested.push(await jobs())
      if (round === 0) await ended(id, undefined, 'remote_unreachable')
      minutes.push(Math.round((await minutesUntilDue(id)) / 5) * 5)
      await makeDue(database(), id)
    }
    expect(requested).toEqual([1, 0, 0, 0, 0, 0])
    expect(minutes.slice(0, 3)).toEqual([5, 10, 20])
    expect(minutes[5]).toSatisfy((last: number) => last >= 50 && last <= 70)
    tips.set('https://h/shop', 'one')
    await poll()
    await ended(id, 'one')
    await makeDue(database(), id)
    await poll()
    expect(await minutesUntilDue(id)).toBeLessThan(6)
  })

  test('requests a run that reports a new reason', async () => {
    const id = await registered('shop')
    tips.clear()
    await poll()
    await ended(id, undefined, 'remote_not_found')
    await makeDue(database(), id)
    await poll()
    expect(await jobs()).toBe(1)
  })

  test('requests a run again after a failure although the commit is the same', async () => {
    const id = await registered('shop')
    await poll()
    await ended(id, 'one')
    await makeDue(database(), id)
    tips.clear()
    await poll()
    await ended(id)
    tips.set('https://h/shop', 'one')
    await makeDue(database(), id)
    await poll()
    expect(await jobs()).toBe(1)
  })

  test('with an interval of 0 only checks repositories that are due on request', async () => {
    const id = await registered('shop')
    await poll(0)
    await ended(id, 'one')
    await poll(0)
    expect(asked).toHaveLength(1)
    await makeDue(database(), id)
    await poll(0)
    await poll(0)
    expect(asked).toHaveLength(2)
  })

  test('checks a repository whose turn was set before the clock was set back, unless only requests make it due', async () => {
    await registered('shop')
    await database().query(`update repository set poll_at = clock_timestamp() + interval '1 day'`)
    await poll()
    expect(asked).toHaveLength(1)
    await database().query(`update repository set poll_at = 'infinity'; delete from job`)
    await poll()
    expect(asked).toHaveLength(1)
  })

  test('never checks folders or removed repositories', async () => {
    await insertRepository(database(), 'folder', '/code/folder')
    await registered('gone')
    await database().query(`update repository set removed = true where name = 'gone'`)
    await poll()
    expect(asked).toEqual([])
  })
})

async function dueIn(database: Database, id: number): Promise<number> {
  const [row] = await database.query<{ minutes: number }>(
    'select extract(epoch from poll_at - clock_timestamp())::float8 / 60 as minutes from repository where id = $1',
    [id],
  )
  return row?.minutes ?? Number.NaN
}
