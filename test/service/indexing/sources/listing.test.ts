import { afterEach, describe, expect, test } from 'vitest'
import { type GitSource, parseGitSources } from '../../../../service/git-sources.ts'
import { FORGES } from '../../../../service/indexing/sources/forges.ts'
import { listRepositories } from '../../../../service/indexing/sources/listing.ts'
import type { Limited } from '../../../../service/indexing/sources/refusals.ts'
import { type ForgeState, startForge } from '../../../fakes/forge.ts'
import { LIVE } from '../git/opened-tree.ts'

const KINDS = ['github', 'gitlab', 'gitea'] as const
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function listing(kind: GitSource['kind'], state: ForgeState, more: Partial<GitSource> = {}, token?: string) {
  const forge = await startForge(kind, state)
  stops.push(forge.stop)
  const [source] = parseGitSources(JSON.stringify([{ kind, url: `${forge.url}/acme`, ...more }]))
  if (source === undefined) throw new Error('There is no source')
  const list = () => listRepositories({ source, signal: LIVE, now: () => 0, ...(token === undefined ? {} : { token }) })
  return { list, forge, source }
}

const repositories = (count: number) => Array.from({ length: count }, (_, at) => ({ id: at + 1, path: `acme/r${at}` }))
const pathsOf = (listed: readonly { readonly path: string }[]) => listed.map(({ path }) => path)

describe.each(KINDS)('a list of %s', (kind) => {
  test.each([0, 1, 30, 99, 100, 101, 240])('has all of %i repositories, each once', async (count) => {
    const { list } = await listing(kind, { repositories: repositories(count) })
    expect(pathsOf(await list()).toSorted()).toEqual(pathsOf(repositories(count)).toSorted())
  })

  test('is that of a user if no organisation has the name', async () => {
    const { list } = await listing(kind, { repositories: repositories(130), isUser: true })
    expect(await list()).toHaveLength(130)
  })

  test('leaves out archived, forked and empty repositories, unless they are included', async () => {
    const given = [
      { id: 1, path: 'acme/shop' },
      { id: 2, path: 'acme/old', archived: true },
      { id: 3, path: 'acme/fork', fork: true },
      ...(kind === 'github' ? [] : [{ id: 4, path: 'acme/new', empty: true }]),
    ]
    expect(pathsOf(await (await listing(kind, { repositories: given })).list())).toEqual(['acme/shop'])
    const all = await listing(kind, { repositories: given }, { archived: true, forks: true })
    expect(pathsOf(await all.list())).toEqual(['acme/shop', 'acme/old', 'acme/fork'])
  })

  test('is requested with a token, which is sent to no other server', async () => {
    const { list, forge } = await listing(kind, { repositories: repositories(1), token: 'good' }, {}, 'good')
    expect(await list()).toHaveLength(1)
    const other = await startForge(kind, { repositories: [] })
    stops.push(other.stop)
    const moved = { status: 301, headers: { location: `${other.url}/api` } }
    const sent = await listing(kind, { repositories: [], instead: moved }, {}, 'good')
    await expect(sent.list()).rejects.toThrow(`redirects to another server, ${other.url}`)
    expect(other.asked).toEqual([])
    expect(forge.asked[0]?.authorization).toBe('Bearer good')
  })

  test('that needs a token, or refuses the given one, reports the permissions it needs', async () => {
    const without = await listing(kind, { repositories: [], token: 'good' })
    await expect(without.list()).rejects.toMatchObject({
      code: 'remote_access_denied',
      message: expect.stringMatching(/^The server of http:\S+\/acme needs a token \(401: .+\)$/),
      remedy: expect.stringMatching(/GIT_CREDENTIALS_FILE, .* with .*(read|scope)/),
    })
    const wrong = await listing(kind, { repositories: [], token: 'good' }, {}, 'bad')
    await expect(wrong.list()).rejects.toThrow('refuses the token (401')
  })

  test('of an unknown owner says so, and that a token may be missing', async () => {
    const { list } = await listing(kind, { repositories: [], instead: { status: 404 } })
    await expect(list()).rejects.toMatchObject({
      code: 'remote_not_found',
      message: expect.stringMatching(
        /^There is no (organisation|group) http:\S+\/acme, or the token may not see it \(404: No\)$/,
      ),
    })
  })

  test('of an unknown owner is not reported as a refusal if the token may not ask for users', async () => {
    const { list } = await listing(kind, { repositories: [], isUser: true, isForOrganisations: true })
    await expect(list()).rejects.toMatchObject({
      code: 'remote_not_found',
      remedy: expect.stringContaining(`the kind of its server, ${kind}`),
    })
  })

  test.each([
    [429, { 'retry-after': '120' }, 120],
    [403, { 'retry-after': '60' }, 60],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '300' }, 300],
    [429, { 'ratelimit-remaining': '0', 'ratelimit-reset': '90' }, 90],
    [429, {}, 60],
    [429, { 'retry-after': '999999' }, 3600],
    [429, { 'retry-after': 'soon' }, 60],
  ])('that is rate-limited (%i, %j) waits as long as the server says', async (status, headers, seconds) => {
    const { list } = await listing(kind, { repositories: [], instead: { status, headers } })
    const limited = (await list().catch((error) => error)) as Limited
    expect(limited.message).toMatch(new RegExp(`accepts no more requests for ${seconds} s$`))
    expect(limited.waitMs).toBe(seconds * 1000)
  })

  test('that is only limited by its message waits a minute', async () => {
    const body = { message: 'You have exceeded a secondary rate limit.' }
    const { list } = await listing(kind, { repositories: [], instead: { status: 403, body } })
    expect(await list().catch((error: Limited) => error.waitMs)).toBe(60_000)
  })

  test('that is not a list is reported by its kind', async () => {
    const { list } = await listing(kind, { repositories: [], instead: { status: 200, body: { hello: 'world' } } })
    await expect(list()).rejects.toThrow(`its answer is not a list of repositories of ${kind}`)
    const failing = await listing(kind, { repositories: [], instead: { status: 502 } })
    await expect(failing.list()).rejects.toThrow('answers with 502: No')
  })
})

describe('a GitLab in a folder of its server', () => {
  const inFolder = async (path: string, state: Partial<ForgeState> = {}, token?: string) => {
    const forge = await startForge('gitlab', { repositories: repositories(101), folder: '/gitlab', ...state })
    stops.push(forge.stop)
    const [source] = parseGitSources(JSON.stringify([{ kind: 'gitlab', url: `${forge.url}${path}` }]))
    if (source === undefined) throw new Error('There is no source')
    return {
      url: forge.url,
      list: () => listRepositories({ source, signal: LIVE, ...(token === undefined ? {} : { token }) }),
    }
  }

  test.each(['/gitlab/acme', '/gitlab/acme/team/web'])(
    'is found for %s, and repositories are fetched from it',
    async (path) => {
      const { url, list } = await inFolder(path)
      const listed = await list()
      expect(listed).toHaveLength(101)
      expect(listed[0]).toMatchObject({ path: 'acme/r0', cloneUrl: `${url}/gitlab/acme/r0.git` })
    },
  )

  test('lists a user too', async () => {
    expect(await (await inFolder('/gitlab/ann', { isUser: true })).list()).toHaveLength(101)
  })

  test('says what it refuses', async () => {
    const { list } = await inFolder('/gitlab/acme', { token: 'good' }, 'expired')
    await expect(list()).rejects.toMatchObject({ code: 'remote_access_denied' })
    const { list: limited } = await inFolder('/gitlab/acme', {
      instead: { status: 429, headers: { 'retry-after': '30' } },
    })
    await expect(limited()).rejects.toThrow('accepts no more requests for 30 s')
  })

  test('is not found by a page that asks to sign in', async () => {
    const { list } = await inFolder('/elsewhere/acme')
    await expect(list()).rejects.toMatchObject({ code: 'remote_not_found' })
  })
})

test.each([
  ['github', { disabled: true }],
  ['gitea', { has_code: false }],
] as const)('a repository of %s whose code nobody can fetch is left out', async (kind, fields) => {
  const { list } = await listing(kind, {
    repositories: [
      { id: 1, path: 'acme/a', fields },
      { id: 2, path: 'acme/b' },
    ],
  })
  expect(pathsOf(await list())).toEqual(['acme/b'])
})

test.each([
  ['https://github.com/acme', 'https://api.github.com/orgs/acme/repos'],
  ['https://acme.ghe.com/team', 'https://api.acme.ghe.com/orgs/team/repos'],
  ['https://github.example.com/acme', 'https://github.example.com/api/v3/orgs/acme/repos'],
  ['https://notghe.com/acme', 'https://notghe.com/api/v3/orgs/acme/repos'],
])('the repositories of %s are listed by %s', (source, expected) => {
  const [first] = FORGES.github.lists(new URL(source))
  expect(`${first?.url.origin}${first?.url.pathname}`).toBe(expected)
})

test('an unreachable server is reported with the reason', async () => {
  const { list, forge } = await listing('gitea', { repositories: [] })
  await forge.stop()
  stops.length = 0
  await expect(list()).rejects.toMatchObject({
    code: 'remote_unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
    remedy: expect.stringContaining('HTTPS_PROXY'),
  })
})

test('a redirect within the server, as of a renamed organisation, is followed', async () => {
  const state: ForgeState = { repositories: repositories(1), instead: { status: 301, headers: { location: '/x' } } }
  const { list } = await listing('github', state)
  await expect(list()).rejects.toThrow('redirects without end')
})

describe('patterns', () => {
  const given = ['acme/shop-web', 'acme/shop-api', 'acme/attic-1', 'acme/sub/shop-x', 'Acme/Shop-Y'].map(
    (path, at) => ({
      id: at,
      path,
    }),
  )
  test.each([
    [['acme/shop-*'], [], ['acme/shop-web', 'acme/shop-api', 'Acme/Shop-Y']],
    [['shop-*'], ['*-api'], ['acme/shop-web', 'acme/sub/shop-x', 'Acme/Shop-Y']],
    [['acme/**'], ['acme/sub/**', 'attic-*'], ['acme/shop-web', 'acme/shop-api', 'Acme/Shop-Y']],
    [[], ['acme/*'], ['acme/sub/shop-x']],
    [['acme/shop.web'], [], []],
  ])('include %j and exclude %j', async (include, exclude, expected) => {
    const { list } = await listing('gitlab', { repositories: given }, { include, exclude })
    expect(pathsOf(await list())).toEqual(expected)
  })
})
