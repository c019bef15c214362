import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../../service/access/repository-scope.ts'
import { startWatch } from '../../../../service/indexing/watch/watch.ts'
import type { FolderParts } from '../../../../service/indexing/watch/watched-folder.ts'
import type { Database } from '../../../../service/store/database.ts'
import { type ClaimedJob, claimJob, enqueueJob, finishJob } from '../../../../service/store/jobs.ts'
import { insertRepository, liveRepositories } from '../../../../service/store/repositories.ts'
import { describeOnEachEngine, SILENT } from '../../store/each-engine.ts'
import { temporaryFolder, writeInto } from '../temporary-folder.ts'
import { NOBODY } from '../walked.ts'

const FAULT = { code: 'path_not_found', message: 'There is no folder', remedy: 'Check the path' }
let names = 0

describeOnEachEngine('The watch over folders', (database) => {
  async function watching(files: Record<string, string>, parts: Partial<FolderParts> = {}) {
    await database().query('delete from job')
    await database().query('delete from repository')
    const root = join(temporaryFolder(), 'project')
    for (const [path, text] of Object.entries(files)) writeInto(root, path, text)
    const id = (await insertRepository(database(), `watched-${++names}`, root)) as number
    const settings = { mode: 'auto', intervalMs: 50 } as const
    const watch = startWatch({ database: database(), settings, user: NOBODY, log: SILENT, onAsked: () => {}, ...parts })
    onTestFinished(() => watch.close())
    await expect.poll(() => shown(database(), id)).toMatchObject({ watch: {} })
    return { id, root, watch }
  }

  test('requests a full scan of a folder first, and then runs over changes', async () => {
    const { root } = await watching({ 'a.ts': 'a' })
    expect((await done(database())).paths).toEqual([''])
    writeInto(root, 'a.ts', 'changed')
    writeInto(root, 'src/new.ts', 'new')
    expect((await done(database())).paths?.toSorted()).toEqual(['a.ts', 'src'])
  })

  test.each([
    ['events', 'auto', undefined],
    ['polling', 'poll', ['']],
  ] as const)(
    'that starts, by %s, before the full scan of a run requests what that may miss',
    async (_, mode, asked) => {
      await database().query('delete from job')
      await database().query('delete from repository')
      const settings = { mode, intervalMs: 50 }
      const watch = startWatch({ database: database(), settings, user: NOBODY, log: SILENT, onAsked: () => {} })
      onTestFinished(() => watch.close())
      // The watch has looked for repositories by now, and only finds this one two seconds later.
      await delay(200)
      const root = join(temporaryFolder(), 'project')
      writeInto(root, 'a.ts', 'a')
      const id = (await insertRepository(database(), `watched-${++names}`, root)) as number
      await enqueueJob(database(), id, 'index')
      const job = await taken(database())
      await watch.before({ id, name: job.repository, source: root })
      await finishJob(database(), job, { state: 'succeeded', progress: {} })
      await delay(700)
      const next = await claimJob(database(), 'index', 30_000)
      expect(next?.paths).toEqual(asked)
      if (next !== undefined) await finishJob(database(), next, { state: 'succeeded', progress: {} })
      writeInto(root, 'late.ts', 'late')
      expect((await done(database())).paths).toEqual(['late.ts'])
    },
  )

  test('that has begun when a run is about to look at all asks for no second look', async () => {
    await database().query('delete from job')
    await database().query('delete from repository')
    const root = join(temporaryFolder(), 'project')
    writeInto(root, 'a.ts', 'a')
    const id = (await insertRepository(database(), `watched-${++names}`, root)) as number
    await enqueueJob(database(), id, 'index')
    const job = await taken(database())
    const settings = { mode: 'auto', intervalMs: 50 } as const
    const watch = startWatch({ database: database(), settings, user: NOBODY, log: SILENT, onAsked: () => {} })
    onTestFinished(() => watch.close())
    await expect.poll(() => shown(database(), id)).toMatchObject({ watch: {} })
    await watch.before({ id, name: job.repository, source: root })
    await finishJob(database(), job, { state: 'succeeded', progress: {} })
    await delay(700)
    expect(await claimJob(database(), 'index', 30_000)).toBeUndefined()
    writeInto(root, 'late.ts', 'late')
    expect((await done(database())).paths).toEqual(['late.ts'])
  })

  test('requests one run for a burst of changes', async () => {
    const { root } = await watching({ 'a.ts': 'a' })
    await done(database())
    for (let number = 0; number < 200; number++) writeInto(root, `part${number % 7}/${number}.ts`, 'x')
    const { paths = [] } = await done(database())
    expect(paths.length).toBeGreaterThan(0)
    await delay(700)
    const left = await claimJob(database(), 'index', 30_000)
    expect(left?.paths?.every((path) => path.startsWith('part')) ?? true).toBe(true)
  })

  test('requests nothing while an ignored folder is written to', async () => {
    const { root } = await watching({ '.gitignore': 'build/\n', 'a.ts': 'a', 'build/out.js': 'x' })
    await done(database())
    for (let round = 0; round < 50; round++) {
      writeInto(root, `build/${round}.js`, 'x')
      await delay(5)
    }
    await delay(400)
    expect(await claimJob(database(), 'index', 30_000)).toBeUndefined()
  })

  test('waits until git has released its lock', async () => {
    const { root } = await watching({ 'a.ts': 'a', '.git/HEAD': 'ref: refs/heads/main\n' })
    await done(database())
    const lock = join(root, '.git/index.lock')
    writeFileSync(lock, '')
    writeInto(root, 'a.ts', 'changed')
    await delay(500)
    expect(await claimJob(database(), 'index', 30_000)).toBeUndefined()
    rmSync(lock)
    expect((await done(database())).paths).toContain('a.ts')
  })

  test.each([
    ['an hour old', -3600],
    ['an hour in the future', 3600],
  ])('does not wait for a lock that is %s, which git has left behind', async (_, seconds) => {
    const { root } = await watching({ 'a.ts': 'a', '.git/HEAD': 'ref: refs/heads/main\n' })
    await done(database())
    const lock = join(root, '.git/index.lock')
    writeFileSync(lock, '')
    utimesSync(lock, Date.now() / 1000 + seconds, Date.now() / 1000 + seconds)
    writeInto(root, 'a.ts', 'changed')
    expect((await done(database())).paths).toContain('a.ts')
  })

  test('requests another run for changes during a run', async () => {
    const { root } = await watching({ 'a.ts': 'a' })
    const job = await taken(database())
    writeInto(root, 'a.ts', 'changed')
    await delay(400)
    await finishJob(database(), job, { state: 'succeeded', progress: {} })
    expect((await done(database())).paths).toEqual(['a.ts'])
  })

  test('lets the run of a missing folder fail, and has all of it indexed when it is back', async () => {
    const { id, root } = await watching({ 'a.ts': 'a' })
    await done(database())
    renameSync(root, `${root}-away`)
    const failed = await taken(database())
    await finishJob(database(), failed, { state: 'failed', progress: {}, fault: FAULT })
    expect(await shown(database(), id)).toMatchObject({ fault: FAULT })
    expect(await shown(database(), id)).not.toHaveProperty('watch')
    await delay(2500)
    expect(await claimJob(database(), 'index', 30_000)).toBeUndefined()
    renameSync(`${root}-away`, root)
    const again = await done(database())
    expect(again.paths).toBeUndefined()
    expect(await shown(database(), id)).not.toHaveProperty('fault')
    writeInto(root, 'b.ts', 'b')
    expect((await done(database())).paths).toContain('b.ts')
  })

  test('polls if there are no events, and says why', async () => {
    const limit = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
    const { id, root } = await watching({ 'a.ts': 'a' }, { openEvents: () => Promise.reject(limit) })
    expect((await shown(database(), id))?.watch).toEqual({
      by: 'polling',
      everySeconds: 0.05,
      reason: 'The limit of watched folders is reached: raise fs.inotify.max_user_watches',
    })
    await done(database())
    await delay(300)
    mkdirSync(join(root, 'src'))
    writeInto(root, 'src/new.ts', 'new')
    expect((await done(database())).paths).toEqual(['src/new.ts'])
  })

  test('of a folder ends once it is closed', async () => {
    const { id, watch } = await watching({ 'a.ts': 'a' })
    await watch.close()
    expect(await shown(database(), id)).not.toHaveProperty('watch')
  })

  test('closes although it is still looking for what to watch in a large folder', async () => {
    await database().query('delete from job')
    await database().query('delete from repository')
    const root = temporaryFolder({ 'a.ts': 'a' })
    await insertRepository(database(), `watched-${++names}`, root)
    const looks = Promise.withResolvers<void>()
    const openEvents: FolderParts['openEvents'] = (_, __, signal) => {
      looks.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const settings = { mode: 'auto', intervalMs: 50 } as const
    const parts = { database: database(), settings, user: NOBODY, log: SILENT, onAsked: () => {}, openEvents }
    const watch = startWatch(parts)
    await looks.promise
    await watch.close()
    const [row] = await liveRepositories(database(), EVERY_REPOSITORY)
    expect(row).not.toHaveProperty('watch')
  })

  test.each(['-', '+'])('is only reported if its process was heard of lately, not %s an hour', async (sign) => {
    const { id } = await watching({ 'a.ts': 'a' })
    await database().query(`update repository set watched_at = now() ${sign} interval '1 hour' where id = $1`, [id])
    expect(await shown(database(), id)).not.toHaveProperty('watch')
  })

  test('turns a run over changes into a full one if somebody requests that meanwhile', async () => {
    const { id } = await watching({ 'a.ts': 'a' })
    const job = await taken(database())
    const asked = await enqueueJob(database(), id, 'index')
    expect(asked.id).toBe(job.id)
    expect(await finishJob(database(), job, { state: 'succeeded', progress: {} })).toBe(false)
    const again = await taken(database())
    expect(again).toMatchObject({ id: job.id, ofChanges: false, attempts: 1 })
    expect(await finishJob(database(), again, { state: 'succeeded', progress: {} })).toBe(true)
  })
})

async function shown(database: Database, id: number) {
  return (await liveRepositories(database, EVERY_REPOSITORY)).find((row) => row.id === id)
}

async function taken(database: Database): Promise<ClaimedJob> {
  const ends = performance.now() + 20_000
  while (performance.now() < ends) {
    const job = await claimJob(database, 'index', 30_000)
    if (job !== undefined) return job
    await delay(20)
  }
  throw new Error('No run was asked for')
}

/** Takes the next job and finishes it immediately. */
async function done(database: Database): Promise<ClaimedJob> {
  const job = await taken(database)
  await finishJob(database, job, { state: 'succeeded', progress: {} })
  return job
}
