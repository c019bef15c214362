import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import * as errors from '@pulumi/pulumi/automation/errors.js'
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js'
import { Refused } from '../../faults.ts'
import { ended, interruptedBy } from '../../processes.ts'

/**
 * Runs the CLI and returns its output.
 * @throws CommandError with the exit code, of the subclass that the Automation API uses
 */
export type Run = (args: readonly string[], signal?: AbortSignal) => Promise<{ readonly stdout: string }>

// The SDK uses these internally but does not export their types.
const { createCommandError } = errors as unknown as {
  readonly createCommandError: (result: Result) => errors.CommandError
}
interface Result {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Returns why the CLI failed: its stderr, or its stdout if an operation failed before it had events. */
export function wordsOf(error: errors.CommandError): string {
  const { stdout, stderr, code } = (error as unknown as { readonly commandResult: Result }).commandResult
  return stderr.trim() || stdout.trim() || `The Pulumi CLI ended with exit code ${code} and gave no reason`
}

/**
 * Finds the CLI. Each run gets its own process group. Otherwise a Ctrl-C in the terminal would reach the CLI in
 * addition to the signal from this program, and the CLI takes a second signal as a request to stop at once.
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

/** npm forwards a Ctrl-C that this process also gets from the terminal, so signals within this time count as one. */
const ONE_WISH_MS = 1_000

/** Lets the CLI stop gracefully at the first signal, and stops it at once at a later one. */
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

/** Returns a function that runs commands of the CLI in a folder. */
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
  // The SDK searches only the PATH of this process.
  process.env.PATH = PATH
  try {
    return await PulumiCommand.get({ skipVersionCheck: true })
  } catch {
    return undefined
  } finally {
    process.env.PATH = before
  }
}

/** Installs the CLI that matches the project's SDK into a folder. @throws Refused if it cannot be downloaded */
export async function installCommand(folder: string): Promise<void> {
  try {
    await PulumiCommand.install({ root: folder })
  } catch (error) {
    throw new Refused(
      `The Pulumi CLI could not be installed: ${(error as Error).message.trim().split('\n', 1)[0]}. Without access to the internet, unpack its archive elsewhere, and copy the files in its folder to ${folder}/bin`,
    )
  }
}
