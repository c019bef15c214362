import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import { Fault } from '../../../service/errors.ts'
import type { Catalogue, Job, RepositorySummary } from '../../../service/indexing/contract.ts'
import { withKeptList } from '../../../service/indexing/kept-list.ts'

const ended = (finishedAt: Date) => ({ id: 'job', state: 'succeeded', finishedAt }) as Job

/** Returns a catalogue that numbers its lists in the order of the calls and answers them on request. */
function numbered() {
  const asked: PromiseWithResolvers<void>[] = []
  let isBusy = false
  const list: Catalogue['list'] = async () => {
    const each = Promise.withResolvers<void>()
    const chunks = asked.push(each)
    if (isBusy) await each.promise
    return [{ name: 'app', chunks } as RepositorySummary]
  }
  const job = ended(new Date(1000))
  const changes = { remove: async () => {}, index: async () => ({ id: 'job' }) }
  const catalogue = { list, ...changes, job: async () => job, jobs: async () => [job] } as unknown as Catalogue
  return { catalogue, asked, busy: () => (isBusy = true) }
}

const numberOf = async (list: Promise<RepositorySummary[]>) => (await list)[0]?.chunks

test('a list is read each time if the database answers immediately', async () => {
  const kept = withKeptList(numbered().catalogue)
  expect([await numberOf(kept.list(EVERY_REPOSITORY)), await numberOf(kept.list(EVERY_REPOSITORY))]).toEqual([1, 2])
})

test('the last list is returned while the database is busy, and the newer one as soon as it is read', async () => {
  const { catalogue, asked, busy } = numbered()
  const kept = withKeptList(catalogue)
  await kept.list(EVERY_REPOSITORY)
  busy()
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
  expect(asked).toHaveLength(2)
  asked[1]?.resolve()
  await delay(0)
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(2)
})

test('a list that is too old, or of another scope, is never returned', async () => {
  const { catalogue, asked, busy } = numbered()
  const kept = withKeptList(catalogue, { goodMs: -1 })
  await kept.list(EVERY_REPOSITORY)
  busy()
  const [again, narrow] = [kept.list(EVERY_REPOSITORY), kept.list(new RepositoryScope(['app']))]
  for (const { resolve } of asked) resolve()
  expect([await numberOf(again), await numberOf(narrow)]).toEqual([2, 3])
})

test.each<[string, (catalogue: ReturnType<typeof withKeptList>) => unknown]>([
  ['a repository was removed', (catalogue) => catalogue.remove('app', EVERY_REPOSITORY)],
  ['a repository was asked for', (catalogue) => catalogue.index({ path: '/app' }, EVERY_REPOSITORY)],
])('a list from before %s is never returned, not even one that was being read', async (_, change) => {
  const { catalogue, asked, busy } = numbered()
  const kept = withKeptList(catalogue, { patienceMs: 1 })
  await kept.list(EVERY_REPOSITORY)
  busy()
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
  await change(kept)
  const after = kept.list(EVERY_REPOSITORY)
  for (const { resolve } of asked) resolve()
  expect(await numberOf(after)).toBe(3)
})

test.each<[string, (catalogue: ReturnType<typeof withKeptList>) => Promise<unknown>]>([
  ['a job that was asked for', (catalogue) => catalogue.job('job', EVERY_REPOSITORY)],
  ['the jobs that were asked for', (catalogue) => catalogue.jobs(EVERY_REPOSITORY)],
  ['a job that tells it', (catalogue) => catalogue.jobChanged(ended(new Date(1000)))],
])('the end of %s is reported once the list is newer, and no caller of the list waits', async (_, tell) => {
  const { catalogue, asked, busy } = numbered()
  const kept = withKeptList(catalogue, { patienceMs: 1 })
  await kept.list(EVERY_REPOSITORY)
  busy()
  let isTold = false
  const told = tell(kept).then(() => {
    isTold = true
  })
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
  expect(isTold).toBe(false)
  for (const { resolve } of asked) resolve()
  await told
  const newest = asked.length
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(newest)
})

test('a list is read again while jobs make progress, and no more often than necessary', async () => {
  const { catalogue, asked, busy } = numbered()
  const [rarely, often] = [withKeptList(catalogue), withKeptList(catalogue, { renewMs: -1 })]
  await often.jobChanged({})
  expect(asked).toHaveLength(0)
  await rarely.list(EVERY_REPOSITORY)
  await rarely.jobChanged({})
  expect(asked).toHaveLength(1)
  await often.list(EVERY_REPOSITORY)
  busy()
  await often.jobChanged({})
  await often.jobChanged({})
  expect(asked).toHaveLength(3)
})

test('a list that nobody has asked for lately is not read again while jobs make progress', async () => {
  const { catalogue, asked } = numbered()
  const kept = withKeptList(catalogue, { renewMs: -1, wantedMs: -1 })
  await kept.list(EVERY_REPOSITORY)
  await kept.jobChanged({})
  await kept.jobChanged(ended(new Date(1000)))
  expect(asked).toHaveLength(1)
})

test('the end of a job that is already known changes nothing', async () => {
  const { catalogue, busy } = numbered()
  const kept = withKeptList(catalogue, { patienceMs: 1 })
  await kept.jobChanged(ended(new Date(1000)))
  await kept.list(EVERY_REPOSITORY)
  busy()
  await kept.job('job', EVERY_REPOSITORY)
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
})

test('a fault of the database is reported, even if there is an older list', async () => {
  const { catalogue } = numbered()
  const fault = new Fault('database_unavailable', 'It is away', 'Wait')
  let isAway = false
  const kept = withKeptList({
    ...catalogue,
    list: (scope) => (isAway ? Promise.reject(fault) : catalogue.list(scope)),
  })
  await kept.list(EVERY_REPOSITORY)
  isAway = true
  await expect(kept.list(EVERY_REPOSITORY)).rejects.toBe(fault)
})
