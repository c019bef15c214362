import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { Fault } from '../../../service/errors.ts'
import type { Job } from '../../../service/indexing/contract.ts'
import type { RunJob, RunOutcome } from '../../../service/indexing/job.ts'
import { startWorker, type WorkerParts } from '../../../service/indexing/worker.ts'
import type { Database } from '../../../service/store/database.ts'
import { claimJob, enqueueJob, jobById } from '../../../service/store/jobs.ts'
import { migrate } from '../../../service/store/migrate.ts'
import { hideRepository, insertRepository, liveRepositories } from '../../../service/store/repositories.ts'
import { describeOnEachEngine, emptyEmbedded, SILENT } from '../store/each-engine.ts'
import { newRepository } from './index-state.ts'

const DONE: RunOutcome = { state: 'succeeded', progress: {} }
const done: RunJob = async () => DONE

/** Returns a job that reports its start and runs until the signal aborts. */
function endless() {
  const begun = Promise.withResolvers<void>()
  const run: RunJob = (_, signal) => {
    begun.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  return { run, begun: begun.promise }
}

function working(database: Database, parts: Partial<WorkerParts>) {
  const worker = startWorker({ database, runIndex: done, concurrency: 1, log: SILENT, ...parts })
  onTestFinished(() => worker.close(AbortSignal.abort()))
  const heard: Job[] = []
  const waiting: { readonly is: (job: Job) => boolean; readonly resolve: (job: Job) => void }[] = []
  worker.onProgress((job) => {
    heard.push(job)
    for (const { is, resolve } of waiting) if (is(job)) resolve(job)
  })
  const hears = (is: (job: Job) => boolean) =>
    new Promise<Job>((resolve) => {
      const before = heard.find(is)
      if (before === undefined) waiting.push({ is, resolve })
      else resolve(before)
    })
  return {
    worker,
    heard,
    hears,
    hearsEnd: (id: string) => hears((job) => job.id === id && job.finishedAt !== undefined),
  }
}

describeOnEachEngine('A worker', (database) => {
  const enqueue = async () => enqueueJob(database(), await newRepository(database()), 'index')

  test('takes a job as soon as it is woken, and reports its progress and end', async () => {
    const runIndex: RunJob = async (_, __, report) => {
      report({ phase: 'walking', filesTotal: 7 })
      return { state: 'partial', progress: { phase: 'publishing', filesDone: 7 } }
    }
    const { worker, heard, hearsEnd } = working(database(), { runIndex })
    const { id } = await enqueue()
    const end = hearsEnd(id)
    worker.wake()
    expect(await end).toMatchObject({ id, kind: 'index', state: 'partial', progress: { filesDone: 7 } })
    expect(heard[0]).toMatchObject({ id, state: 'running', progress: { filesTotal: 7 } })
    expect(await jobById(database(), EVERY_REPOSITORY, id)).toMatchObject({
      state: 'partial',
      progress: { filesDone: 7 },
      attempts: 1,
    })
  })

  test('requests embeddings after an index run, and computes them', async () => {
    const embedded: string[] = []
    const runEmbed: RunJob = async ({ repository }) => {
      embedded.push(repository)
      return DONE
    }
    const { id, repository } = await enqueue()
    const { hears } = working(database(), { runEmbed, embedsIndexed: async () => true })
    await hears((job) => job.kind === 'embed' && job.finishedAt !== undefined)
    expect(embedded).toEqual([repository])
    expect((await jobById(database(), EVERY_REPOSITORY, id))?.state).toBe('succeeded')
  })

  test('fails a job immediately if its fault would recur', async () => {
    const runIndex: RunJob = async () => {
      throw new Fault('nothing_to_index', 'Nothing', 'Give something')
    }
    const { id } = await enqueue()
    const { hearsEnd } = working(database(), { runIndex })
    expect(await hearsEnd(id)).toMatchObject({
      state: 'failed',
      fault: { code: 'nothing_to_index', message: 'Nothing', remedy: 'Give something' },
    })
    expect((await jobById(database(), EVERY_REPOSITORY, id))?.attempts).toBe(1)
  })

  test('tries a job that fails for an unknown reason three times, and reveals nothing about it', async () => {
    let runs = 0
    const runIndex: RunJob = async () => {
      runs++
      throw new Error('secret detail')
    }
    const { id } = await enqueue()
    const { hearsEnd } = working(database(), { runIndex })
    const { fault } = await hearsEnd(id)
    expect(runs).toBe(3)
    expect(fault?.code).toBe('internal')
    expect(JSON.stringify(fault)).not.toContain('secret detail')
  })

  test('keeps a job that waits for the database, shows why, and does not count an attempt', async () => {
    const troubles: (string | undefined)[] = []
    const runIndex: RunJob = async () => {
      throw new Fault('database_full', 'The disk is full', 'Make room')
    }
    const { id } = await enqueue()
    const { worker } = working(database(), { runIndex, onTrouble: (fault) => troubles.push(fault?.code) })
    const stored = () => jobById(database(), EVERY_REPOSITORY, id)
    await expect.poll(stored).toMatchObject({ state: 'queued', attempts: 0, fault: { code: 'database_full' } })
    await worker.close(AbortSignal.abort())
    await database().query('update job set lease_until = null where id = $1', [id])
    const next = working(database(), { onTrouble: (fault) => troubles.push(fault?.code) })
    expect(await next.hearsEnd(id)).toMatchObject({ state: 'succeeded' })
    expect(troubles).toEqual(['database_full', undefined])
  })

  test('returns a job as soon as the database is back', async () => {
    let isAway = false
    const away: Database = {
      ...database(),
      query: async (...asked) => {
        if (isAway) throw new Fault('database_unavailable', 'Nobody there', 'Start it')
        return database().query(...asked)
      },
    }
    const runIndex: RunJob = async () => {
      isAway = true
      throw new Fault('database_unavailable', 'Nobody there', 'Start it')
    }
    const { id } = await enqueue()
    const { worker } = working(away, { runIndex })
    await expect.poll(() => isAway).toBe(true)
    await delay(50)
    expect(await jobById(database(), EVERY_REPOSITORY, id)).toMatchObject({ state: 'running' })
    isAway = false
    const stored = () => jobById(database(), EVERY_REPOSITORY, id)
    await expect.poll(stored, { timeout: 5000 }).toMatchObject({ state: 'queued', attempts: 0 })
    await worker.close(AbortSignal.abort())
    await database().query('delete from job where id = $1', [id])
  })

  test('takes over the job of a worker that has died', async () => {
    const { id } = await enqueue()
    await claimJob(database(), 'index', -1)
    const { hearsEnd } = working(database(), {})
    expect(await hearsEnd(id)).toMatchObject({ state: 'succeeded' })
  })

  test('gives up a job at which three workers have died', async () => {
    const { id } = await enqueue()
    for (let death = 0; death < 3; death++) await claimJob(database(), 'index', -1)
    const { hearsEnd } = working(database(), {})
    expect(await hearsEnd(id)).toMatchObject({ state: 'failed', fault: { code: 'internal' } })
  })

  test('lets the running job end when it is closed', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const runIndex: RunJob = async () => {
      begun.resolve()
      await gate.promise
      return DONE
    }
    const { id } = await enqueue()
    const { worker } = working(database(), { runIndex })
    await begun.promise
    const closed = worker.close()
    gate.resolve()
    await closed
    expect((await jobById(database(), EVERY_REPOSITORY, id))?.state).toBe('succeeded')
  })

  test('returns the job if closing takes too long, without counting an attempt', async () => {
    const { run, begun } = endless()
    const { id } = await enqueue()
    const { worker } = working(database(), { runIndex: run })
    await begun
    const patience = new AbortController()
    const closed = worker.close(patience.signal)
    patience.abort()
    await closed
    expect(await jobById(database(), EVERY_REPOSITORY, id)).toMatchObject({ state: 'queued', attempts: 0 })
    const { hearsEnd } = working(database(), {})
    await hearsEnd(id)
  })

  test('takes no new job while it is closing', async () => {
    const { worker } = working(database(), {})
    await worker.close()
    const { id } = await enqueue()
    worker.wake()
    expect((await jobById(database(), EVERY_REPOSITORY, id))?.state).toBe('queued')
    const { hearsEnd } = working(database(), {})
    await hearsEnd(id)
  })

  test('never runs two jobs of a repository at once, whoever requests them', async () => {
    const repositoryId = await newRepository(database())
    let running = 0
    let most = 0
    const runIndex: RunJob = async () => {
      most = Math.max(most, ++running)
      await database().query('select 1')
      running--
      return DONE
    }
    const workers = [1, 2].map(() => working(database(), { runIndex, concurrency: 2 }))
    for (let round = 0; round < 5; round++) {
      const { id } = await enqueueJob(database(), repositoryId, 'index')
      const end = Promise.race(workers.map(({ hearsEnd }) => hearsEnd(id)))
      await enqueueJob(database(), repositoryId, 'index')
      for (const { worker } of workers) worker.wake()
      await end
    }
    expect(most).toBe(1)
  })

  test('deletes the leftovers of removed repositories', async () => {
    await insertRepository(database(), 'doomed', '/doomed')
    await hideRepository(database(), 'doomed')
    working(database(), {})
    await expect.poll(() => database().query('select id from repository where removed')).toEqual([])
    expect(await liveRepositories(database(), EVERY_REPOSITORY, 'doomed')).toEqual([])
  })
})

test('A worker on PGlite does not wait for the lease of a killed process', async () => {
  const { database, drop } = await emptyEmbedded()
  onTestFinished(drop)
  await migrate(database, SILENT)
  const { id } = await enqueueJob(database, await newRepository(database), 'index')
  await claimJob(database, 'index', 3_600_000)
  const { hearsEnd } = working(database, {})
  expect((await hearsEnd(id)).state).toBe('succeeded')
})
