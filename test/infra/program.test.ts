import { expect, test } from 'vitest'

test('a program with unusable settings fails with what to correct, before anything is created', async () => {
  const { RunError, runtime } = await import('@pulumi/pulumi')
  const made: string[] = []
  await runtime.setMocks(
    {
      newResource({ name }) {
        made.push(name)
        return { id: name, state: {} }
      },
      call: () => ({}),
    },
    'codebase-mcp',
    'test',
    true,
  )
  runtime.setAllConfig({ 'codebase-mcp:server': '{"port":"x"}', 'codebase-mcp:repositories': '["./no-such-folder"]' })
  await expect(import('../../infra/index.ts')).rejects.toSatisfy(
    (error) => RunError.isInstance(error) && /server\.port must be/.test((error as Error).message),
  )
  expect(made).toEqual([])
})
