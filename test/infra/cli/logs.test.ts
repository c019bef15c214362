import { describe, expect, test } from 'vitest'
import { followComing, logs } from '../../../infra/cli/commands/logs.ts'
import { briefly, showLines } from '../../../infra/cli/report/show-logs.ts'
import type { Source } from '../../../infra/cli/target.ts'
import type { LogLine } from '../../../infra/log-lines.ts'
import { CORE, container, fakeTools } from './fake-tools.ts'

const at = (second: number, text: string): LogLine => ({ time: `2026-11-21T12:00:0${second}.000000000Z`, text })

const entry = (fields: object) => JSON.stringify({ level: 'info', time: '2026-11-21T12:00:01.500Z', ...fields })

const LOGS = {
  'codebase-mcp-postgres': [at(1, 'ready to accept connections'), at(4, 'checkpoint')],
  'codebase-mcp-server': [at(2, entry({ port: 8000, name: 'two words', msg: 'listening' })), at(3, 'plain')],
  'codebase-mcp-model': [at(0, 'success')],
}
const containers = [...CORE, container('model', { state: 'exited' })]

async function printedBy(words: string[], options: Parameters<typeof logs>[1] = {}) {
  const { tools, printed } = fakeTools({ containers, logs: LOGS }, ...words)
  await logs(tools, options)
  return printed
}

describe('the logs of a stack', () => {
  test('come from all long-running parts, ordered by time, each line with the name of its part', async () => {
    expect(await printedBy([])).toEqual([
      'postgres | ready to accept connections',
      'server   | 2026-11-21 12:00:01.500 INFO  listening port=8000 name="two words"',
      'server   | plain',
      'postgres | checkpoint',
    ])
  })

  test('come from the named parts', async () => {
    expect(await printedBy(['postgres', 'model'])).toEqual([
      'model    | success',
      'postgres | ready to accept connections',
      'postgres | checkpoint',
    ])
  })

  test('have as many lines of each part as requested', async () => {
    expect(await printedBy([], { tail: 1 })).toEqual(['server   | plain', 'postgres | checkpoint'])
  })

  test('can be read by programs', async () => {
    const lines = (await printedBy(['server'], { json: true })).map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ part: 'server', time: at(2, '').time, entry: { msg: 'listening', port: 8000 } })
    expect(lines[1]).toEqual({ part: 'server', time: at(3, '').time, text: 'plain' })
  })

  test.each([
    [['redis'], containers, 'The stack has no part "redis"; its parts are postgres, ollama, server, worker'],
    [['worker'], containers, 'There are no logs of worker'],
    [[], [], 'The stack dev is down and has no logs: `npm run up` starts it'],
  ])('of %j are unavailable if there are none', async (words, there, message) => {
    const { tools } = fakeTools({ containers: there, logs: LOGS }, ...words)
    await expect(logs(tools, {})).rejects.toThrow(message)
  })
})

describe('a line', () => {
  const show = showLines(['server'], false)

  test('of an error has the stack trace below', () => {
    const text = entry({
      level: 'error',
      msg: 'no job',
      error: { message: 'lost', stack: 'Fault: lost\n    at a (b:1)' },
    })
    expect(show({ part: 'server', time: '', text }).split('\n')).toEqual([
      'server | 2026-11-21 12:00:01.500 ERROR no job',
      'server |   Fault: lost',
      'server |       at a (b:1)',
    ])
    expect(briefly(text)).toBe('2026-11-21 12:00:01.500 ERROR no job: Fault: lost')
  })

  test.each(['{', '{}', '{"level":30,"msg":"x"}', '{"a":1} trailing'])(
    'that is no entry, such as %s, stays unchanged',
    (text) => {
      expect(show({ part: 'server', time: '', text })).toBe(`server | ${text}`)
    },
  )

  test('is coloured only if requested', () => {
    const text = entry({ level: 'warn', msg: 'slow' })
    const coloured = showLines(['server'], true)({ part: 'server', time: '', text })
    expect(coloured).toContain('\u001b[33mWARN \u001b[39m')
    expect(show({ part: 'server', time: '', text })).not.toContain('\u001b')
  })
})

test('following a log continues in restarted and later containers, without repeating lines', async () => {
  const source = (id: string, run = '0'): Source => ({ part: 'server', id, run })
  const rounds = [[source('a')], [source('a')], [source('a', '1'), source('b')]]
  const written: Readonly<Record<string, readonly LogLine[]>> = {
    'a 0': [at(1, 'known'), at(1, 'also known'), at(2, 'new'), at(2, 'of the same moment')],
    'a 1': [at(2, 'new'), at(3, 'after the restart')],
    'b 0': [at(4, 'of another')],
  }
  const end = new AbortController()
  const last = new Map([['server', at(1, 'also known')]])
  const coming = followComing({
    sources: async () => rounds.shift() ?? [],
    async *lines({ id, run }) {
      yield* written[`${id} ${run}`] ?? []
    },
    isNew: ({ part }, { time }) => time > (last.get(part)?.time ?? ''),
    pause: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      if (rounds.length === 0) end.abort()
    },
    signal: end.signal,
  })
  const seen: string[] = []
  for await (const { source: from, line } of coming) {
    last.set(from.part, line)
    seen.push(`${from.id}: ${line.text}`)
  }
  expect(seen.toSorted()).toEqual(['a: after the restart', 'a: new', 'a: of the same moment', 'b: of another'])
})
