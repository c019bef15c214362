import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Asked } from '../../infra/cli/arguments.ts'
import { operate, troubleshooter } from '../../infra/cli/operation.ts'
import type { Tools } from '../../infra/cli/target.ts'
import { Interrupted, Refused } from '../../infra/faults.ts'
import { readSettings, type Settings } from '../../infra/settings/settings.ts'
import { askedOfTestStack, type Identity, identityOf } from './identity.ts'
import type { TestTools } from './tools.ts'

export interface TestOptions {
  readonly name?: string
  /** Command to run instead of the acceptance tests. Empty to run these. */
  readonly command: readonly string[]
  /** Keeps the stack at the end. */
  readonly keep?: boolean
  /** Only removes what an earlier run has left. */
  readonly remove?: boolean
}

interface TestRun {
  readonly identity: Identity
  readonly tools: TestTools
  /** Tools for the test stack. */
  readonly own: Tools
  readonly signal: AbortSignal
}

const INTERRUPTED = 130
const ACCEPTANCE_TESTS = ['vitest', 'run', '--project', 'acceptance']

/**
 * Brings a test stack up, runs tests against it and removes it, also after a failure. Returns 0 if all three succeeded.
 */
export async function test(asked: Asked, tools: TestTools, options: TestOptions): Promise<number> {
  const identity = identityOf(asked, tools.root, options.name)
  const release = await tools.lock(identity.name)
  const interruption = tools.terminal.interruption()
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
  // The CLI saves settings into the file it is given, so give it a copy.
  const copy = join(identity.folder, 'stack.yaml')
  copyFileSync(file, copy)
  return { identity, tools, own: tools.toolsOf(askedOfTestStack(asked, identity, copy), identity), signal }
}

async function testAndRemove(run: TestRun, { command, keep = false }: TestOptions): Promise<number> {
  const { signal, tools } = run
  const tell = () => tools.terminal.print('Interrupted: the current step ends, and then the test stack is removed.')
  if (!keep) signal.addEventListener('abort', tell, { once: true })
  let exitCode = 1
  let removed = 1
  try {
    exitCode = await upAndTest(run, command.length === 0 ? ACCEPTANCE_TESTS : command)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    if (keep) tellKept(run)
    removed = keep ? 0 : await remove(run)
  }
  return signal.aborted ? INTERRUPTED : exitCode || removed
}

async function upAndTest({ own, tools, signal }: TestRun, command: readonly string[]): Promise<number> {
  const { terminal } = tools
  const broughtUp = await timed('Bringing the test stack up', terminal, () => tools.up(own))
  if (broughtUp !== 0 || signal.aborted) return broughtUp
  const { url, mcpUrl } = await own.pulumi.outputs()
  const settings = own.settings()
  const variables = {
    SERVER_URL: String(url),
    MCP_URL: String(mcpUrl),
    DATABASE_URL: (await givenUrl(own, settings)) ?? (await tools.databaseUrlOf(own, settings.postgres.port)),
  }
  const tested = await timed('Testing', terminal, () => tools.runTests(command, variables, signal))
  if (tested !== 0 && !signal.aborted) await troubleshooter(await own.targetOf(settings), terminal)()
  return tested
}

/** Returns the URL of a database outside the stack, decrypted. */
const givenUrl = async ({ pulumi }: Tools, { database }: Settings) =>
  database.url === undefined ? undefined : readSettings(await pulumi.config()).database.url?.reveal()

/**
 * Destroys the stack, then removes whatever is left on the engine. After an interruption it skips the first step to be
 * quick.
 */
async function remove(run: TestRun): Promise<number> {
  const { identity, tools, signal } = run
  let exitCode = 1
  try {
    exitCode = signal.aborted ? INTERRUPTED : await destroy(run)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    exitCode = INTERRUPTED
  } finally {
    const left = await tools.removeFromEngine(identity.name)
    rmSync(identity.folder, { recursive: true, force: true })
    if (left.length > 0 && !signal.aborted) {
      tools.terminal.print(`\`pulumi destroy\` left ${left.join(', ')}; removed.`)
      exitCode ||= 1
    }
  }
  return exitCode
}

async function destroy({ own, tools: { terminal } }: TestRun): Promise<number> {
  const state = await own.pulumi.state()
  if (state === undefined || state.resources.length === 0) return 0
  const told: string[] = []
  const quiet = { ...own, terminal: { ...own.terminal, print: (line: string) => void told.push(line) } }
  const exitCode = await timed('Destroying the test stack', terminal, async () =>
    (await operate('destroy', quiet, {})) ? 0 : 1,
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

function tellKept({ identity: { name, folder }, own: { asked }, tools: { terminal } }: TestRun): void {
  const stack = `--stack ${name} --config-file ${asked.configFile}`
  terminal.print(
    [
      `The test stack ${name} is kept. Use it with other commands like this:`,
      `  PULUMI_BACKEND_URL=file://${folder} npm run status -- ${stack}`,
      'The next run removes it. To remove it now:',
      `  npm run test:stack -- --name ${name} --remove`,
    ].join('\n'),
  )
}
