import { expect, test } from 'vitest'
import { Workspace, Workspaces } from '../../../service/search/workspace.ts'

test('returns zeros, apart from earlier arrays', () => {
  const workspace = new Workspace()
  const given = [3, 500, 2].map((count) => workspace.floats(count).fill(1))
  expect([...workspace.bits(4)]).toEqual([0, 0, 0, 0])
  expect(given.flatMap((numbers) => [...numbers])).toEqual(Array(505).fill(1))
})

test('returns the same memory again after it was cleared, as zeros', () => {
  const workspace = new Workspace()
  workspace.floats(100)
  workspace.clear()
  const before = workspace.floats(100).fill(1)
  workspace.clear()
  const after = workspace.floats(100)
  expect(after.buffer).toBe(before.buffer)
  expect([...after]).toEqual(Array(100).fill(0))
})

test('concurrent questions have separate workspaces, also after one has failed', async () => {
  const workspaces = new Workspaces()
  const failed = workspaces.lend(async () => Promise.reject(new Error('no answer')))
  await expect(failed).rejects.toThrow('no answer')
  const results = await Promise.all(
    [1, 2, 3, 4].map((value) =>
      workspaces.lend(async (workspace) => {
        const numbers = workspace.floats(10).fill(value)
        await Promise.resolve()
        return [...numbers]
      }),
    ),
  )
  expect(results).toEqual([1, 2, 3, 4].map((value) => Array(10).fill(value)))
})

test('is not lent again after a failure, because parts of the failed answer may still use it', async () => {
  const workspaces = new Workspaces()
  const { promise: late, resolve: goOn } = Promise.withResolvers<void>()
  let writing: Promise<unknown> = Promise.resolve()
  const failed = workspaces.lend(async (workspace) => {
    const numbers = workspace.floats(10)
    writing = late.then(() => numbers.fill(9))
    throw new Error('no answer')
  })
  await expect(failed).rejects.toThrow('no answer')
  const result = await workspaces.lend(async (workspace) => {
    const numbers = workspace.floats(10)
    goOn()
    await writing
    return [...numbers]
  })
  expect(result).toEqual(Array(10).fill(0))
})
