import { afterEach, beforeEach, expect, test } from 'vitest'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../../service/access/repository-scope.ts'
import { type GitSource, parseGitSources } from '../../../../service/git-sources.ts'
import { makeCatalogue } from '../../../../service/indexing/catalogue.ts'
import { makeSourcePoll } from '../../../../service/indexing/sources/poll-sources.ts'
import { hideRepository, insertRepository } from '../../../../service/store/repositories.ts'
import { sourceRows, takeDueSource } from '../../../../service/store/sources.ts'
import { MINUTE } from '../../../../service/units.ts'
import { type ForgeRepository, type ForgeState, startForge } from '../../../fakes/forge.ts'
import { describeOnEachEngine, SILENT } from '../../store/each-engine.ts'
import { LIVE } from '../git/opened-tree.ts'

describeOnEachEngine('A source', (database) => {
  let forge: Awaited<ReturnType<typeof startForge>>
  let state: ForgeState
  let sources: readonly GitSource[]

  beforeEach(async () => {
    await database().query('truncate repository, source cascade')
    state = { repositories: [] }
    forge = await startForge('github', state)
    sources = parseGitSources(JSON.stringify([{ kind: 'github', url: `${forge.url}/acme` }]))
  })
  afterEach(() => forge.stop())

  const poll = makeAnew()
  function makeAnew() {
    return (intervalMs = 5 * MINUTE) =>
      makeSourcePoll({ database: database(), sources, tokenFor: () => undefined, intervalMs, log: SILENT })(LIVE)
  }
  const list = async (...repositories: ForgeRepository[]) => {
    state.repositories = repositories
    await database().query(`update source set poll_at = now()`)
    await poll()
  }
  const known = async () => {
    const rows = await database().query<{ id: number; name: string; source: string }>(
      'select id, name, source from repository where not removed order by name',
    )
    return Object.fromEntries(rows.map(({ id, name, source }) => [name, { id, at: source.slice(forge.url.length) }]))
  }
  const places = async () => Object.fromEntries(Object.entries(await known()).map(([name, { at }]) => [name, at]))
  const one = (id: number, path: string) => ({ id, path })

  test('registers its repositories, due immediately, at the server that it names', async () => {
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    expect(await places()).toEqual({ shop: '/acme/shop.git', till: '/acme/till.git' })
    const [row] = await database().query('select count(*)::integer as due from repository where poll_at <= now()')
    expect(row).toEqual({ due: 2 })
    expect(await sourceRows(database())).toEqual([
      { url: `${forge.url}/acme`, repositories: 2, listedAt: expect.any(Date) },
    ])
  })

  test('follows a renamed repository, with its index', async () => {
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    const before = await known()
    await list(one(1, 'acme/store'), one(2, 'acme/till'))
    expect(await known()).toEqual({ store: { id: before.shop?.id, at: '/acme/store.git' }, till: before.till })
  })

  test('follows two that swap their names, and one that takes the name of one that is gone', async () => {
    await list(one(1, 'acme/a'), one(2, 'acme/b'), one(3, 'acme/c'))
    const before = await known()
    await list(one(1, 'acme/b'), one(2, 'acme/a'), one(3, 'acme/c'))
    const swapped = await known()
    expect([swapped.a?.id, swapped.b?.id]).toEqual([before.b?.id, before.a?.id])
    await list(one(1, 'acme/b'), one(3, 'acme/a'))
    expect(await places()).toEqual({ a: '/acme/a.git', b: '/acme/b.git' })
    expect((await known()).a?.id).toBe(before.c?.id)
  })

  test('removes a repository with the second list that lacks it, and keeps one that comes back before', async () => {
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    await list(one(1, 'acme/shop'))
    expect(Object.keys(await known())).toEqual(['shop', 'till'])
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    await list(one(1, 'acme/shop'))
    expect(Object.keys(await known())).toEqual(['shop', 'till'])
    await list(one(1, 'acme/shop'))
    expect(Object.keys(await known())).toEqual(['shop'])
  })

  test('that becomes empty removes nothing, and says why', async () => {
    await list(one(1, 'acme/shop'))
    await list()
    await list()
    await list()
    expect(Object.keys(await known())).toEqual(['shop'])
    expect((await sourceRows(database()))[0]?.fault).toMatchObject({
      message: `${forge.url}/acme has no repository; those that it had are kept`,
    })
  })

  test('does not change manually registered repositories', async () => {
    await insertRepository(database(), 'mine', `${forge.url}/acme/shop.git`, true)
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    await list(one(2, 'acme/till'))
    await list(one(2, 'acme/till'))
    expect(Object.keys(await known())).toEqual(['mine', 'till'])
  })

  test('gives each a unique name', async () => {
    await insertRepository(database(), 'shop', '/home/me/shop')
    await list(one(1, 'acme/shop'), one(2, 'acme/x/shop'))
    expect(Object.keys(await known()).toSorted()).toEqual(['acme-shop', 'shop', 'x-shop'])
  })

  test('registers one that was deleted and created again, and one that was removed by hand', async () => {
    await list(one(1, 'acme/shop'))
    const before = await known()
    await list(one(7, 'acme/shop'))
    expect(await known()).toEqual(before)
    await hideRepository(database(), 'shop')
    await list(one(7, 'acme/shop'))
    expect(Object.keys(await known())).toEqual(['shop'])
  })

  test('that is rate-limited is due again when the server says', async () => {
    await list(one(1, 'acme/shop'))
    state.instead = { status: 429, headers: { 'retry-after': '120' } }
    await list(one(1, 'acme/shop'))
    const [row] = await database().query<{ wait: number }>(
      'select extract(epoch from poll_at - now())::float8 as wait from source',
    )
    expect(row?.wait).toSatisfy((wait: number) => wait > 110 && wait < 121)
    expect((await sourceRows(database()))[0]?.fault?.code).toBe('remote_limited')
    delete state.instead
    await list(one(1, 'acme/shop'))
    expect((await sourceRows(database()))[0]).not.toHaveProperty('fault')
  })

  test('is listed by one process at a time, and no longer once it is not in the settings', async () => {
    state.repositories = [one(1, 'acme/shop')]
    await Promise.all([poll(), poll(), poll()])
    expect(forge.asked).toHaveLength(1)
    sources = []
    await poll()
    expect(await sourceRows(database())).toEqual([])
    expect(Object.keys(await known())).toEqual(['shop'])
  })

  test('is due after the interval with which a process starts, and at its start without one', async () => {
    await list(one(1, 'acme/shop'))
    const due = async (intervalMs: number, listed: string) => {
      await database().query(
        `update source set poll_at = now() + interval '1 hour', listed_at = now() - $1::interval, fault = null`,
        [listed],
      )
      const before = forge.asked.length
      await poll(intervalMs)
      return forge.asked.length > before
    }
    expect(await due(5 * MINUTE, '4 minutes')).toBe(false)
    expect(await due(5 * MINUTE, '6 minutes')).toBe(true)
    expect(await due(0, '2 minutes')).toBe(true)
    expect(await due(0, '10 seconds')).toBe(false)
  })

  test('is due if the clock was set back', async () => {
    await list(one(1, 'acme/shop'))
    await database().query(`update source set poll_at = now() + interval '1 day', listed_at = now() + interval '1 day'`)
    expect(await takeDueSource(database(), { intervalMs: 5 * MINUTE, longestMs: 60 * MINUTE })).toBe(sources[0]?.url)
    await database().query(`update source set poll_at = 'infinity'`)
    expect(await takeDueSource(database(), { intervalMs: 5 * MINUTE, longestMs: 60 * MINUTE })).toBeUndefined()
  })

  test('is listed soon after a push to an unknown repository, and not for any other', async () => {
    await list(one(1, 'acme/shop'))
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    const pushed = async (path: string, listedAt = "now() - interval '1 hour'") => {
      await database().query(`update source set poll_at = 'infinity', listed_at = ${listedAt}`)
      await catalogue.pushed({ urls: [`${forge.url}/${path}`], ref: 'refs/heads/main', defaultBranch: 'main' })
      const [row] = await database().query<{ due: boolean }>(
        `select poll_at <= now() + interval '1 minute' as due from source`,
      )
      return row?.due
    }
    expect(await pushed('acme/new.git')).toBe(true)
    // The clock was set back since the last list.
    expect(await pushed('acme/new.git', "now() + interval '1 day'")).toBe(true)
    expect(await pushed('acme/shop.git')).toBe(false)
    expect(await pushed('acmeother/new.git')).toBe(false)
  })

  test('keeps its repositories until it is no longer in the settings', async () => {
    await list(one(1, 'acme/shop'))
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    await expect(catalogue.remove('shop', EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'repository_listed',
      message: expect.stringContaining(`${forge.url}/acme`),
      remedy: expect.stringContaining('GIT_SOURCES'),
    })
    expect(Object.keys(await known())).toEqual(['shop'])
    sources = []
    await poll()
    await catalogue.remove('shop', EVERY_REPOSITORY)
    expect(await catalogue.list(EVERY_REPOSITORY)).toEqual([])
  })

  test('is reached by a push of a server whose own address is another, by number and path', async () => {
    await list(one(1, 'acme/shop'), one(2, 'acme/till'))
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    const pushed = async (id: string | undefined, path: string, ref = 'refs/heads/main') => {
      const push = { urls: [`https://code.invalid/${path}.git`], ref, defaultBranch: 'main' }
      const jobs = await catalogue.pushed({ ...push, ...(id === undefined ? {} : { id }) })
      return jobs.map(({ repository }) => repository)
    }
    expect(await pushed('1', 'acme/shop')).toEqual(['shop'])
    expect(await pushed('2', 'git/Acme/till')).toEqual(['till'])
    expect(await pushed('1', 'acme/shop', 'refs/heads/topic')).toEqual([])
    expect(await pushed('2', 'acme/shop')).toEqual([])
    expect(await pushed('3', 'acme/shop')).toEqual([])
    expect(await pushed(undefined, 'acme/shop')).toEqual([])
  })

  test('is shown to those who may see all repositories', async () => {
    await list(one(1, 'acme/shop'))
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    expect(await catalogue.sources(EVERY_REPOSITORY)).toHaveLength(1)
    expect(await catalogue.sources(new RepositoryScope(['shop']))).toEqual([])
  })

  test('registers 5,000 repositories, page by page, and then only changes', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => one(at + 1, `acme/r${at}`))
    await list(...many)
    const [row] = await database().query('select count(*)::integer as count from repository')
    expect(row).toEqual({ count: 5000 })
    expect(forge.asked).toHaveLength(50)
    const before = await known()
    await list(...many.slice(1), one(1, 'acme/first'))
    expect((await known()).first?.id).toBe(before.r0?.id)
  }, 60_000)
})
