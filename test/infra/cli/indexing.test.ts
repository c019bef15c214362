import { expect, test } from 'vitest'
import { type IndexJob, Unanswered } from '../../../infra/cli/day-two/status/server.ts'
import { followIndexing } from '../../../infra/cli/indexing.ts'

const job = (state: string, done: number): IndexJob => ({
  job_id: '1',
  repository: 'shop',
  kind: 'index',
  state,
  progress: done / 10,
  files_total: 10,
  files_done: done,
})

/** What is told while the jobs are these, one after the other. */
async function told(...looks: readonly (readonly IndexJob[] | Error)[]): Promise<string[]> {
  const lines: string[] = []
  const left = [...looks]
  await followIndexing({
    print: (text) => void lines.push(text),
    jobs: async () => {
      const next = left.shift() ?? []
      if (next instanceof Error) throw next
      return next
    },
    wait: async () => {},
  })
  return lines
}

test('tells each step of the indexing, and its end', async () => {
  const lines = await told([job('running', 2)], [job('running', 2)], [job('running', 9)], [job('succeeded', 10)])
  expect(lines).toHaveLength(4)
  expect(lines[1]).toContain('shop')
  expect(lines.at(-1)).toBe('Indexed.')
})

test('says nothing where nothing is left to do', async () => {
  expect(await told([job('succeeded', 10)])).toEqual([])
})

test('ends where the server does not answer any more', async () => {
  expect((await told([job('running', 2)], new Unanswered('it does not answer'))).at(-1)).toContain('it does not answer')
})
