import { expect, test } from 'vitest'
import { byHand } from '../../../infra/cli/commands/by-hand.ts'
import { fakeTools } from './fake-tools.ts'

test.each<[string, string[], boolean, string[]]>([
  ['sets a value of a stack that is only a file yet', ['config', 'set', '--path', 'a', 'b'], false, ['make']],
  ['sets a value of a stack', ['config', 'set', '--path', 'a', 'b'], true, []],
  ['reads a value', ['config', 'get', 'a'], false, []],
  ['lists stacks', ['stack', 'ls'], false, []],
])('the CLI %s', async (_, words, isMade, before) => {
  const { tools, done } = fakeTools({ isMade }, ...words)
  expect(await byHand(tools)).toBe(4)
  expect(done).toEqual([...before, `pulumi ${words.join(' ')}`])
})
