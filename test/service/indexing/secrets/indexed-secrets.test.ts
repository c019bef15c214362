import { hash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../../service/access/repository-scope.ts'
import { createAnalyser } from '../../../../service/indexing/analyser/analyser.ts'
import { folderTree } from '../../../../service/indexing/files/folder-tree.ts'
import { indexOutdated, indexVersion } from '../../../../service/indexing/index-version.ts'
import { runIndex } from '../../../../service/indexing/runs/run.ts'
import { shownIn } from '../../../../service/indexing/secrets/shown-here.ts'
import type { OpenTree } from '../../../../service/indexing/tree.ts'
import { parseShownSecrets } from '../../../../service/shown-secrets.ts'
import { readContents } from '../../../../service/store/contents.ts'
import { recentJobs } from '../../../../service/store/jobs.ts'
import { insertRepository, liveRepositories } from '../../../../service/store/repositories.ts'
import { GitServer } from '../../../fakes/git-server.ts'
import { describeOnEachEngine, SILENT } from '../../store/each-engine.ts'
import { LIVE, remotesWith } from '../git/opened-tree.ts'
import { claimed, ended, rowCounts, visibleTexts } from '../index-state.ts'
import { temporaryFolder, writeInto } from '../temporary-folder.ts'
import { NOBODY } from '../walked.ts'
import { CANARIES } from './canaries.ts'

const server = new GitServer()
beforeAll(() => server.start())
afterAll(() => server.stop())

const TOKEN = `ghp_${'R8sK2mVx7QpL4tYw9ZbN3cHf6JdG1aEu5XoP'}`
const FILES = {
  'deploy.py': `DEPLOY_TOKEN = "${TOKEN}"`,
  'plain.py': 'def plain_neighbour(value): return value',
  '.env': 'PAYMENT_PASSWORD=hunter-in-the-rye',
  '.env.example': 'PAYMENT_PASSWORD=',
  'keys/id_ed25519': 'secret',
}
const MASKED = {
  'deploy.py': 'DEPLOY_TOKEN = "[masked: github-pat]"',
  'plain.py': FILES['plain.py'],
  '.env.example': FILES['.env.example'],
}

let repositories = 0

function onServer(): string {
  const name = `shop-${++repositories}`
  server.create(name, FILES)
  return server.url(name)
}

describeOnEachEngine('The index of a repository with secrets', (database) => {
  const registered = async (source: string) => {
    const name = `secrets-${++repositories}`
    return { name, id: (await insertRepository(database(), name, source)) as number }
  }

  const indexed = async ({ id }: { id: number }, openTree: OpenTree, shown: readonly string[] = []) => {
    const analyser = createAnalyser({ threads: 1 })
    onTestFinished(() => analyser.close())
    const parts = { database: database(), analyser, openTree, log: SILENT, maxFileBytes: 1e6 }
    const job = await claimed(database(), id)
    try {
      return await runIndex({ ...parts, shownSecrets: parseShownSecrets(shown) }, job, LIVE, () => {})
    } finally {
      await ended(database(), job)
    }
  }

  const summary = async ({ id }: { id: number }) =>
    (await liveRepositories(database(), EVERY_REPOSITORY)).find((row) => row.id === id)

  const folder: OpenTree = async (source) => folderTree(source, NOBODY)
  const remote: OpenTree = (source, ...rest) => remotesWith().openTree(source, ...rest)

  test('contains neither secret files nor secrets in texts, and counts both', async () => {
    const repository = await registered(temporaryFolder(FILES))
    const { progress } = await indexed(repository, folder)
    expect(await visibleTexts(database(), repository.id)).toEqual(MASKED)
    expect(progress).toMatchObject({ skipped: { secret: 2 }, masked: { 'github-pat': 1 } })
    expect(await summary(repository)).toMatchObject({ skipped: { secret: 2 }, masked: { 'github-pat': 1 } })
  })

  test('is the same for a repository on a git server', async () => {
    const repository = await registered(onServer())
    await indexed(repository, remote)
    expect(await visibleTexts(database(), repository.id)).toEqual(MASKED)
    expect(await summary(repository)).toMatchObject({ skipped: { secret: 2 }, masked: { 'github-pat': 1 } })
  })

  test('contains no text of any kind of secret', async () => {
    const files = CANARIES.map(({ text }, number) => [`${number}.txt`, text] as const)
    const repository = await registered(temporaryFolder(Object.fromEntries(files)))
    await indexed(repository, folder)
    const hashes = await database().query<{ hash: string }>(`select encode(hash, 'hex') as hash from content`)
    const contents = await readContents(
      database(),
      hashes.map(({ hash }) => hash),
    )
    const rows = await database().query<{ row: string }>(
      `select chunk.symbol as row from chunk where chunk.symbol is not null
       union all select encode(data, 'escape') from posting_block
       union all select first_term from posting_block`,
    )
    const shown = [...contents.values(), ...rows.map(({ row }) => row)].join('\n').toLowerCase()
    for (const { name, secrets } of CANARIES) {
      expect([name, secrets.filter((secret) => shown.includes(secret.toLowerCase()))]).toEqual([name, []])
    }
    expect((await summary(repository))?.masked).toMatchObject({ 'github-pat': 1, 'private-key': 8 })
  })

  test('counts what its files contain, not what changed last', async () => {
    const root = temporaryFolder(FILES)
    const repository = await registered(root)
    await indexed(repository, folder)
    writeInto(root, 'plain.py', 'def other(): return 2')
    await indexed(repository, folder)
    expect(await summary(repository)).toMatchObject({ masked: { 'github-pat': 1 } })
    rmSync(join(root, 'deploy.py'))
    await indexed(repository, folder)
    expect(await summary(repository)).toMatchObject({ masked: {} })
  })

  test('does not change if only a secret does', async () => {
    const root = temporaryFolder(FILES)
    const repository = await registered(root)
    await indexed(repository, folder)
    writeInto(root, 'deploy.py', `DEPLOY_TOKEN = "ghp_${'Zx1sK2mVx7QpL4tYw9ZbN3cHf6JdG1aEu5Xo'}"`)
    const { progress } = await indexed(repository, folder)
    expect(progress).toMatchObject({ filesTotal: 3, filesUnchanged: 3, chunks: 0 })
    expect(await summary(repository)).toMatchObject({ masked: { 'github-pat': 1 } })
  })

  test.each([
    ['a folder', folder, () => temporaryFolder(FILES)],
    ['a git server', remote, onServer],
  ])('is masked by the next run over %s if it is older, and nothing unmasked is left', async (_, open, make) => {
    const repository = await registered(make())
    await indexed(repository, open, [repository.name])
    expect(await visibleTexts(database(), repository.id)).toEqual(FILES)
    await database().query('update repository set secret_rules = null where id = $1', [repository.id])
    await indexed(repository, open)
    expect(await visibleTexts(database(), repository.id)).toEqual(MASKED)
    expect(await rowCounts(database(), repository.id)).toMatchObject({ files: 3, segments: 1, lostContents: 0 })
    expect((await indexed(repository, open)).progress).toMatchObject({ filesUnchanged: 3, chunks: 0 })
  })

  test('is checked again when the setting changes, and shows what the setting names', async () => {
    const repository = await registered(temporaryFolder(FILES))
    await indexed(repository, folder)
    await indexed(repository, folder, [`${repository.name}:*.env`, `sha256:${hash('sha256', TOKEN)}`])
    expect(await visibleTexts(database(), repository.id)).toEqual({
      ...MASKED,
      'deploy.py': FILES['deploy.py'],
      '.env': FILES['.env'],
    })
    expect(await summary(repository)).toMatchObject({ skipped: { secret: 1 }, masked: {} })
    await indexed(repository, folder, ['another'])
    expect(await visibleTexts(database(), repository.id)).toEqual(MASKED)
  })

  test('is requested once by a process that starts with other rules', async () => {
    const repository = await registered(temporaryFolder(FILES))
    const version = (name: string) => indexVersion(shownIn(name, { places: [], fingerprints: [] }))
    const jobs = async () =>
      (await recentJobs(database(), EVERY_REPOSITORY, 100)).filter((job) => job.state === 'queued')
    await indexed(repository, folder, [repository.name])
    await indexOutdated(database(), (name) => (name === repository.name ? version(name) : 'none'))
    expect((await jobs()).map((job) => job.repository)).toContain(repository.name)
    await database().query(`delete from job where state = 'queued'`)
    await indexed(repository, folder)
    await indexOutdated(database(), version)
    expect((await jobs()).map((job) => job.repository)).not.toContain(repository.name)
    await database().query(`delete from job where state = 'queued'`)
  })

  test('is requested by a process that starts with another format and the same rules', async () => {
    const repository = await registered(temporaryFolder(FILES))
    const version = (name: string) => indexVersion(shownIn(name, { places: [], fingerprints: [] }))
    await indexed(repository, folder)
    await indexOutdated(database(), (name) => version(name).replace(/^\d+/, '0'))
    const jobs = await recentJobs(database(), EVERY_REPOSITORY, 100)
    expect(jobs).toContainEqual(expect.objectContaining({ state: 'queued', repository: repository.name }))
    await database().query(`delete from job where state = 'queued'`)
  })
})
