import { afterAll, expect, test } from 'vitest'
import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { SLOW_SOURCES } from '../../prove/slow-sources.ts'
import { temporaryFolder } from './temporary-folder.ts'

const analyser = createAnalyser({ threads: 1 })
afterAll(() => analyser.close())

/** Far above the processor time that parsing may take, to allow for busy machines. */
const LIMIT_MS = 30_000

test.each(Object.entries(SLOW_SOURCES))('%s is analysed in bounded time', async (path, text) => {
  const root = temporaryFolder({ [path]: text })
  const started = performance.now()
  const files = [{ path, stamp: 'walked', bytes: 1 }]
  const answer = await analyser.analyse({ root, maxFileBytes: 1_000_000, files })
  expect(answer.files).toMatchObject([{ path, outcome: 'analysed' }])
  expect(performance.now() - started).toBeLessThan(LIMIT_MS)
})
