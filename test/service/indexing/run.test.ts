import { expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { Progress } from '../../../service/indexing/contract.ts'
import { runIndex } from '../../../service/indexing/runs/run.ts'
import { INDEX_FORMAT } from '../../../service/lexical/index-format.ts'
import type { Database } from '../../../service/store/database.ts'
import { sweepRemoved } from '../../../service/store/generations.ts'
import { LeaseLost } from '../../../service/store/jobs.ts'
import { hideRepository, liveRepositories, repositoryState } from '../../../service/store/repositories.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { FolderInMemory } from './folder-in-memory.ts'
import { claimed, ended, newRepository, rowCounts, visibleTexts } from './index-state.ts'

const LIVE = new AbortController().signal

async function indexOnce(
  database: Database,
  folder: FolderInMemory,
  repositoryId: number,
  { force = false, onProgress = () => {} }: { force?: boolean; onProgress?: (progress: Progress) => void } = {},
) {
  const job = await claimed(database, repositoryId, force)
  try {
    const parts = { database, ...folder.parts, log: SILENT, maxFileBytes: 1000 }
    return await runIndex(parts, job, LIVE, onProgress)
  } finally {
    await ended(database, job)
  }
}

const threeFiles = () => {
  const folder = new FolderInMemory()
  folder.write('a.txt', 'alpha\nbeta')
  folder.write('src/b.txt', 'gamma')
  folder.write('c.txt', 'gamma')
  return folder
}

describeOnEachEngine('An index run', (database) => {
  test('shows the files of the folder with their counts and commit', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    const outcome = await indexOnce(database(), folder, id)
    expect(await visibleTexts(database(), id)).toEqual(folder.texts())
    expect(outcome).toMatchObject({ state: 'succeeded', progress: { filesTotal: 3, filesDone: 3, chunks: 4 } })
    const repository = (await liveRepositories(database(), EVERY_REPOSITORY)).find((row) => row.id === id)
    expect(repository).toMatchObject({ files: 3, chunks: 4, bytes: 20, commit: 'c0ffee', skipped: {} })
    expect(repository?.indexedAt).toBeInstanceOf(Date)
  })

  test('analyses only what changed and keeps the rest', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    folder.analysed.length = 0
    folder.write('a.txt', 'delta')
    folder.touch('c.txt')
    folder.files.delete('src/b.txt')
    const { progress } = await indexOnce(database(), folder, id)
    expect(folder.analysed).toEqual(['a.txt'])
    expect(progress).toMatchObject({ filesTotal: 2, filesDone: 2, filesUnchanged: 1, filesRemoved: 1 })
    expect(await visibleTexts(database(), id)).toEqual({ 'a.txt': 'delta', 'c.txt': 'gamma' })
  })

  test('reads a touched file once and then knows its new stamp', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    folder.touch('a.txt')
    expect((await indexOnce(database(), folder, id)).progress.filesUnchanged).toBe(3)
    folder.analyser.analyse = () => Promise.reject(new Error('nothing is left to analyse'))
    expect((await indexOnce(database(), folder, id)).progress.filesUnchanged).toBe(3)
  })

  test('keeps the generation if nothing changed', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    const generation = async () =>
      (await liveRepositories(database(), EVERY_REPOSITORY)).find((row) => row.id === id)?.generation
    await indexOnce(database(), folder, id)
    const before = await generation()
    folder.commit = 'facade'
    await indexOnce(database(), folder, id)
    expect(await generation()).toBe(before)
    expect((await liveRepositories(database(), EVERY_REPOSITORY)).find((row) => row.id === id)?.commit).toBe('facade')
  })

  test('analyses everything again if forced, and sweeps what it replaces', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    const before = await rowCounts(database(), id)
    folder.analysed.length = 0
    await indexOnce(database(), folder, id, { force: true })
    expect(folder.analysed).toEqual(['a.txt', 'src/b.txt', 'c.txt'])
    expect(await rowCounts(database(), id)).toEqual(before)
    expect(before).toEqual({ files: 3, segments: 1, chunks: 4, lostChunks: 0, lostContents: 0 })
  })

  test('analyses everything again if an older version of the service has indexed it', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    await database().query(`update repository set secret_rules = replace(secret_rules, $2, '0:') where id = $1`, [
      id,
      `${INDEX_FORMAT}:`,
    ])
    folder.analysed.length = 0
    await indexOnce(database(), folder, id)
    expect(folder.analysed).toEqual(['a.txt', 'src/b.txt', 'c.txt'])
    await indexOnce(database(), folder, id)
    expect(folder.analysed).toHaveLength(3)
  })

  test('answers from the first files while a first run continues', async () => {
    const folder = new FolderInMemory()
    folder.write('first.txt', 'x'.repeat(600_000))
    folder.write('second.txt', 'y'.repeat(600_000))
    const id = await newRepository(database())
    const early = Promise.withResolvers<string[]>()
    const { analyse } = folder.analyser
    folder.analyser.analyse = async (batch, signal) => {
      if (batch.files[0]?.path === 'second.txt') await early.promise
      return analyse(batch, signal)
    }
    await indexOnce(database(), folder, id, {
      onProgress: ({ phase, filesDone }) => {
        if (phase !== 'analysing' || filesDone !== 1) return
        visibleTexts(database(), id).then((texts) => early.resolve(Object.keys(texts)), early.reject)
      },
    })
    expect(await early.promise).toEqual(['first.txt'])
    expect(Object.keys(await visibleTexts(database(), id))).toEqual(['first.txt', 'second.txt'])
  })

  test('ends partially, naming the files that it could not read', async () => {
    const folder = threeFiles()
    folder.skippedByWalk.set('node_modules', 'ignored')
    folder.skippedByWalk.set('secret.txt', 'unreadable')
    folder.skippedByAnalysis.set('c.txt', 'unparsable')
    const id = await newRepository(database())
    const outcome = await indexOnce(database(), folder, id)
    expect(outcome).toMatchObject({
      state: 'partial',
      progress: {
        skipped: { ignored: 1, unreadable: 1, unparsable: 1 },
        failures: [
          { path: 'secret.txt', reason: 'unreadable' },
          { path: 'c.txt', reason: 'unparsable' },
        ],
      },
    })
    expect(Object.keys(await visibleTexts(database(), id))).toEqual(['a.txt', 'src/b.txt'])
  })

  test('drops a file from the index once it cannot be indexed any more', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    folder.touch('a.txt')
    folder.skippedByAnalysis.set('a.txt', 'binary')
    await indexOnce(database(), folder, id)
    expect(Object.keys(await visibleTexts(database(), id)).toSorted()).toEqual(['c.txt', 'src/b.txt'])
  })

  test('keeps a file that it temporarily cannot read', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    const before = folder.texts()
    folder.files.delete('src/b.txt')
    folder.skippedByWalk.set('src', 'unreadable')
    folder.touch('a.txt')
    folder.skippedByAnalysis.set('a.txt', 'unreadable')
    expect(await indexOnce(database(), folder, id)).toMatchObject({ state: 'partial', progress: { filesRemoved: 0 } })
    expect(await visibleTexts(database(), id)).toEqual(before)
  })

  test('refuses a folder without files', async () => {
    const id = await newRepository(database())
    await expect(indexOnce(database(), new FolderInMemory(), id)).rejects.toMatchObject({ code: 'folder_empty' })
  })

  test('refuses a folder in which nothing can be indexed, and says why', async () => {
    const folder = new FolderInMemory()
    folder.write('a.bin', 'x')
    folder.skippedByAnalysis.set('a.bin', 'binary')
    folder.skippedByWalk.set('b.bin', 'too_large')
    const id = await newRepository(database())
    await expect(indexOnce(database(), folder, id)).rejects.toMatchObject({
      code: 'nothing_to_index',
      message: expect.stringContaining('1 too_large, 1 binary'),
    })
  })

  test('keeps the index if the folder has become empty', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    const before = folder.texts()
    folder.files.clear()
    await expect(indexOnce(database(), folder, id)).rejects.toMatchObject({ code: 'folder_empty' })
    expect(await visibleTexts(database(), id)).toEqual(before)
  })

  test('stops without publishing if another worker has taken its job', async () => {
    const folder = threeFiles()
    const id = await newRepository(database())
    await indexOnce(database(), folder, id)
    const before = folder.texts()
    folder.write('a.txt', 'replaced')
    const job = await claimed(database(), id)
    await ended(database(), job)
    const parts = { database: database(), ...folder.parts, log: SILENT, maxFileBytes: 1000 }
    await expect(runIndex(parts, job, LIVE, () => {})).rejects.toBeInstanceOf(LeaseLost)
    expect(await visibleTexts(database(), id)).toEqual(before)
  })

  test('joins the files of many small segments', async () => {
    const folder = new FolderInMemory()
    const id = await newRepository(database())
    for (let run = 0; run < 9; run++) {
      folder.write(`file-${run}.txt`, `line ${run}`)
      await indexOnce(database(), folder, id)
    }
    expect((await rowCounts(database(), id)).segments).toBe(9)
    await indexOnce(database(), folder, id)
    expect((await rowCounts(database(), id)).segments).toBe(1)
    expect(await visibleTexts(database(), id)).toEqual(folder.texts())
  })

  test('keeps texts that another repository shares when one is removed, and nothing else', async () => {
    const folder = threeFiles()
    const ids = [await newRepository(database()), await newRepository(database())] as const
    for (const id of ids) await indexOnce(database(), folder, id)
    const name = (await liveRepositories(database(), EVERY_REPOSITORY)).find(({ id }) => id === ids[0])?.name as string
    expect(await hideRepository(database(), name)).toBe(ids[0])
    await sweepRemoved(database())
    expect(await rowCounts(database(), ids[0])).toEqual({
      files: 0,
      segments: 0,
      chunks: 0,
      lostChunks: 0,
      lostContents: 0,
    })
    expect(await repositoryState(database(), ids[0])).toBeUndefined()
    expect(await visibleTexts(database(), ids[1])).toEqual(folder.texts())
  })
})
