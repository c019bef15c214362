import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import type { Fault } from '../../../service/errors.ts'
import { type CatalogueParts, makeCatalogue } from '../../../service/indexing/catalogue.ts'
import type { Source } from '../../../service/indexing/contract.ts'
import { namesFor } from '../../../service/indexing/registration.ts'
import { claimJob, finishJob } from '../../../service/store/jobs.ts'
import { takeDueRepository } from '../../../service/store/repositories.ts'
import { MINUTE } from '../../../service/units.ts'
import { describeOnEachEngine } from '../store/each-engine.ts'

const asRoot = process.getuid?.() === 0

test('names a folder after itself, then with its parent, then with numbers', () => {
  const first = (folder: string, count: number) => {
    const names = namesFor(folder)
    return Array.from({ length: count }, () => names.next().value)
  }
  expect(first('/srv/team/app', 4)).toEqual(['app', 'team-app', 'team-app-2', 'team-app-3'])
  expect(first('/', 2)).toEqual(['root', 'root-2'])
})

describeOnEachEngine('The catalogue', (database) => {
  let root: string
  let changes: number

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'catalogue-')))
    changes = 0
  })
  afterEach(async () => {
    for (const { name } of await catalogue().list(EVERY_REPOSITORY)) await catalogue().remove(name, EVERY_REPOSITORY)
    await rm(root, { recursive: true })
  })

  const catalogue = (parts: Partial<CatalogueParts> = {}) =>
    makeCatalogue({ database: database(), roots: [root], onChange: () => changes++, ...parts })

  const folder = async (...path: string[]) => {
    const made = join(root, ...path)
    await mkdir(made, { recursive: true })
    await writeFile(join(made, 'file.txt'), 'text')
    return made
  }

  test('registers a folder and requests a run', async () => {
    const path = await folder('app')
    const job = await catalogue().index({ path }, EVERY_REPOSITORY)
    expect(job).toMatchObject({ repository: 'app', kind: 'index', state: 'queued', progress: {} })
    expect(await catalogue().job(job.id, EVERY_REPOSITORY)).toEqual(job)
    expect(await catalogue().jobs(EVERY_REPOSITORY)).toContainEqual(job)
    expect(await catalogue().list(EVERY_REPOSITORY)).toMatchObject([
      { name: 'app', source: path, state: 'indexing', files: 0, embedded: 0 },
    ])
    expect(changes).toBe(1)
  })

  test('takes the name of a repository for its folder', async () => {
    const { id } = await catalogue().index({ path: await folder('app') }, EVERY_REPOSITORY)
    expect((await catalogue().index({ path: 'app' }, EVERY_REPOSITORY)).id).toBe(id)
    await expect(catalogue().index({ path: 'other' }, EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringContaining('"other" is relative'),
    })
  })

  test('returns the open job if it is asked again, also through a link', async () => {
    const path = await folder('app')
    const link = join(root, 'link')
    await symlink(path, link)
    const { id } = await catalogue().index({ path }, EVERY_REPOSITORY)
    expect((await catalogue().index({ path: link }, EVERY_REPOSITORY)).id).toBe(id)
  })

  test.each([
    ['~/code/shop', /begins with ~/, /absolute/],
    ['~', /begins with ~/, /absolute/],
    ['$HOME/shop', /variable/, /absolute/],
    [`$${'{HOME}'}/shop`, /variable/, /absolute/],
    ['%USERPROFILE%\\shop', /variable/, /absolute/],
    ['.', /relative/, /absolute/],
    ['code/shop', /relative/, /absolute/],
    ['../shop', /relative/, /absolute/],
    ['C:\\Users\\me\\shop', /Windows/, /\/mnt\/c\/Users\/me\/shop/],
    ['d:/shop', /Windows/, /\/mnt\/d\/shop/],
    ['\\\\server\\share\\shop', /Windows/, /absolute/],
    ['\\\\wsl$\\Ubuntu\\home\\me\\shop', /WSL/, /: \/home\/me\/shop$/],
    ['//wsl.localhost/Ubuntu/home/me/shop', /WSL/, /: \/home\/me\/shop$/],
    ['file://elsewhere/shop', /not a path of this machine/, /absolute/],
    ['https://example.org/team/shop.git', /URL/, /url/],
    ['git@example.org:team/shop.git', /URL/, /url/],
  ])('refuses %s as a path and says what to pass', async (path, message, remedy) => {
    await expect(catalogue().index({ path }, EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    })
  })

  test.each(['/home/me/shop', '~/shop', 'file:///home/me/shop', 'C:\\shop', './shop'])(
    'refuses %s as a URL and says that it is a path',
    async (url) => {
      await expect(catalogue().index({ url }, EVERY_REPOSITORY)).rejects.toMatchObject({
        code: 'source_unsupported',
        remedy: 'Give a folder by its absolute path, and to index_repository as path',
      })
    },
  )

  test('accepts a file URL, quotes and blanks around a path', async () => {
    const path = await folder('my app')
    for (const each of [pathToFileURL(path).href, ` ${path} `, `"${path}"`]) {
      expect(await catalogue().index({ path: each }, EVERY_REPOSITORY)).toMatchObject({ repository: 'my app' })
    }
  })

  test('distinguishes folders of the same name', async () => {
    const paths = [await folder('app'), await folder('one', 'app'), await folder('two', 'one', 'app')]
    const jobs = []
    for (const path of paths) jobs.push(await catalogue().index({ path }, EVERY_REPOSITORY))
    expect(jobs.map(({ repository }) => repository)).toEqual(['app', 'one-app', 'one-app-2'])
  })

  test('shows the fault of the last run until one succeeds', async () => {
    const fault = { code: 'nothing_to_index', message: 'Nothing', remedy: 'Give something' }
    const path = await folder('app')
    const end = async (state: 'failed' | 'succeeded') => {
      await catalogue().index({ path }, EVERY_REPOSITORY)
      const job = await claimJob(database(), 'index', 1000)
      if (job === undefined) throw new Error('There is no job')
      await finishJob(database(), job, { state, progress: {}, ...(state === 'failed' ? { fault } : {}) })
      return (await catalogue().list(EVERY_REPOSITORY))[0]
    }
    expect(await end('failed')).toMatchObject({ state: 'failed', fault })
    const after = await end('succeeded')
    expect(after?.state).toBe('empty')
    expect(after).not.toHaveProperty('fault')
  })

  test('removes a repository with its jobs, and can add it again', async () => {
    const path = await folder('app')
    const { id } = await catalogue().index({ path }, EVERY_REPOSITORY)
    await catalogue().remove('app', EVERY_REPOSITORY)
    expect(await catalogue().list(EVERY_REPOSITORY)).toEqual([])
    await expect(catalogue().job(id, EVERY_REPOSITORY)).rejects.toMatchObject({ code: 'job_unknown' })
    expect((await catalogue().index({ path }, EVERY_REPOSITORY)).repository).toBe('app')
  })

  test('names the existing repositories if asked to remove an unknown one', async () => {
    await catalogue().index({ path: await folder('app') }, EVERY_REPOSITORY)
    await expect(catalogue().remove('ap', EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'repository_unknown',
      remedy: expect.stringContaining('app'),
    })
  })

  test('names only the nearest of thousands of repositories if asked to remove an unknown one', async () => {
    await database().query(
      "insert into repository (name, source) select 'service-' || number, '/many/' || number from generate_series(1, 3000) as number",
    )
    await expect(catalogue().remove('service-29991', EVERY_REPOSITORY)).rejects.toSatisfy(
      ({ remedy }: Fault) => remedy.includes('service-2999') && remedy.split(', ').length <= 50,
    )
    await database().query("delete from repository where source like '/many/%'")
  })

  test('requests a run of a URL that it is to follow only if it is new, and else has it checked', async () => {
    const source = { url: 'https://h/team/shop.git' }
    const allowedUrls = [source.url]
    const { id, repository } = (await catalogue({ allowedUrls }).follow(source, EVERY_REPOSITORY)) ?? {}
    expect(await claimJob(database(), 'index', 1000)).toMatchObject({ id, repository })
    await database().query("update repository set poll_at = now() + interval '1 hour'")
    await database().query('delete from job')
    expect(await catalogue().follow(source, EVERY_REPOSITORY)).toBeUndefined()
    expect(await catalogue().jobs(EVERY_REPOSITORY)).toEqual([])
    const due = await takeDueRepository(database(), { intervalMs: 1000, longestMs: 60 * MINUTE })
    expect(due?.name).toBe(repository)
  })

  test('requests a run of a folder that it is to follow each time', async () => {
    const path = await folder('app')
    for (let time = 0; time < 2; time++) {
      expect(await catalogue().follow({ path }, EVERY_REPOSITORY)).toMatchObject({ repository: 'app' })
    }
  })

  test('does not find a job by a malformed id', async () => {
    await expect(catalogue().job("x'; drop table job", EVERY_REPOSITORY)).rejects.toMatchObject({ code: 'job_unknown' })
  })

  test('registers a branch on a git server, and shows its URL, branch and commit', async () => {
    const allowedUrls = ['https://h/team']
    const url = 'https://H/team/shop.git#main'
    const job = await catalogue({ allowedUrls }).index({ url }, EVERY_REPOSITORY)
    expect(job).toMatchObject({ repository: 'shop', state: 'queued' })
    expect(
      (await catalogue({ allowedUrls }).index({ url: 'https://h/team/shop.git/#main', force: true }, EVERY_REPOSITORY))
        .id,
    ).toBe(job.id)
    const listed = await catalogue().list(EVERY_REPOSITORY)
    expect(listed).toMatchObject([{ name: 'shop', source: 'https://h/team/shop.git', branch: 'main' }])
    await catalogue({ allowedUrls }).index({ url: 'https://h/team/shop.git' }, EVERY_REPOSITORY)
    expect((await catalogue().list(EVERY_REPOSITORY)).find(({ name }) => name !== 'shop')).not.toHaveProperty('branch')
  })

  test('gives a URL the requested name, or one made of its path and branch', async () => {
    const allowedUrls = ['https://h']
    const named = []
    for (const source of [
      { url: 'https://h/a/app', name: 'mine' },
      { url: 'https://h/b/app' },
      { url: 'https://h/b/app#v1/x' },
      { url: 'https://h/b/app#v2' },
      { url: 'https://h/c/b/app#v2' },
    ]) {
      named.push((await catalogue({ allowedUrls }).index(source, EVERY_REPOSITORY)).repository)
    }
    expect(named).toEqual(['mine', 'app', 'b-app', 'app-v2', 'b-app-v2'])
  })

  test('refuses a URL that is not allowed, unless it is already indexed', async () => {
    const url = 'https://h/team/app.git'
    await catalogue({ allowedUrls: ['https://h/team'] }).index({ url }, EVERY_REPOSITORY)
    expect(await catalogue().index({ url }, EVERY_REPOSITORY)).toMatchObject({ repository: 'app' })
    for (const other of [
      'https://h/teams/app.git',
      'http://h/team/app.git',
      'https://169.254.169.254/latest',
      `${url}#x`,
    ]) {
      const allowedUrls = other === `${url}#x` ? [] : ['https://h/team']
      await expect(catalogue({ allowedUrls }).index({ url: other }, EVERY_REPOSITORY)).rejects.toMatchObject({
        code: 'url_not_allowed',
        message: expect.stringContaining(other),
        remedy: expect.stringContaining('GIT_ALLOWED_URLS'),
      })
    }
  })

  test('requests runs of a pushed branch, by any of its URLs, and of no other branch or repository', async () => {
    const parts = { allowedUrls: ['https://h'] }
    for (const url of ['https://h/team/app.git', 'https://h/team/app#release', 'https://h/team/other']) {
      await catalogue(parts).index({ url }, EVERY_REPOSITORY)
    }
    await catalogue().index({ path: await folder('app') }, EVERY_REPOSITORY)
    await database().query('delete from job')
    const pushed = async (ref: string, urls: string[], defaultBranch?: string) => {
      const jobs = await catalogue().pushed({ urls, ref, ...(defaultBranch === undefined ? {} : { defaultBranch }) })
      return jobs.map(({ repository }) => repository)
    }
    const urls = ['git://h/team/app.git', 'git@h:Team/App.git', 'no url']
    expect(await pushed('refs/heads/main', urls, 'main')).toEqual(['app'])
    expect(await pushed('refs/heads/topic', urls, 'main')).toEqual([])
    expect(await pushed('refs/heads/topic', urls)).toEqual(['app'])
    expect(await pushed('refs/heads/release', urls, 'main')).toEqual(['team-app'])
    expect(await pushed('refs/tags/release', urls, 'main')).toEqual(['team-app'])
    expect(await pushed('refs/heads/main', ['https://elsewhere/team/app'], 'main')).toEqual([])
  })

  test.each([
    ['a URL with a password', { url: 'https://me:secret@example.com/app.git' }, 'source_unsupported'],
    ['a file by URL', { url: 'file:///etc' }, 'source_unsupported'],
    ['nothing', {}, 'request_invalid'],
  ])('refuses %s', async (_, source, code) => {
    const fault = catalogue().index(source, EVERY_REPOSITORY)
    await expect(fault).rejects.toMatchObject({ code })
    await expect(fault).rejects.not.toThrow('secret')
  })

  test('refuses a missing path, a file and an empty folder, each by name', async () => {
    const path = await folder('app')
    const empty = join(root, 'empty')
    await mkdir(empty)
    const faults: [string, string][] = [
      [join(root, 'nowhere'), 'path_not_found'],
      [join(path, 'file.txt'), 'path_not_a_folder'],
      [empty, 'folder_empty'],
    ]
    for (const [bad, code] of faults) {
      await expect(catalogue().index({ path: bad }, EVERY_REPOSITORY)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(JSON.stringify(bad)),
      })
    }
    expect(await catalogue().list(EVERY_REPOSITORY)).toEqual([])
  })

  test('refuses a path outside the roots, whether it exists or not, also behind a link', async () => {
    const link = join(root, 'link')
    await symlink(tmpdir(), link)
    for (const path of [tmpdir(), `${root}-nowhere`, `${root}/../..`, link]) {
      await expect(catalogue().index({ path }, EVERY_REPOSITORY)).rejects.toMatchObject({
        code: 'path_not_allowed',
      })
    }
    await expect(catalogue({ roots: [] }).index({ path: root }, EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'path_not_allowed',
    })
  })

  test.skipIf(asRoot)('refuses a folder that it may not read', async () => {
    const path = await folder('app')
    await chmod(path, 0)
    await expect(catalogue().index({ path }, EVERY_REPOSITORY)).rejects.toMatchObject({
      code: 'path_unreadable',
    })
    await chmod(path, 0o700)
  })

  describe('for a caller with a limited scope', () => {
    const SOME = new RepositoryScope(['app', 'new-*'])
    const refusalOf = async (source: Source) => {
      const { code, message, remedy } = await catalogue({ allowedUrls: ['https://h/team'] })
        .index(source, SOME)
        .catch((error) => error)
      return `${code}: ${message}. ${remedy}`
    }

    test('updates what is in the scope, also through a link', async () => {
      const { id } = await catalogue().index({ path: await folder('app') }, EVERY_REPOSITORY)
      await symlink(join(root, 'app'), join(root, 'link'))
      expect((await catalogue().index({ path: join(root, 'link'), force: true }, SOME)).id).toBe(id)
    })

    test('adds nothing: a nested folder, or a URL, could reveal what is outside', async () => {
      await catalogue().index({ path: await folder('secret') }, EVERY_REPOSITORY)
      await folder('secret', 'new-folder')
      expect(await refusalOf({ path: join(root, 'secret', 'new-folder') })).toContain('path_not_allowed')
      expect(await refusalOf({ url: 'https://h/team/new-repository.git' })).toContain('url_not_allowed')
      expect(await catalogue().list(EVERY_REPOSITORY)).toMatchObject([{ name: 'secret' }])
    })

    test('answers alike what is outside, new, missing and forbidden', async () => {
      const sources = [await folder('secret'), await folder('fresh'), join(root, 'missing'), '/etc']
      await catalogue().index({ path: join(root, 'secret') }, EVERY_REPOSITORY)
      const refusals = await Promise.all(sources.map(async (path) => (await refusalOf({ path })).replace(path, 'PATH')))
      expect(new Set(refusals)).toEqual(
        new Set([
          'path_not_allowed: "PATH" is not the source of a repository that this token covers. Use a source that ' +
            'list_repositories shows; others are added with a token for all repositories',
        ]),
      )
    })

    test('lists the newest jobs of the scope, however many there are outside', async () => {
      const { id } = await catalogue().index({ path: await folder('app') }, EVERY_REPOSITORY)
      for (let at = 0; at < 60; at++) {
        await catalogue().index({ path: await folder(`other-${at}`) }, EVERY_REPOSITORY)
      }
      expect((await catalogue().jobs(SOME)).map((job) => job.id)).toEqual([id])
    })
  })
})
