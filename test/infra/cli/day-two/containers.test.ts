import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { inArrival } from '../../../../infra/cli/day-two/containers/arrival.ts'
import { factsOf, type Inspected } from '../../../../infra/cli/day-two/containers/facts.ts'
import { byTime, logArguments, logLineOf } from '../../../../infra/cli/day-two/containers/log-lines.ts'
import { usageOf } from '../../../../infra/cli/day-two/containers/usage.ts'

const inspected = (state: Partial<Inspected['State']>, host: Partial<Inspected['HostConfig']> = {}): Inspected => ({
  Id: '3c0ba98a621d',
  Name: '/codebase-mcp-server',
  Image: 'sha256:c48d2af253db',
  RestartCount: 2,
  Config: { Image: 'codebase-mcp:local' },
  State: {
    Status: 'running',
    StartedAt: '2026-11-21T12:17:30.658005231Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    ExitCode: 0,
    OOMKilled: false,
    ...state,
  },
  HostConfig: { Memory: 0, NanoCpus: 0, ...host },
})

describe('a container', () => {
  test('that runs is told with its health, limits and addresses', () => {
    const facts = factsOf(
      inspected(
        { Health: { Status: 'unhealthy', Log: [{ Output: 'ready\n' }, { Output: 'not ready: no database\n' }] } },
        {
          Memory: 2147483648,
          NanoCpus: 1.5e9,
          PortBindings: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '18180' }], '9000/tcp': null },
        },
      ),
    )
    expect(facts).toEqual({
      id: '3c0ba98a621d',
      name: 'codebase-mcp-server',
      state: 'running',
      health: 'unhealthy',
      checkOutput: 'not ready: no database',
      since: new Date('2026-11-21T12:17:30.658Z'),
      exitCode: 0,
      outOfMemory: false,
      restarts: 2,
      image: { reference: 'codebase-mcp:local', id: 'sha256:c48d2af253db' },
      published: [{ port: 8000, address: '127.0.0.1:18180' }],
      memoryLimit: 2147483648,
      cpuLimit: 1.5,
    })
  })

  test('that ended is told since its end, and one that never ran without a time', () => {
    const ended = factsOf(
      inspected({ Status: 'exited', FinishedAt: '2026-11-21T13:00:00Z', ExitCode: 137, OOMKilled: true }),
    )
    expect(ended).toMatchObject({ since: new Date('2026-11-21T13:00:00Z'), exitCode: 137, outOfMemory: true })
    expect(factsOf(inspected({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' }))).not.toHaveProperty('since')
  })

  test('whose processors are limited by a quota has that limit', () => {
    expect(factsOf(inspected({}, { CpuPeriod: 100_000, CpuQuota: 50_000 })).cpuLimit).toBe(0.5)
  })
})

test.each([
  ['135.9MiB / 2GiB', 135.9 * 1024 ** 2],
  ['1.5GiB / 4GiB', 1.5 * 1024 ** 3],
  ['0B / 0B', 0],
])('the usage %s is read in bytes', (MemUsage, memory) => {
  const row = JSON.stringify({ Name: 'server', MemUsage, CPUPerc: '1.04%' })
  expect(usageOf(row)).toEqual(['server', { memory, cpuPercent: 1.04 }])
})

test('a container that has just ended has no usage', () => {
  expect(usageOf(JSON.stringify({ Name: 'server', MemUsage: '-- / --', CPUPerc: '--' }))).toBeUndefined()
})

describe('a line of a log', () => {
  test('is its time and its text', () => {
    expect(logLineOf('2026-11-21T12:17:30.658005231Z listening on 8000')).toEqual({
      time: '2026-11-21T12:17:30.658005231Z',
      text: 'listening on 8000',
    })
    expect(logLineOf('2026-11-21T12:17:30.658005231Z')?.text).toBe('')
  })

  test('is what a terminal would show of it in the end', () => {
    const drawn = '\u001b[?25lpulling 1 %\rpulling 99 %\r\u001b[2Ksuccess\u001b[K\r'
    expect(logLineOf(`2026-11-21T12:17:30Z ${drawn}`)?.text).toBe('success')
  })

  test('is none where docker itself says something', () => {
    expect(logLineOf('Error response from daemon: No such container: x')).toBeUndefined()
  })

  test('comes before those that were written later, wherever they come from', () => {
    const lines = [
      { time: '2', text: 'b' },
      { time: '3', text: 'c' },
      { time: '1', text: 'a' },
      { time: '2', text: 'also b' },
    ]
    expect(byTime(lines).map(({ text }) => text)).toEqual(['a', 'b', 'also b', 'c'])
  })
})

test('a window of a log is what docker is asked for', () => {
  expect(logArguments('c', {})).toEqual(['logs', '--timestamps', 'c'])
  const words = 'logs --timestamps --since 10m --tail 5 --follow c'
  expect(logArguments('c', { since: '10m', tail: 5 }, '--follow').join(' ')).toBe(words)
})

describe('sources that are read at once', () => {
  const read = async (...sources: AsyncIterable<number>[]) => {
    const all: number[] = []
    for await (const item of inArrival(sources)) all.push(item)
    return all
  }

  test('give all that each of them has, in its order', async () => {
    const all = await read(Readable.from([1, 3, 5]), Readable.from([2, 4]))
    expect(all.filter((item) => item % 2 === 1)).toEqual([1, 3, 5])
    expect(all.filter((item) => item % 2 === 0)).toEqual([2, 4])
    expect(await read()).toEqual([])
  })

  test('fail with the one that fails', async () => {
    async function* failing() {
      yield 1
      throw new Error('gone')
    }
    await expect(read(failing(), Readable.from([2]))).rejects.toThrow('gone')
  })

  test('wait where nobody takes what they give', async () => {
    let given = 0
    async function* endless() {
      for (;;) yield given++
    }
    const [first] = [inArrival([endless()])[Symbol.asyncIterator]()]
    await first?.next()
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(given).toBeLessThan(100)
  })
})
