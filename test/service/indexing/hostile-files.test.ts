import { afterAll, expect, test } from 'vitest'
import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { HOSTILE_FOLDERS } from '../../prove/hostile-files/hostile-folders.ts'
import { lookedAt } from '../../prove/hostile-files/looked-at.ts'
import { swapRaces } from '../../prove/hostile-files/swap-races.ts'

const analyser = createAnalyser({ threads: 1 })
afterAll(() => analyser.close())

const isRoot = process.getuid?.() === 0
const possible = HOSTILE_FOLDERS.filter(({ needs }) => needs === undefined || (needs === 'root') === isRoot)

test.for(possible)('reads nothing from outside, runs nothing and continues: $about', async (folder) => {
  const { outcomes, leaked, ran } = await lookedAt(folder, analyser)
  expect({ leaked, ran }).toEqual({ leaked: false, ran: false })
  const isRootGone = folder.about.endsWith('with the root while it is indexed')
  expect(outcomes).toMatchObject({ 'kept.py': isRootGone ? 'symlink' : 'indexed', ...folder.outcomes })
})

test('reads nothing from outside while folders and files are swapped for links', async () => {
  const { swaps, leaks } = await swapRaces(90)
  expect(leaks).toBe(0)
  expect(swaps).toBeGreaterThan(0)
})
