import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Asked } from '../arguments.ts'
import { Failures } from '../failures.ts'
import { obstructed, Refused } from '../faults.ts'
import { askedOfTestStack, type Identity, identityOf } from '../test-stack/identity.ts'
import type { TestTools } from '../test-stack/tools.ts'
import { settingsOf, UNASKED } from '../tools.ts'

export interface TestOptions {
  readonly name?: string
  /** What to run instead of the acceptance tests; they run where it is empty. */
  readonly command: readonly string[]
  /** Leaves the stack as it is in the end. */
  readonly keep?: boolean
  /** Removes what an earlier run has left, and does nothing else. */
  readonly remove?: boolean
}

interface TestRun {
  readonly identity: Identity
  readonly asked: Asked
  /** `pulumi` among them is the test stack's. */
  readonly tools: TestTools
  readonly signal: AbortSignal
}

const INTERRUPTED = 130
const ACCEPTANCE_TESTS = ['vitest', 'run', '--project', 'acceptance']

/** Brings a stack of its own up, runs tests against it and removes it, whatever happens; 0 where all three went well. */
export async function test(asked: Asked, tools: TestTools, options: TestOptions): Promise<number> {
  const identity = identityOf(asked, tools.root, options.name)
  const fault = await tools.engine.fault()
  if (fault !== undefined) throw obstructed([fault])
  const release = await tools.lock(identity.name)
  const interruption = tools.interruption()
  try {
    await removeLeftovers(identity, tools)
    if (options.remove) return 0
    return await testAndRemove(begin(asked, identity, tools, interruption.signal), options)
  } finally {
    interruption.over()
    await release()
  }
}

async function removeLeftovers({ name, folder }: Identity, tools: TestTools): Promise<void> {
  const left = await tools.removeFromEngine(name)
  rmSync(folder, { recursive: true, force: true })
  if (left.length > 0) tools.terminal.print(`Removed what an earlier run had left of ${name} on the engine.`)
}

function begin(asked: Asked, identity: Identity, tools: TestTools, signal: AbortSignal): TestRun {
  const file = resolve(tools.root, asked.configFile ?? 'Pulumi.test.yaml')
  if (!existsSync(file)) throw new Refused(`There is no file ${file}: correct --config-file`)
  mkdirSync(identity.folder, { recursive: true, mode: 0o700 })
  // The CLI saves the settings that it is given.
  const copy = join(identity.folder, 'stack.yaml')
  copyFileSync(file, copy)
  const own = askedOfTestStack(asked, identity, copy)
  return { identity, asked: own, tools: { ...tools, pulumi: tools.pulumiOf(own, identity, signal) }, signal }
}

async function testAndRemove(run: TestRun, { command, keep = false }: TestOptions): Promise<number> {
  const { signal, tools } = run
  const tell = () => tools.terminal.print('Interrupted: what is under way ends, and the test stack is removed.')
  if (!keep) signal.addEventListener('abort', tell, { once: true })
  let exitCode = 1
  let removed = 1
  try {
    exitCode = await upAndTest(run, command.length === 0 ? ACCEPTANCE_TESTS : command)
  } finally {
    if (keep) tellKept(run)
    removed = keep ? 0 : await remove(run)
  }
  return signal.aborted ? INTERRUPTED : exitCode || removed
}

async function upAndTest({ asked, tools, signal, identity }: TestRun, command: readonly string[]): Promise<number> {
  const { terminal, engine, pulumi } = tools
  const broughtUp = await timed('Bringing the test stack up', terminal, () => tools.up(asked, tools))
  if (broughtUp !== 0 || signal.aborted) return broughtUp
  const { url, mcpUrl } = await pulumi.outputs()
  const { database, postgres } = await settingsOf(asked, tools)
  const variables = {
    SERVER_URL: String(url),
    MCP_URL: String(mcpUrl),
    DATABASE_URL: database.url?.reveal() ?? (await tools.databaseUrlOf(identity, postgres.port)),
  }
  const tested = await timed('Testing', terminal, () => tools.runTests(command, variables, signal))
  if (tested !== 0 && !signal.aborted) {
    const containers = await engine.containersOf(identity.name)
    for (const failure of await new Failures(engine).among(containers)) terminal.print(failure)
  }
  return tested
}

/** Destroys the stack, and then makes sure of it; an interrupted one is only made sure of, which is quicker. */
async function remove(run: TestRun): Promise<number> {
  const { identity, tools, signal } = run
  let exitCode = 1
  try {
    exitCode = signal.aborted ? INTERRUPTED : await destroy(run)
  } finally {
    const left = await tools.removeFromEngine(identity.name)
    rmSync(identity.folder, { recursive: true, force: true })
    if (left.length > 0 && !signal.aborted) {
      tools.terminal.print(`\`pulumi destroy\` had left ${left.join(', ')}: removed.`)
      exitCode ||= 1
    }
  }
  return exitCode
}

async function destroy({ tools: { pulumi, terminal } }: TestRun): Promise<number> {
  const state = await pulumi.state()
  if (state === undefined || state.resources.length === 0) return 0
  const told: string[] = []
  const command = ['destroy', ...UNASKED, '--suppress-outputs']
  const exitCode = await timed('Destroying the test stack', terminal, () =>
    pulumi.follow(command, (line) => void told.push(line)),
  )
  if (exitCode !== 0) terminal.print(told.join('\n'))
  return exitCode
}

async function timed(what: string, terminal: TestTools['terminal'], work: () => Promise<number>): Promise<number> {
  const began = performance.now()
  const exitCode = await work()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  terminal.print(`${what}: ${exitCode === 0 ? 'done' : `failed with ${exitCode}`} after ${seconds} s`)
  return exitCode
}

function tellKept({ identity: { name, folder }, asked, tools: { terminal } }: TestRun): void {
  const stack = `--stack ${name} --config-file ${asked.configFile}`
  terminal.print(
    [
      `The test stack ${name} is left as it is. Other commands find it with:`,
      `  PULUMI_BACKEND_URL=file://${folder} npm run status -- ${stack}`,
      'It is removed by the next run, or with:',
      `  npm run test:stack -- --name ${name} --remove`,
    ].join('\n'),
  )
}
