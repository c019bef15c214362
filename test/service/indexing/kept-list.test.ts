import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import { Fault } from '../../../service/errors.ts'
import type { Catalogue, Job, RepositorySummary } from '../../../service/indexing/contract.ts'
import { withKeptList } from '../../../service/indexing/kept-list.ts'

const ended = (finishedAt: Date) => ({ id: 'job', state: 'succeeded', finishedAt }) as Job

/** A catalogue whose lists are numbered in the order of asking, and answered when they are let go. */
function numbered() {
  const asked: PromiseWithResolvers<void>[] = []
  let isBusy = false
  const list: Catalogue['list'] = async () => {
    const each = Promise.withResolvers<void>()
    const chunks = asked.push(each)
    if (isBusy) await each.promise
    return [{ name: 'app', chunks } as RepositorySummary]
  }
  const catalogue = { list, remove: async () => {}, job: async () => ended(new Date(1000)) } as unknown as Catalogue
  return { catalogue, asked, busy: () => (isBusy = true) }
}

const numberOf = async (list: Promise<RepositorySummary[]>) => (await list)[0]?.chunks

test('a list is read each time where the database answers at once', async () => {
  const { list } = withKeptList(numbered().catalogue)
  expect([await numberOf(list(EVERY_REPOSITORY)), await numberOf(list(EVERY_REPOSITORY))]).toEqual([1, 2])
})

test('a list is the one read last while the database is busy, and the newer one as soon as that is there', async () => {
  const { catalogue, asked, busy } = numbered()
  const { list } = withKeptList(catalogue)
  await list(EVERY_REPOSITORY)
  busy()
  expect(await numberOf(list(EVERY_REPOSITORY))).toBe(1)
  expect(await numberOf(list(EVERY_REPOSITORY))).toBe(1)
  expect(asked).toHaveLength(2)
  asked[1]?.resolve()
  await delay(0)
  expect(await numberOf(list(EVERY_REPOSITORY))).toBe(2)
})

test('a list that is too old, or of another scope, is given to nobody', async () => {
  const { catalogue, asked, busy } = numbered()
  const { list } = withKeptList(catalogue, { goodMs: -1 })
  await list(EVERY_REPOSITORY)
  busy()
  const [again, narrow] = [list(EVERY_REPOSITORY), list(new RepositoryScope(['app']))]
  for (const { resolve } of asked) resolve()
  expect([await numberOf(again), await numberOf(narrow)]).toEqual([2, 3])
})

test.each<[string, (catalogue: ReturnType<typeof withKeptList>) => unknown]>([
  ['a repository was removed', (catalogue) => catalogue.remove('app', EVERY_REPOSITORY)],
  ['a job was seen to have ended', (catalogue) => catalogue.job('job', EVERY_REPOSITORY)],
  ['a job told that it has ended', (catalogue) => catalogue.jobChanged(ended(new Date(1000)))],
])('a list from before %s is given to nobody, not even one that was being read', async (_, change) => {
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

test('the end of a job that is known already changes nothing', async () => {
  const { catalogue, busy } = numbered()
  const kept = withKeptList(catalogue, { patienceMs: 1 })
  kept.jobChanged(ended(new Date(1000)))
  await kept.list(EVERY_REPOSITORY)
  busy()
  await kept.job('job', EVERY_REPOSITORY)
  expect(await numberOf(kept.list(EVERY_REPOSITORY))).toBe(1)
})

test('a fault of the database is told, also where there is a list from before', async () => {
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
