import { join } from 'node:path'
import type { CommandError, Stack } from '@pulumi/pulumi/automation/index.js'
import { Refused } from '../../faults.ts'
import { findings, inWords } from '../../finding.ts'
import { withoutSalt } from './backend.ts'

/** The CLI, for one stack. All methods throw Refused if it is missing. */
export interface StackCommand {
  /** Runs a command and returns its output. @throws Refused with what the CLI says */
  ask(args: readonly string[], folder?: string): Promise<string>
  /** Returns the stack in the project of a folder, by default in this project. */
  select(folder?: string): Promise<Stack>
  /** Runs an operation, and leaves no salt in the stack's file. */
  clean<Result>(work: () => Promise<Result>): Promise<Result>
  /** Returns the error by which a failed operation is reported. @param locked explains who has locked the stack */
  explained(error: Error, locked: () => Promise<string>): Promise<Error>
}

export const PULUMI_MISSING = findings('machine').failing(
  'pulumi',
  'The Pulumi CLI is not on the PATH',
  'install it, see https://www.pulumi.com/docs/install/',
)

/** @param environment result of `backendEnvironment` */
export function makeStackCommand(root: string, environment: NodeJS.ProcessEnv, name: string): StackCommand {
  const env = definedOf(environment)
  // Loaded when needed, because loading it takes as long as many commands.
  const find = async () => {
    const { findCommand, runIn, wordsOf } = await import('./command.ts')
    const command = await findCommand(environment)
    if (command === undefined) throw new Refused(inWords(PULUMI_MISSING))
    return { ...(await import('@pulumi/pulumi/automation/index.js')), command, runIn, wordsOf }
  }
  let found: ReturnType<typeof find> | undefined
  const load = () => {
    found ??= find()
    return found
  }
  const clean = <Result>(work: () => Promise<Result>) => withoutSalt(join(root, `Pulumi.${name}.yaml`), work)
  return {
    clean,
    async ask(args, folder = root) {
      const { command, runIn, CommandError, wordsOf } = await load()
      try {
        return (await clean(() => runIn(command, folder, env)([...args, '--stack', name]))).stdout
      } catch (error) {
        throw error instanceof CommandError && error.name === 'CommandError' ? new Refused(wordsOf(error)) : error
      }
    },
    async select(folder = root) {
      const { LocalWorkspace, Stack, command } = await load()
      const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: command, envVars: env })
      // Selecting the stack would change the current stack of `pulumi` for the user.
      workspace.selectStack = async () => {}
      return Stack.select(name, workspace)
    },
    async explained(error, locked) {
      if (error.name === 'ConcurrentUpdateError') return new Refused(await locked())
      if (error.name !== 'CommandError') return error
      return new Refused(endOf((await load()).wordsOf(error as CommandError)))
    },
  }
}

/** Returns the end of the CLI's output, where it explains its failure. */
const endOf = (words: string) => words.split('\n').slice(-20).join('\n')

const definedOf = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined))
