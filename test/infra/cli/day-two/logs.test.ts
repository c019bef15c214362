import { describe, expect, test } from 'vitest'
import { logs } from '../../../../infra/cli/commands/logs.ts'
import type { LogLine } from '../../../../infra/cli/day-two/containers/log-lines.ts'
import { followAll } from '../../../../infra/cli/day-two/logs/follow.ts'
import { briefly, showLines } from '../../../../infra/cli/day-two/logs/show.ts'
import { asked, CORE, container, fakeTools } from './fake-tools.ts'

const at = (second: number, text: string): LogLine => ({ time: `2026-11-21T12:00:0${second}.000000000Z`, text })

const entry = (fields: object) => JSON.stringify({ level: 'info', time: '2026-11-21T12:00:01.500Z', ...fields })

const LOGS = {
  'codebase-mcp-postgres': [at(1, 'ready to accept connections'), at(4, 'checkpoint')],
  'codebase-mcp-server': [at(2, entry({ port: 8000, name: 'two words', msg: 'listening' })), at(3, 'plain')],
  'codebase-mcp-model': [at(0, 'success')],
}
const containers = [...CORE, container('model', { state: 'exited' })]

async function printedBy(words: string[], options: Parameters<typeof logs>[2] = {}) {
  const { tools, printed } = fakeTools({ containers, logs: LOGS })
  await logs(asked(...words), tools, options)
  return printed
}

describe('the logs of a stack', () => {
  test('are those of all parts that keep running, by time, each line with the name of its part', async () => {
    expect(await printedBy([])).toEqual([
      'postgres | ready to accept connections',
      'server   | 2026-11-21 12:00:01.500 INFO  listening port=8000 name="two words"',
      'server   | plain',
      'postgres | checkpoint',
    ])
  })

  test('are those of the parts that are named', async () => {
    expect(await printedBy(['postgres', 'model'])).toEqual([
      'model    | success',
      'postgres | ready to accept connections',
      'postgres | checkpoint',
    ])
  })

  test('are as many lines of each part as were asked for', async () => {
    expect(await printedBy([], { tail: 1 })).toEqual(['server   | plain', 'postgres | checkpoint'])
  })

  test('can be read by programs', async () => {
    const lines = (await printedBy(['server'], { json: true })).map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ part: 'server', time: at(2, '').time, entry: { msg: 'listening', port: 8000 } })
    expect(lines[1]).toEqual({ part: 'server', time: at(3, '').time, text: 'plain' })
  })

  test.each([
    [['redis'], containers, 'The stack has no part "redis"; its parts are postgres, ollama, server, model'],
    [['worker'], containers, 'The stack has no part "worker"'],
    [[], [], 'The stack codebase-mcp is down and has no logs: `npm run up` starts it'],
  ])('of %j cannot be told where there are none', async (words, there, message) => {
    const { tools } = fakeTools({ containers: there, logs: LOGS })
    await expect(logs(asked(...words), tools, {})).rejects.toThrow(message)
  })
})

describe('a line', () => {
  const show = showLines(['server'], false)

  test('of an error has the stack below', () => {
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
    'that is no entry, such as %s, stays',
    (text) => {
      expect(show({ part: 'server', time: '', text })).toBe(`server | ${text}`)
    },
  )

  test('is coloured only where asked', () => {
    const text = entry({ level: 'warn', msg: 'slow' })
    const coloured = showLines(['server'], true)({ part: 'server', time: '', text })
    expect(coloured).toContain('\u001b[33mWARN \u001b[39m')
    expect(show({ part: 'server', time: '', text })).not.toContain('\u001b')
  })
})

describe('following', () => {
  test('begins after what is known, and goes on where a container that stopped is back', async () => {
    const rounds = [
      [at(1, 'known'), at(1, 'also known'), at(2, 'new')],
      [at(2, 'new'), at(3, 'after the restart')],
    ]
    const asked: (string | undefined)[] = []
    const end = new AbortController()
    const stopped: string[] = []
    const tools = {
      signal: end.signal,
      containers: {
        async *follow(_: string, since: string | undefined) {
          asked.push(since)
          yield* rounds.shift() ?? []
          if (rounds.length === 0) end.abort()
        },
      },
      untilRunning: async () => {},
      onStop: (name: string) => void stopped.push(name),
    }
    const read: string[] = []
    for await (const { part, text } of followAll(
      [{ part: 'server', container: 'c', last: at(1, 'also known') }],
      tools,
    )) {
      read.push(`${part}: ${text}`)
    }
    expect(read).toEqual(['server: new', 'server: after the restart'])
    expect(asked).toEqual([at(1, '').time, at(2, '').time])
    expect(stopped).toEqual(['c'])
  })

  test('counts every line where none is known', async () => {
    const end = new AbortController()
    const tools = {
      signal: end.signal,
      containers: {
        async *follow() {
          yield at(1, 'first')
          end.abort()
        },
      },
      untilRunning: async () => {},
      onStop: () => {},
    }
    const read: string[] = []
    for await (const { text } of followAll([{ part: 'server', container: 'c', since: '10m' }], tools)) read.push(text)
    expect(read).toEqual(['first'])
  })
})
