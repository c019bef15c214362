import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import * as errors from '@pulumi/pulumi/automation/errors.js'
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js'
import { Refused } from '../../faults.ts'
import { ended, interruptedBy } from '../../processes.ts'

/** What a run of the CLI wrote. @throws CommandError with its exit code, of the kind that the Automation API gives it */
export type Run = (args: readonly string[], signal?: AbortSignal) => Promise<{ readonly stdout: string }>

// The SDK has these for itself, and declares them nowhere.
const { createCommandError } = errors as unknown as {
  readonly createCommandError: (result: Result) => errors.CommandError
}
interface Result {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** What the CLI wrote to stderr before it failed. */
export const wordsOf = (error: errors.CommandError) =>
  (error as unknown as { readonly commandResult: Result }).commandResult.stderr.trim()

/**
 * The CLI, each run of it in a process group of its own: a Ctrl-C at the terminal would reach it beside the signal by
 * which this program ends it, and of two it takes the second for the wish to be killed.
 */
export async function findCommand(environment: NodeJS.ProcessEnv): Promise<PulumiCommand | undefined> {
  const command = await found(environment)
  if (command === undefined) return undefined
  const run = async (
    args: readonly string[],
    cwd: string,
    variables: NodeJS.ProcessEnv,
    _onOutput?: unknown,
    _onError?: unknown,
    signal?: AbortSignal,
  ) => {
    const env = { ...environment, ...variables, PULUMI_AUTOMATION_API: 'true' }
    const words = args.includes('--non-interactive') ? args : [...args, '--non-interactive']
    const child = spawn(command.command, words, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const release = signal === undefined ? () => {} : interruptedTwice(child, signal)
    try {
      const [code, stdout, stderr] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
      const result = { stdout, stderr, code }
      if (code !== 0) throw createCommandError(result)
      return result
    } finally {
      release()
    }
  }
  return Object.assign(command, { run })
}

/** npm hands on a Ctrl-C that the terminal has sent to this process too. */
const ONE_WISH_MS = 1_000

/** The first signal lets it end in order, and one that comes later makes it end at once. */
function interruptedTwice(child: ChildProcess, signal: AbortSignal): () => void {
  const release = interruptedBy(child, signal)
  let since = Number.POSITIVE_INFINITY
  const begin = () => {
    since = performance.now()
  }
  const again = () => {
    if (performance.now() - since > ONE_WISH_MS && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  }
  signal.addEventListener('abort', begin, { once: true })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, again)
  return () => {
    release()
    signal.removeEventListener('abort', begin)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, again)
  }
}

/** Runs any command of the CLI in a folder. */
export const runIn =
  (command: PulumiCommand, folder: string, environment: NodeJS.ProcessEnv): Run =>
  (args, signal) =>
    (command as unknown as { readonly run: (...all: readonly unknown[]) => ReturnType<Run> }).run(
      args,
      folder,
      environment,
      undefined,
      undefined,
      signal,
    )

async function found({ PATH }: NodeJS.ProcessEnv): Promise<PulumiCommand | undefined> {
  const before = process.env.PATH
  // It looks for the program on the PATH of this process alone.
  process.env.PATH = PATH
  try {
    return await PulumiCommand.get({ skipVersionCheck: true })
  } catch {
    return undefined
  } finally {
    process.env.PATH = before
  }
}

/** Installs the CLI of this project's SDK into a folder. @throws Refused where it cannot be fetched */
export async function installCommand(folder: string): Promise<void> {
  try {
    await PulumiCommand.install({ root: folder })
  } catch (error) {
    throw new Refused(
      `The Pulumi CLI could not be installed: ${(error as Error).message.trim().split('\n', 1)[0]}. Without access to the internet, unpack its archive elsewhere, and copy what is in its folder to ${folder}/bin`,
    )
  }
}
