import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  embeddedFinding,
  folderFindings,
  repositoryFindings,
  sourceFindings,
  stuckAmong,
  stuckFindings,
} from '../../../../service/modes/doctor/repositories.ts'
import type { WireRepository } from '../../../../service/tools/list-repositories.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'

const folder = temporaryFolders()
const SHOP: WireRepository = {
  name: 'shop',
  source: '/code/shop',
  files: 8,
  chunks: 40,
  by_meaning: 10,
  embedded: 10,
  state: 'ready',
  skipped: {},
  left_out: [],
  masked_secrets: {},
}
const FAULT = { code: 'path_unreadable', message: '"/code/shop" cannot be read', remedy: 'Give the right to read it' }

test('each configured folder that cannot be indexed fails', async () => {
  const full = folder()
  writeFileSync(join(full, 'a.ts'), 'x')
  expect(await folderFindings([full])).toMatchObject([{ state: 'ok', detail: '1 configured, it can be read' }])
  expect(await folderFindings([full, '/not/there', folder()])).toMatchObject([
    { state: 'failing', detail: '"/not/there" does not exist' },
    { state: 'failing', detail: expect.stringContaining('is empty') },
  ])
  expect(await folderFindings([])).toEqual([])
})

test('a repository whose last run failed fails, unless an older index still answers', () => {
  expect(repositoryFindings([SHOP], 'Add one')).toEqual([
    { name: 'index', state: 'ok', detail: '1 repository, 8 files in 40 chunks' },
  ])
  expect(repositoryFindings([{ ...SHOP, state: 'failed', fault: FAULT }], 'Add one')[1]).toEqual({
    name: 'repository shop',
    state: 'warning',
    detail: 'could not be indexed again, so answers come from the last index: "/code/shop" cannot be read',
    remedy: 'Give the right to read it',
  })
  expect(repositoryFindings([{ ...SHOP, chunks: 0, state: 'failed', fault: FAULT }], 'Add one')[1]?.state).toBe(
    'failing',
  )
  expect(repositoryFindings([{ ...SHOP, chunks: 0, state: 'empty' }], 'Add one')[1]?.state).toBe('warning')
  expect(repositoryFindings([], 'Add one')).toMatchObject([
    { state: 'warning', detail: 'nothing is indexed yet', remedy: 'Add one' },
  ])
})

test('a repository whose folder is gone is a warning', async () => {
  expect(await sourceFindings([{ ...SHOP, source: folder() }, SHOP])).toMatchObject([
    { name: 'repository shop', state: 'warning', detail: expect.stringContaining('/code/shop') },
  ])
})

test('missing embeddings are a warning only if no job is computing them', () => {
  expect(embeddedFinding([{ ...SHOP, embedded: 40 }], false)).toMatchObject([{ state: 'ok' }])
  expect(embeddedFinding([SHOP], true)).toMatchObject([{ state: 'ok' }])
  expect(embeddedFinding([SHOP, { ...SHOP, embedded: 30 }], false)).toMatchObject([
    { state: 'warning', detail: "40 of 80 chunks (50 %) have a vector of Ollama's model" },
  ])
  expect(embeddedFinding([{ ...SHOP, by_meaning: 40 }], false)[0]?.detail).toBe(
    "10 of 40 chunks (25 %) have a vector of Ollama's model, and 40 can be found by meaning",
  )
  expect(embeddedFinding([], false)).toEqual([])
})

test('a job that waits while no job of its kind runs is stuck', () => {
  const at = '2026-11-20T10:00:00Z'
  const now = Date.parse(at) + 90_000
  const job = {
    job_id: '1',
    repository: 'shop',
    progress: 0,
    skipped: {},
    masked_secrets: {},
    failures: [],
    created_at: at,
  }
  const queued = { ...job, kind: 'embed', state: 'queued' } as const
  const stuck = stuckAmong([queued, { ...queued, kind: 'index' }, { ...job, kind: 'index', state: 'running' }], now)
  expect(stuck).toEqual([{ repository: 'shop', kind: 'embed', state: 'queued', seconds: 90 }])
  expect(stuckAmong([queued], Date.parse(at) + 60_000)).toEqual([])
  expect(stuckFindings(stuck)).toMatchObject([
    {
      name: 'job',
      state: 'warning',
      detail: 'shop: a job (embed) is waiting for a worker, for 90 s',
      remedy: expect.stringContaining('OLLAMA_BASE_URL'),
    },
  ])
})
