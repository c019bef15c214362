import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { openWorker } from '../../../service/background/open-worker.ts'
import { readConfig } from '../../../service/config.ts'
import { enqueueChanges, enqueueJob, jobById, recentJobs } from '../../../service/store/jobs.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const database = useEmbeddedDatabase()
const newFolder = temporaryFolders()
const UNTIL = { timeout: 60_000, interval: 20 }

let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
})
afterEach(() => ollama.stop())

/** Turns that come once they are given, and whether somebody waits for one. */
function heldTurns() {
  const given = Promise.withResolvers<void>()
  let awaited = 0
  const turn = async () => {
    awaited++
    await given.promise
  }
  return { turn, give: () => given.resolve(), awaited: () => awaited }
}

async function newCode(): Promise<{ readonly id: number; readonly folder: string }> {
  const folder = join(newFolder(), 'code')
  await mkdir(folder)
  await writeFile(join(folder, 'cart.ts'), 'export function addToCart() {\n  return 1\n}\n')
  return { id: (await insertRepository(database(), 'code', folder)) as number, folder }
}

function working(turn: () => Promise<void>): void {
  const config = readConfig({ OLLAMA_BASE_URL: ollama.url, WATCH: 'off' })
  const worker = openWorker({ config, database: database(), turn, log: silent })
  onTestFinished(() => worker.close(AbortSignal.abort()))
}

const chunksStored = async () => (await database().query('select from chunk')).length
const stateOf = async (id: string) => (await jobById(database(), EVERY_REPOSITORY, id))?.state
const embedState = async () => {
  const jobs = await recentJobs(database(), EVERY_REPOSITORY, 9)
  return jobs.find(({ kind }) => kind === 'embed')?.state
}

test('a run over a repository and its embedding take each step in their turn, and keep their job until then', async () => {
  const { id: repository } = await newCode()
  const held = heldTurns()
  const { id } = await enqueueJob(database(), repository, 'index')
  working(held.turn)
  await expect.poll(held.awaited, UNTIL).toBeGreaterThan(0)
  expect([await stateOf(id), await chunksStored(), ollama.embedded]).toEqual(['running', 0, []])
  held.give()
  await expect.poll(embedState, UNTIL).toBe('succeeded')
  expect(await stateOf(id)).toBe('succeeded')
  expect(ollama.embedded).toHaveLength(await chunksStored())
})

test('a run of changes awaits no turn', async () => {
  const { id: repository, folder } = await newCode()
  const held = heldTurns()
  let isHeld = false
  working(async () => (isHeld ? held.turn() : undefined))
  await enqueueJob(database(), repository, 'index')
  await expect.poll(embedState, UNTIL).toBe('succeeded')
  isHeld = true
  const before = await chunksStored()
  await writeFile(join(folder, 'order.ts'), 'export function sendOrder() {\n  return 2\n}\n')
  await enqueueChanges(database(), repository, ['order.ts'])
  await expect.poll(chunksStored, UNTIL).toBeGreaterThan(before)
  held.give()
})
