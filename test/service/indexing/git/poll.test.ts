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

  const ended = async (id: number, commit?: string) => {
    const job = await claimJob(database(), 'index', 1000)
    if (job?.repositoryId !== id) throw new Error('There is no job')
    if (commit !== undefined) await recordRun(database(), id, { commit, skipped: {}, version: '1:none' })
    const fault = { code: 'x', message: 'x', remedy: 'x' }
    await finishJob(database(), job, { state: commit === undefined ? 'failed' : 'succeeded', progress: {}, fault })
  }

  const nextRepository = async () => {
    const [row] = await database().query<{ id: number }>(
      `select repository_id as id from job where state = 'queued' order by created_at limit 1`,
    )
    return row?.id ?? 0
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

  test('requests a run that reports why a server does not answer, less and less often, and immediately after a success', async () => {
    const id = await registered('shop')
    tips.clear()
    const minutes: number[] = []
    for (let round = 0; round < 6; round++) {
      await poll()
      expect(await jobs()).toBe(1)
      await ended(id)
      minutes.push(Math.round((await minutesUntilDue(id)) / 5) * 5)
      await makeDue(database(), id)
    }
    expect(minutes.slice(0, 3)).toEqual([5, 10, 20])
    expect(minutes[5]).toSatisfy((last: number) => last >= 50 && last <= 70)
    await poll()
    await ended(id, 'one')
    expect(await minutesUntilDue(id)).toBeLessThanOrEqual(0)
  })

  test('requests runs of all repositories of a server as soon as it is back, and checks for it with one of them', async () => {
    const ids = [await registered('shop'), await registered('till'), await registered('desk')]
    tips.clear()
    let now = 0
    const parts = { database: database(), remotes: { tip: tipOf }, versionOf: () => '1:none', log: SILENT }
    const again = makePoll({ ...parts, intervalMs: INTERVAL_MS, now: () => now })
    await again(LIVE)
    for (const _ of ids) await ended(await nextRepository())
    asked = []
    await again(LIVE)
    expect(asked).toEqual([])
    now = 10_000
    await again(LIVE)
    expect(asked).toHaveLength(1)
    for (const name of ['shop', 'till', 'desk']) tips.set(`https://h/${name}`, 'one')
    now = 20_000
    await again(LIVE)
    expect(await jobs()).toBe(3)
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
