import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeEngine } from '../../../../infra/docker/engine/engine.ts'
import { factsOf, type Inspected } from '../../../../infra/docker/engine/facts.ts'
import { byTime, logArguments, logLineOf } from '../../../../infra/log-lines.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'

const folder = temporaryFolders()

const inspected = (state: Partial<Inspected['State']>, host: Partial<Inspected['HostConfig']> = {}): Inspected => ({
  Id: '3c0ba98a621d',
  Name: '/codebase-mcp-server',
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
  test('that runs is reported with its health, limits and addresses', () => {
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
      since: '2026-11-21T12:17:30.658005231Z',
      startedAt: '2026-11-21T12:17:30.658005231Z',
      exitCode: 0,
      outOfMemory: false,
      restarts: 2,
      image: 'codebase-mcp:local',
      published: ['127.0.0.1:18180'],
      memoryLimit: 2147483648,
      cpuLimit: 1.5,
    })
  })

  test('that ended is reported with the time of its end, and one that never ran without a time', () => {
    const ended = factsOf(
      inspected({ Status: 'exited', FinishedAt: '2026-11-21T13:00:00Z', ExitCode: 137, OOMKilled: true }),
    )
    expect(ended).toMatchObject({ since: '2026-11-21T13:00:00Z', exitCode: 137, outOfMemory: true })
    expect(factsOf(inspected({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' }))).not.toHaveProperty('since')
  })

  test('whose processors are limited by a quota has that limit', () => {
    expect(factsOf(inspected({}, { CpuPeriod: 100_000, CpuQuota: 50_000 })).cpuLimit).toBe(0.5)
  })
})

/** Returns an engine whose command line prints these answers, by first word. */
function engineWith(answers: Readonly<Record<string, string>>) {
  const place = folder()
  const cases = Object.entries(answers).map(([word, script]) => `${word}) ${script};;`)
  writeFileSync(join(place, 'docker'), `#!/bin/sh\ncase $1 in\n${cases.join('\n')}\nesac\n`)
  chmodSync(join(place, 'docker'), 0o755)
  return makeEngine({ PATH: `${place}:/usr/bin:/bin` })
}

test('usage is reported in bytes, and omitted for a container that has just ended', async () => {
  const rows = [
    { Name: 'server', MemPerc: '6.25%', CPUPerc: '1.04%' },
    { Name: 'worker', MemPerc: '--', CPUPerc: '--' },
  ]
  const engine = engineWith({ stats: `printf '%s\\n' ${rows.map((row) => `'${JSON.stringify(row)}'`).join(' ')}` })
  const usage = await engine.usage(['server', 'worker'].map((name) => ({ name, memoryLimit: 2 * 1024 ** 3 })))
  expect([...usage]).toEqual([['server', { memory: 128 * 1024 ** 2, cpuPercent: 1.04 }]])
})

test('an engine that does not answer is a fault with the reason and the remedy', async () => {
  const fault = await engineWith({ version: 'echo "Cannot connect" >&2; exit 1' }).fault()
  expect(fault).toEqual({
    detail: 'The Docker engine does not answer',
    remedy: 'start it or correct DOCKER_HOST (Cannot connect)',
  })
  expect(await makeEngine({ PATH: '/nowhere' }).fault()).toMatchObject({ detail: 'Docker is not on the PATH' })
  await expect(engineWith({ ps: 'exit 3' }).of('x')).rejects.toThrow('failed')
})

describe('a line of a log', () => {
  test('consists of its time and its text', () => {
    expect(logLineOf('2026-11-21T12:17:30.658005231Z listening on 8000')).toEqual({
      time: '2026-11-21T12:17:30.658005231Z',
      text: 'listening on 8000',
    })
    expect(logLineOf('2026-11-21T12:17:30.658005231Z')?.text).toBe('')
  })

  test('is the text that a terminal would finally show', () => {
    const drawn = '\u001b[?25lpulling 1 %\rpulling 99 %\r\u001b[2Ksuccess\u001b[K\r'
    expect(logLineOf(`2026-11-21T12:17:30Z ${drawn}`)?.text).toBe('success')
  })

  test('excludes messages of docker itself', () => {
    expect(logLineOf('Error response from daemon: No such container: x')).toBeUndefined()
  })

  test('comes before later lines, whichever stream they come from', () => {
    const lines = [
      { time: '2', text: 'b' },
      { time: '3', text: 'c' },
      { time: '1', text: 'a' },
      { time: '2', text: 'also b' },
    ]
    expect(byTime(lines).map(({ text }) => text)).toEqual(['a', 'b', 'also b', 'c'])
  })
})

test('docker is asked for a window of a log', () => {
  expect(logArguments('c', {})).toEqual(['logs', '--timestamps', 'c'])
  const words = 'logs --timestamps --since 10m --tail 5 --follow c'
  expect(logArguments('c', { since: '10m', tail: 5 }, '--follow').join(' ')).toBe(words)
})
