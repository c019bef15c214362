import { expect, test } from 'vitest'
import { Fault } from '../../../service/errors.ts'
import type { Job } from '../../../service/indexing/contract.ts'
import { makeLog } from '../../../service/log.ts'
import { queueSources } from '../../../service/modes/queue-sources.ts'

const log = makeLog({ level: 'silent' as 'error' })

/** Returns a function whose first calls fail with these faults, and the calls it got. */
function requests(...faults: readonly Fault[]) {
  const asked: string[] = []
  const index = async ({ path }: { readonly path?: string }) => {
    asked.push(path ?? '')
    const fault = faults[asked.length - 1]
    if (fault !== undefined) throw fault
    return { repository: path } as unknown as Job
  }
  return { index, asked }
}

const away = (code: 'database_unavailable' | 'overloaded') => new Fault(code, 'It is away', 'Wait')

test('a folder that the database does not accept at the start is requested again, without blocking others', async () => {
  const { index, asked } = requests(away('database_unavailable'))
  expect((await queueSources(index, ['/a', '/b'], log)).map(({ job }) => job.repository)).toEqual(['/b'])
  await expect.poll(() => asked, { timeout: 5_000 }).toEqual(['/a', '/b', '/a'])
})

test('a folder is requested until it is accepted', async () => {
  const { index, asked } = requests(away('overloaded'), away('database_unavailable'))
  expect(await queueSources(index, ['/a'], log)).toEqual([])
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(3)
})

test('a folder that cannot be indexed is skipped', async () => {
  const { index, asked } = requests(new Fault('path_not_found', 'There is no /a', 'Correct it'))
  expect(await queueSources(index, ['/a'], log)).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(asked).toEqual(['/a'])
})
