import { expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { runIndex } from '../../../service/indexing/runs/run.ts'
import type { Database } from '../../../service/store/database.ts'
import { claimJob, enqueueChanges, finishJob } from '../../../service/store/jobs.ts'
import { liveRepositories } from '../../../service/store/repositories.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { FolderInMemory } from './folder-in-memory.ts'
import { newRepository, visibleTexts } from './index-state.ts'

async function indexed(database: Database, folder: FolderInMemory) {
  const id = await newRepository(database)
  const run = async (paths: readonly string[]) => {
    await enqueueChanges(database, id, paths)
    const job = await claimJob(database, 'index', 30_000)
    if (job?.repositoryId !== id) throw new Error('Another job was open')
    folder.looked.length = 0
    folder.analysed.length = 0
    const parts = { database, ...folder.parts, log: SILENT, maxFileBytes: 1000 }
    try {
      return await runIndex(parts, job, new AbortController().signal, () => {})
    } finally {
      await finishJob(database, job, { state: 'succeeded', progress: {} })
    }
  }
  await run([''])
  const texts = () => visibleTexts(database, id)
  const row = async () => (await liveRepositories(database, EVERY_REPOSITORY)).find((each) => each.id === id)
  return { run, texts, row }
}

const folderOf = (files: Record<string, string>) => {
  const folder = new FolderInMemory()
  for (const [path, text] of Object.entries(files)) folder.write(path, text)
  return folder
}

describeOnEachEngine('A run over changes', (database) => {
  test('looks only at the changed paths and keeps the rest', async () => {
    const folder = folderOf({ 'a.txt': 'alpha', 'src/b.txt': 'beta', 'src/c.txt': 'gamma' })
    const { run, texts } = await indexed(database(), folder)
    folder.write('a.txt', 'changed')
    folder.write('src/b.txt', 'changed, and not told')
    const { state, progress } = await run(['a.txt'])
    expect([state, progress]).toMatchObject(['succeeded', { filesTotal: 1, filesDone: 1 }])
    expect(folder.looked).toEqual(['a.txt'])
    expect(await texts()).toEqual({ 'a.txt': 'changed', 'src/b.txt': 'beta', 'src/c.txt': 'gamma' })
  })

  test('adds what is new and drops what is gone, files and folders', async () => {
    const folder = folderOf({ 'a.txt': 'alpha', 'old/b.txt': 'beta', 'old/in/c.txt': 'gamma', 'older.txt': 'delta' })
    const { run, texts } = await indexed(database(), folder)
    for (const path of ['old/b.txt', 'old/in/c.txt']) folder.files.delete(path)
    folder.write('new/b.txt', 'beta')
    const { progress } = await run(['old', 'new'])
    expect(progress).toMatchObject({ filesRemoved: 2 })
    expect(await texts()).toEqual({ 'a.txt': 'alpha', 'new/b.txt': 'beta', 'older.txt': 'delta' })
  })

  test('follows a file that becomes a folder, and back', async () => {
    const folder = folderOf({ 'a.txt': 'alpha', thing: 'file' })
    const { run, texts } = await indexed(database(), folder)
    folder.files.delete('thing')
    folder.write('thing/in.txt', 'inside')
    await run(['thing'])
    expect(await texts()).toEqual({ 'a.txt': 'alpha', 'thing/in.txt': 'inside' })
    folder.files.delete('thing/in.txt')
    folder.write('thing', 'file again')
    await run(['thing'])
    expect(await texts()).toEqual({ 'a.txt': 'alpha', thing: 'file again' })
  })

  test('records the commit, and keeps the list of what the last full run left out', async () => {
    const folder = folderOf({ 'a.txt': 'alpha', 'b.txt': 'beta' })
    folder.skippedByWalk.set('big.bin', 'too_large')
    const { run, row } = await indexed(database(), folder)
    folder.commit = 'decade'
    await run(['a.txt'])
    expect(await row()).toMatchObject({ commit: 'decade', skipped: { too_large: 1 } })
  })

  test('joins the files of many small segments, so that saves do not pile up', async () => {
    const folder = folderOf({ 'a.txt': 'alpha', 'b.txt': 'beta' })
    const { run, texts, row } = await indexed(database(), folder)
    for (let save = 0; save < 12; save++) {
      folder.write(`${save}.txt`, `save ${save}`)
      await run([`${save}.txt`])
    }
    expect(await texts()).toEqual(folder.texts())
    const [segments] = await database().query<{ count: number }>(
      'select count(*) from segment join repository on repository.id = repository_id where name = $1',
      [(await row())?.name],
    )
    expect(segments?.count).toBeLessThan(10)
  })

  test('shows what has changed before it joins small segments, and counts only that', async () => {
    const folder = folderOf({ 'a.txt': 'alpha' })
    const { run, texts } = await indexed(database(), folder)
    const { analyse } = folder.analyser
    const shown: Record<string, string>[] = []
    Object.assign(folder.analyser, {
      analyse: async (batch: Parameters<typeof analyse>[0], signal: AbortSignal) => {
        if (batch.files.length > 1) shown.push(await texts())
        return analyse(batch, signal)
      },
    })
    for (let save = 0; save < 12; save++) {
      folder.write(`${save}.txt`, `save ${save}`)
      const before = shown.length
      const { progress } = await run([`${save}.txt`])
      expect(progress).toMatchObject({ filesTotal: 1, filesDone: 1 })
      expect(shown.length > before ? shown.at(-1) : folder.texts()).toEqual(folder.texts())
    }
    expect(shown.length).toBeGreaterThan(0)
  })

  test('of everything looks at the whole folder before it gives up', async () => {
    const folder = folderOf({ 'a.txt': 'alpha' })
    const { run, texts } = await indexed(database(), folder)
    folder.files.delete('a.txt')
    await expect(run(['a.txt'])).rejects.toMatchObject({ code: 'folder_empty' })
    expect(await texts()).toEqual({ 'a.txt': 'alpha' })
    folder.write('moved.txt', 'alpha')
    await run(['a.txt'])
    expect(await texts()).toEqual({ 'moved.txt': 'alpha' })
  })
})
