import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test as it } from 'vitest'
import type { Asked } from '../../../infra/cli/arguments.ts'
import { Interrupted, Refused } from '../../../infra/faults.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { type TestOptions, test } from '../../stack/run.ts'
import type { TestTools } from '../../stack/tools.ts'
import { CORE, container, fakeTools } from '../cli/fake-tools.ts'

const folder = temporaryFolders()

type Step = 'up' | 'tests' | 'destroy'

interface World {
  /** Exit codes of the steps. 0 by default. */
  readonly codes?: Partial<Record<Step, number>>
  /** Step that throws. */
  readonly refused?: Step
  /** Step during which Ctrl-C is pressed. */
  readonly interrupted?: Step
  /** Resources on the engine before the run and after `pulumi destroy`. */
  readonly left?: { readonly before?: readonly string[]; readonly after?: readonly string[] }
  readonly options?: Partial<TestOptions>
  readonly settings?: Asked['settings']
  readonly lockedBy?: string
  readonly containers?: typeof CORE
  /** URL of a database outside the stack. */
  readonly url?: { readonly standIn: string; readonly decrypted: string }
}

const QUIET = () => ({ signal: new AbortController().signal, over: () => {} })

/** Runs the command with fakes around it and returns its actions in order. */
async function run(world: World = {}) {
  const root = folder()
  writeFileSync(join(root, 'Pulumi.test.yaml'), 'config: {}\n')
  const done: string[] = []
  const told: string[] = []
  const seen: { asked?: Asked; settings?: string; folder?: string; tests?: unknown[] } = {}
  const controller = new AbortController()
  let isUp = false
  const step = (name: Step) => {
    done.push(name)
    if (world.interrupted === name) controller.abort()
    if (world.refused === name) throw new Refused(`${name} is refused`)
    return world.interrupted === name ? 130 : (world.codes?.[name] ?? 0)
  }
  const own = fakeTools({
    state: { resources: [{ urn: 'urn' }] },
    outputs: { url: 'http://127.0.0.1:1', mcpUrl: 'http://127.0.0.1:1/mcp' },
    config: {
      'codebase-mcp:name': 'codebase-mcp',
      ...(world.url ? { 'codebase-mcp:database.url': world.url.standIn } : { 'codebase-mcp:postgres.port': '2' }),
    },
    decrypted: world.url ? { 'codebase-mcp:database.url': world.url.decrypted } : {},
    containers: world.containers ?? CORE,
    logs: { 'codebase-mcp-server': [{ time: '1', text: 'the log of a' }] },
  })
  const pulumi = {
    ...own.tools.pulumi,
    state: async () => (isUp ? own.tools.pulumi.state() : undefined),
    async run(kind: string, { take }: { take: (event: never) => void }) {
      take({ diagnosticEvent: { severity: 'info', message: `told by ${kind}`, urn: '' } } as never)
      const exitCode = step('destroy')
      if (world.interrupted === 'destroy') throw new Interrupted('interrupted')
      return exitCode === 0
    },
  }
  const terminal = {
    ...own.tools.terminal,
    print: (text: string) => void told.push(text),
    interruption: () => ({ signal: controller.signal, over: () => void done.push('over') }),
  }
  const tools: TestTools = {
    root,
    terminal,
    lock: async (name) => {
      if (world.lockedBy !== undefined) throw new Refused(`in use by ${world.lockedBy}`)
      done.push(`lock ${name}`)
      return async () => void done.push('unlock')
    },
    up: async ({ asked }) => {
      seen.asked = asked
      seen.settings = readFileSync(asked.configFile ?? '', 'utf8')
      isUp = true
      const exitCode = step('up')
      if (world.interrupted === 'up') throw new Interrupted('interrupted')
      return exitCode
    },
    toolsOf: (given, { folder }) => {
      seen.folder = folder
      return { ...own.tools, asked: given, terminal: { ...terminal, interruption: QUIET }, pulumi }
    },
    removeFromEngine: async () => {
      const isFirst = !done.includes('clear')
      done.push('clear')
      return (isFirst ? world.left?.before : world.left?.after) ?? []
    },
    databaseUrlOf: async (_, port) => `postgres://codebase:secret@127.0.0.1:${port}/codebase`,
    runTests: async (...args) => {
      seen.tests = args
      return step('tests')
    },
  }
  const asked: Asked = { stack: 'test', settings: world.settings ?? {}, passed: [] }
  const exitCode = await test(asked, tools, { command: [], ...world.options }).catch((error: Error) => error.message)
  return { exitCode, done, told: told.join('\n'), seen, root }
}

const ORDER = ['lock codebase-mcp-test', 'clear', 'up', 'tests', 'destroy', 'clear', 'over', 'unlock']

describe('npm run test:stack', () => {
  it('brings the stack up, tests it, destroys it and checks the engine', async () => {
    const { exitCode, done, seen } = await run()
    expect(exitCode).toBe(0)
    expect(done).toEqual(ORDER)
    expect(seen.tests?.slice(0, 2)).toEqual([
      ['vitest', 'run', '--project', 'acceptance'],
      {
        SERVER_URL: 'http://127.0.0.1:1',
        MCP_URL: 'http://127.0.0.1:1/mcp',
        DATABASE_URL: 'postgres://codebase:secret@127.0.0.1:2/codebase',
      },
    ])
  })

  it('tests with the encrypted URL of an external database', async () => {
    const decrypted = 'postgres://me:secret@db.example.com/index'
    const { seen } = await run({ url: { standIn: 'postgres://someone:stand-in@host.invalid/index', decrypted } })
    expect(seen.tests?.[1]).toMatchObject({ DATABASE_URL: decrypted })
  })

  it('runs another command if one is given', async () => {
    const { seen } = await run({ options: { command: ['vitest', 'run', 'mine'] } })
    expect(seen.tests?.[0]).toEqual(['vitest', 'run', 'mine'])
  })

  it('gives the stack a name of its own, and unprotected data', async () => {
    const { seen } = await run({
      options: { name: 'test-2' },
      settings: { 'codebase-mcp:protectData': 'true', 'codebase-mcp:target': 'kubernetes', 'codebase-mcp:a': 'b' },
    })
    expect(seen.asked).toMatchObject({
      stack: 'test-2',
      settings: {
        'codebase-mcp:a': 'b',
        'codebase-mcp:name': 'test-2',
        'codebase-mcp:protectData': 'false',
        'codebase-mcp:target': 'docker',
      },
    })
  })

  it('keeps its state and a copy of its settings in a folder of its own, and removes the folder', async () => {
    const { seen, root } = await run()
    expect(seen.folder).toBe(join(root, '.pulumi/test/codebase-mcp-test'))
    expect(seen.asked?.configFile).toBe(join(root, '.pulumi/test/codebase-mcp-test/stack.yaml'))
    expect(seen.settings).toBe('config: {}\n')
    expect(readdirSync(join(root, '.pulumi/test'))).toEqual([])
    expect(readFileSync(join(root, 'Pulumi.test.yaml'), 'utf8')).toBe('config: {}\n')
  })

  it('reports leftovers of an earlier run, and continues', async () => {
    const { exitCode, told } = await run({ left: { before: ['container codebase-mcp-test-server'] } })
    expect(exitCode).toBe(0)
    expect(told).toContain('Removed what an earlier run had left of codebase-mcp-test')
  })
})

describe('a failure', () => {
  it.each([
    ['up', { up: 3 }, 3, ORDER.filter((step) => step !== 'tests')],
    ['the tests', { tests: 7 }, 7, ORDER],
    ['destroy', { destroy: 5 }, 1, ORDER],
    ['the tests and then destroy', { tests: 7, destroy: 5 }, 7, ORDER],
  ])('in %s is the result, and the stack is removed all the same', async (_, codes, exitCode, order) => {
    const ended = await run({ codes })
    expect(ended.exitCode).toBe(exitCode)
    expect(ended.done).toEqual(order)
    expect(existsSync(join(ended.root, '.pulumi/test/codebase-mcp-test'))).toBe(false)
  })

  it.each(['up', 'tests', 'destroy'] as const)(
    'in %s with an exception is reported after everything is removed',
    async (refused) => {
      const { exitCode, done } = await run({ refused })
      expect(exitCode).toBe(`${refused} is refused`)
      expect(done.slice(-3)).toEqual(['clear', 'over', 'unlock'])
    },
  )

  it('in destroy is shown with its output, which is otherwise hidden', async () => {
    expect((await run({ codes: { destroy: 1 } })).told).toContain('told by destroy')
    expect((await run()).told).not.toContain('told by destroy')
  })

  it('includes a destroy that leaves something behind', async () => {
    const { exitCode, told } = await run({ left: { after: ['volume codebase-mcp-test-postgres'] } })
    expect(exitCode).toBe(1)
    expect(told).toContain('`pulumi destroy` left volume codebase-mcp-test-postgres')
  })

  it('in the tests is reported with the logs of unhealthy containers', async () => {
    const containers = [container('server', { health: 'unhealthy' }), container('postgres')]
    const { told } = await run({ codes: { tests: 1 }, containers })
    expect(told).toContain('the log of a')
    expect(told).not.toContain('postgres')
  })

  it.each([
    ['another run uses the stack', { lockedBy: 'process 7' }, 'in use by process 7'],
    ['the name could be that of another stack', { options: { name: 'codebase-mcp' } }, 'cannot be the name of a test'],
  ])('because %s is reported before anything is touched', async (_, world, message) => {
    const { exitCode, done } = await run(world)
    expect(exitCode).toContain(message)
    expect(done).toEqual([])
  })

  it('because the settings file is missing is reported with its name', async () => {
    const root = folder()
    mkdirSync(join(root, 'empty'))
    const tools = {
      root: join(root, 'empty'),
      terminal: { interruption: QUIET },
      lock: async () => async () => {},
      removeFromEngine: async () => [],
    } as unknown as TestTools
    await expect(test({ stack: 'test', settings: {}, passed: [] }, tools, { command: [] })).rejects.toThrow(
      `There is no file ${root}/empty/Pulumi.test.yaml`,
    )
  })
})

describe('Ctrl-C', () => {
  it('while the stack comes up ends the run without tests, and removes the stack immediately', async () => {
    const { exitCode, done, told } = await run({ interrupted: 'up', left: { after: ['container x'] } })
    expect(exitCode).toBe(130)
    expect(done).toEqual(['lock codebase-mcp-test', 'clear', 'up', 'clear', 'over', 'unlock'])
    expect(told).toContain('Interrupted')
    expect(told).not.toContain('pulumi destroy')
  })

  it('during the tests removes the stack immediately', async () => {
    const { exitCode, done } = await run({ interrupted: 'tests' })
    expect(exitCode).toBe(130)
    expect(done).toEqual(['lock codebase-mcp-test', 'clear', 'up', 'tests', 'clear', 'over', 'unlock'])
  })

  it('while the stack is destroyed does not prevent its removal', async () => {
    const { exitCode, done } = await run({ interrupted: 'destroy' })
    expect(exitCode).toBe(130)
    expect(done).toEqual(ORDER)
  })
})

describe('--keep', () => {
  it('keeps the stack and its state, and says how to remove it', async () => {
    const { exitCode, done, told, root } = await run({ options: { keep: true }, codes: { tests: 2 } })
    expect(exitCode).toBe(2)
    expect(done).toEqual(['lock codebase-mcp-test', 'clear', 'up', 'tests', 'over', 'unlock'])
    expect(existsSync(join(root, '.pulumi/test/codebase-mcp-test/stack.yaml'))).toBe(true)
    expect(told).toContain('npm run test:stack -- --name codebase-mcp-test --remove')
  })

  it('is undone by --remove', async () => {
    const { exitCode, done } = await run({ options: { remove: true }, left: { before: ['container x'] } })
    expect(exitCode).toBe(0)
    expect(done).toEqual(['lock codebase-mcp-test', 'clear', 'over', 'unlock'])
  })
})
