import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { restore } from '../../../infra/cli/commands/restore.ts'
import { makeService } from '../../../infra/cli/docker/service.ts'
import { BEFORE, putInPlace } from '../../../infra/database/exchange.ts'
import { type RestoreTools, restoreDatabase } from '../../../infra/database/restore.ts'
import { makeDatabase } from '../../../infra/database/statements.ts'
import { Refused } from '../../../infra/faults.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { CORE, container, drained, fakeTools } from '../cli/fake-tools.ts'

const folder = temporaryFolders()

function fileWith(text: string): string {
  const path = join(folder(), 'index.dump')
  writeFileSync(path, text)
  return path
}

interface Course {
  /** Ledger of the backup: its newest migration and its newest breaking migration. */
  readonly ledger?: string
  readonly loadEnds?: number
  readonly isBeforeThere?: boolean
  readonly users?: string
  /** Number of starts that fail, from the first one on. */
  readonly startsThatFail?: number
  /** Step during which the restore is interrupted. */
  readonly interruptAt?: string
}

/** Statements that identify a step. The first match counts. */
const STEPS = [
  ['rename to codebase_before_restore', 'exchange'],
  ['codebase_before_restore rename', 'put back'],
  ['drop database if exists codebase_before', 'drop old'],
  ['drop database', 'drop new'],
  ['create database', 'create'],
  ['vacuum', 'analyse'],
] as const

/** Restores a backup and records the steps. */
async function restored({ ledger = '1|0', loadEnds = 0, users = '0', startsThatFail = 0, ...course }: Course = {}) {
  const steps: string[] = []
  const end = new AbortController()
  const answers: [words: string, rows: string[]][] = [
    ['pg_stat_activity where datname', [users]],
    ['from migration', [ledger]],
    [`datname = '${BEFORE}'`, course.isBeforeThere ? ['1'] : []],
    ['pg_get_userbyid(datdba) from', ['codebase_migrator']],
  ]
  const step = (name: string) => {
    steps.push(name)
    if (course.interruptAt === name) end.abort()
  }
  let starts = 0
  const tools: RestoreTools = {
    signal: end.signal,
    newest: 1,
    note: () => {},
    progress: () => {},
    database: {
      async script(_, text) {
        const [, name] = STEPS.find(([words]) => text.includes(words)) ?? []
        if (name !== undefined) step(name)
        const [, rows = []] = answers.find(([words]) => text.includes(words)) ?? []
        return rows
      },
    },
    async run(command, { input, signal } = {}) {
      step(`load as ${command.find((word) => word.startsWith('--username='))?.slice(11)}`)
      await drained(input)
      signal?.throwIfAborted()
      return { exitCode: loadEnds, output: '', errors: 'pg_restore: error: could not execute query\nDETAIL: x' }
    },
    service: {
      stop: async () => step('stop'),
      async start(signal) {
        step('start')
        signal?.throwIfAborted()
        starts++
        if (starts <= startsThatFail) throw new Error('The server does not start on it')
      },
    },
  }
  const path = fileWith('PGDMP')
  const fault = await restoreDatabase(path, 5, tools).then(
    () => undefined,
    (error: Error) => error.message,
  )
  return { steps: steps.join(', '), fault }
}

const LOADED = 'drop new, create, load as codebase_migrator, analyse'
const INTERRUPTED = 'Interrupted: the database is unchanged and in use'

describe('a restore', () => {
  test('loads beside the current database, and only then replaces it', async () => {
    expect(await restored()).toEqual({ steps: `${LOADED}, stop, exchange, start, drop old`, fault: undefined })
  })

  test('of a backup that cannot be loaded does not touch the server', async () => {
    const { steps, fault } = await restored({ loadEnds: 1 })
    expect(steps).toBe('drop new, create, load as codebase_migrator, drop new')
    expect(fault).toContain('The backup cannot be loaded; nothing was changed: pg_restore: error')
  })

  test('of a newer, incompatible schema is refused before anything is stopped', async () => {
    const { steps, fault } = await restored({ ledger: '3|2' })
    expect(steps).toBe(`${LOADED}, drop new`)
    expect(fault).toContain('The backup has migration 3, but this version knows only migrations up to 1')
  })

  test('of a newer, compatible schema succeeds', async () => {
    expect((await restored({ ledger: '3|1' })).fault).toBeUndefined()
  })

  test('puts the old database back if the server does not start', async () => {
    expect(await restored({ startsThatFail: 1 })).toEqual({
      steps: `${LOADED}, stop, exchange, start, stop, put back, drop new, start`,
      fault: 'The server does not start on it',
    })
  })

  test.each([
    ['load as codebase_migrator', 'drop new, create, load as codebase_migrator, drop new'],
    ['stop', `${LOADED}, stop, start, drop new`],
    ['start', `${LOADED}, stop, exchange, start, stop, put back, drop new, start`],
  ])('that is interrupted at "%s" leaves the old database serving', async (interruptAt, steps) => {
    expect(await restored({ interruptAt })).toEqual({ steps, fault: INTERRUPTED })
  })

  test('first puts the old database back if an earlier restore was killed', async () => {
    const { steps } = await restored({ isBeforeThere: true })
    expect(steps).toBe(`stop, put back, drop new, start, ${LOADED}, stop, exchange, start, drop old`)
  })

  test('is refused while another is in progress', async () => {
    expect(await restored({ users: '1' })).toEqual({
      steps: '',
      fault: 'Another restore is in progress: wait until it ends',
    })
  })
})

describe('the command', () => {
  const LIST = ['migration', 'repository', 'file', 'content', 'chunk', 'segment', 'posting_block', 'embedding']
    .map((table) => `1; 0 1 TABLE DATA public ${table} owner\n`)
    .join('')
  const listing = (output: string, path: string) => fakeTools({ programs: () => ({ output }) }, path)

  test('refuses a backup of another database', async () => {
    const { tools, done } = listing('1; 0 1 TABLE DATA public orders owner\n', fileWith('PGDMP'))
    await expect(restore(tools, { yes: true })).rejects.toThrow(
      'is a backup of another database: it has no table migration, repository',
    )
    expect(done).toEqual(['codebase-mcp-postgres: pg_restore --list'])
  })

  test('asks for confirmation, and requires --yes if nobody can be asked', async () => {
    await expect(restore(listing(LIST, fileWith('PGDMP')).tools, {})).rejects.toThrow('Not a terminal; pass --yes')
    const given = { programs: () => ({ output: LIST }), isInteractive: true, answer: 'prod' }
    const { tools, done } = fakeTools(given, fileWith('PGDMP'))
    await expect(restore(tools, {})).rejects.toThrow('Nothing was replaced')
    expect(done).toHaveLength(1)
  })

  test('refuses a database outside the stack', async () => {
    const { tools } = fakeTools({ config: { 'codebase-mcp:database': '{"url":"postgres://db/x"}' } }, 'x')
    await expect(restore(tools, {})).rejects.toThrow('restore it there with pg_restore')
  })
})

describe('the service', () => {
  const containers = [...CORE.slice(2), container('worker')]

  function service(ready: boolean[], there = containers) {
    const logs = { 'codebase-mcp-server': [{ time: '1', text: 'no such relation' }] }
    const { tools, engine, done } = fakeTools({ containers: there, logs })
    const isReady = async () => ready.shift() ?? false
    return { made: makeService(containers, { ...tools, engine, isReady }), done }
  }

  test('consists of the server and the worker', async () => {
    const { made, done } = service([false, true])
    await made.stop()
    await made.start()
    expect(done).toEqual([
      'stop codebase-mcp-server codebase-mcp-worker',
      'start codebase-mcp-server codebase-mcp-worker',
    ])
  })

  test('that ends instead of serving is reported with its last lines', async () => {
    const ended = containers.map((each) =>
      each.name.endsWith('server') ? { ...each, state: 'exited' as const } : each,
    )
    await expect(service([], ended).made.start()).rejects.toThrow('Its last lines:\n  no such relation')
  })

  test('is not awaited after an interruption', async () => {
    await expect(service([]).made.start(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
  })
})

describe('statements', () => {
  test('are passed to psql on its input, and return rows', async () => {
    const texts: string[] = []
    const words: string[] = []
    const database = makeDatabase(async (command, { input } = {}) => {
      words.push(command.join(' '))
      texts.push(await drained(input))
      return { exitCode: 0, output: 'a\nb\n', errors: '' }
    })
    expect(await database.script('x', 'select 1')).toEqual(['a', 'b'])
    expect(texts).toEqual(['select 1'])
    expect(words[0]).toContain('--set ON_ERROR_STOP=1 --username postgres --dbname x')
  })

  test("that Postgres refuses are reported with Postgres' message", async () => {
    const database = makeDatabase(async () => ({ exitCode: 3, output: '', errors: 'ERROR:  no such database\n' }))
    await expect(database.script('x', 'y')).rejects.toThrow('Postgres reports an error: ERROR:  no such database')
  })

  test('that exchange databases are retried while other sessions get in between', async () => {
    let tries = 0
    const script = async () => {
      if (++tries < 3) throw new Refused('database "codebase" is being accessed by other users')
      return []
    }
    await putInPlace({ script })
    expect(tries).toBe(3)
    const denied = async () => Promise.reject(new Error('permission denied'))
    await expect(putInPlace({ script: denied })).rejects.toThrow('permission denied')
  })
})
