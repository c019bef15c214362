import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../../service/access/repository-scope.ts'
import { readConfig } from '../../../../service/config.ts'
import type { Job } from '../../../../service/indexing/contract.ts'
import { JobEnds } from '../../../../service/modes/job-ends.ts'
import { type Closing, makeService, type Service } from '../../../../service/open.ts'
import { MINUTE } from '../../../../service/units.ts'
import { useEmbeddedDatabase } from '../../../fakes/embedded-database.ts'
import { GitServer } from '../../../fakes/git-server.ts'
import { SILENT } from '../../store/each-engine.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const database = useEmbeddedDatabase()
const server = new GitServer()
beforeAll(() => server.start())
afterAll(() => server.stop())

const closers: ((signal: AbortSignal) => Promise<unknown>)[] = []
const closing: Closing = { push: (_, close) => closers.unshift(close) }
let ends: JobEnds
let service: Service
let clones: string

/** Opens the service with its own worker, as `serve` does. */
beforeEach(() => {
  clones = join(temporaryFolder(), 'clones')
  const settings = { OLLAMA_BASE_URL: 'off', CLONES_FOLDER: clones, GIT_POLL_INTERVAL: '0', GIT_TIMEOUT: '30' }
  const config = readConfig({ ...settings, PATH: process.env.PATH, GIT_ALLOWED_URLS: server.origin })
  service = makeService(database(), config, SILENT, closing)
  ends = new JobEnds()
  service.startWorker((job) => ends.tell(job))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close(AbortSignal.abort())
})

async function indexed(url: string, force = false): Promise<Job> {
  const { id } = await service.catalogue.index({ url, force }, EVERY_REPOSITORY)
  return ends.of(id)
}

const found = async (name: string) => {
  const request = { query: name, scope: EVERY_REPOSITORY, limit: 10, detail: 'full' as const }
  const { results } = await service.search.search(request, AbortSignal.timeout(MINUTE))
  // Meaning also finds files without the name.
  return results.filter(({ snippet }) => snippet?.includes(name)).map(({ path }) => path)
}

test('a repository by URL can be searched, and follows its branch', async () => {
  server.create('shop', { 'cart.ts': 'export function addToCart() {}', 'mail.ts': 'export function sendMail() {}' })
  const url = server.url('shop')
  expect(await indexed(url)).toMatchObject({ state: 'succeeded', progress: { filesTotal: 2, filesUnchanged: 0 } })
  expect(await found('addToCart')).toEqual(['cart.ts'])

  expect(await indexed(url)).toMatchObject({ state: 'succeeded', progress: { filesTotal: 2, filesUnchanged: 2 } })
  expect(await indexed(url, true)).toMatchObject({ state: 'succeeded', progress: { filesUnchanged: 0 } })

  const commit = server.commit('shop', {
    'mail.ts': 'export function sendMail() {}',
    'basket.ts': 'export function pushWheelbarrow() {}',
  })
  const [job] = await service.catalogue.pushed({ urls: [url], ref: 'refs/heads/main', defaultBranch: 'main' })
  expect(await ends.of(job?.id ?? '')).toMatchObject({
    state: 'succeeded',
    progress: { filesTotal: 2, filesUnchanged: 1, filesRemoved: 1 },
  })
  expect([await found('addToCart'), await found('pushWheelbarrow')]).toEqual([[], ['basket.ts']])
  expect(await service.catalogue.list(EVERY_REPOSITORY)).toMatchObject([
    { name: 'shop', source: url, commit, state: 'ready' },
  ])
})

test('a run that cannot reach its server says why, and keeps the index', async () => {
  server.create('kept', { 'cart.ts': 'export function addToCart() {}' })
  await indexed(server.url('kept'))
  server.instead = (_, response) => response.writeHead(503).end()
  const job = await indexed(server.url('kept'))
  server.instead = undefined
  expect(job).toMatchObject({ state: 'failed', fault: { code: 'remote_unreachable' } })
  expect(await service.catalogue.list(EVERY_REPOSITORY)).toMatchObject([
    { state: 'failed', files: 1, fault: { code: 'remote_unreachable' } },
  ])
  expect(await found('addToCart')).toEqual(['cart.ts'])
})

test('a URL that is not allowed is never requested', async () => {
  const other = await new GitServer().start()
  await expect(service.catalogue.index({ url: other.url('x') }, EVERY_REPOSITORY)).rejects.toMatchObject({
    code: 'url_not_allowed',
  })
  expect(other.requested).toEqual([])
  expect(existsSync(clones)).toBe(false)
  await other.stop()
})
