import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { startInBackground } from '../../../service/background/background-worker.ts'
import { readConfig } from '../../../service/config.ts'
import { LastingThread } from '../../../service/store/embedded/lasting-thread.ts'
import { Thread } from '../../../service/store/embedded/thread.ts'
import { threadedDatabase } from '../../../service/store/embedded/threaded-database.ts'
import { dataIn } from '../../../service/store/embedded.ts'
import { enqueueJob, jobById } from '../../../service/store/jobs.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { Questions } from '../../../service/threads/right-of-way.ts'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { SILENT } from '../store/each-engine.ts'

const FILES = 300

test('A worker whose database ends in the middle of a job continues the job on the next one, and this does not count as an attempt', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'background-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const code = join(folder, 'code')
  await mkdir(code)
  for (let at = 0; at < FILES; at++) await writeFile(join(code, `${at}.ts`), `export const value${at} = ${at}\n`)

  await makeDataFolder(folder)
  let thread: Thread | undefined
  const open = async () => {
    thread = new Thread(SILENT)
    await thread.ask({ open: dataIn(folder) })
    return thread
  }
  const lasting = new LastingThread(folder, await open(), open, SILENT)
  const database = threadedDatabase(
    () => lasting.current(),
    () => lasting.close(),
    { share: () => lasting.share() },
  )
  const repositoryId = (await insertRepository(database, 'code', code)) as number
  const { id } = await enqueueJob(database, repositoryId, 'index')

  let deaths = 0
  const { database: settings, embedding, indexing, git } = readConfig({ OLLAMA_BASE_URL: 'off', DATA_FOLDER: folder })
  const worker = startInBackground({
    config: { database: settings, embedding, indexing, git, log: { level: 'error' } },
    database,
    hasOwnModel: false,
    questions: new Questions(),
    log: SILENT,
    onJob: ({ progress }) => {
      if (progress.phase === 'analysing' && deaths === 0) {
        deaths++
        thread?.kill(new Error('a test'))
      }
    },
    onRequest: () => {},
  })
  const job = () => jobById(database, EVERY_REPOSITORY, id).catch(() => undefined)
  await expect.poll(job, { timeout: 100_000, interval: 200 }).toMatchObject({ state: 'succeeded', attempts: 1 })
  expect(deaths).toBe(1)
  await worker.close(AbortSignal.timeout(10_000))
  await database.close()
}, 120_000)

test('A worker whose database never answers ends when its time to close is up', async () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port2.close())
  const { database: settings, embedding, indexing, git } = readConfig({ OLLAMA_BASE_URL: 'off' })
  const worker = startInBackground({
    config: { database: settings, embedding, indexing, git, log: { level: 'error' } },
    database: threadedDatabase(
      () => {
        throw new Error('not asked')
      },
      async () => {},
      { share: () => port1 },
    ),
    hasOwnModel: false,
    questions: new Questions(),
    log: SILENT,
    onJob: () => {},
    onRequest: () => {},
  })
  await new Promise((resolve) => port2.once('message', resolve))
  const started = performance.now()
  await worker.close(AbortSignal.timeout(300))
  expect(performance.now() - started).toBeLessThan(9000)
}, 60_000)
