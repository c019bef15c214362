import { copyFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CommandError, EngineEvent, Stack, UpOptions } from '@pulumi/pulumi/automation/index.js'
import { Interrupted, Refused } from '../faults.ts'
import { type Finding, findings, inWords } from '../finding.ts'
import { isOnPath, runHere } from '../processes.ts'
import { npmRun } from '../reader.ts'
import type { Asked } from './arguments.ts'
import { cliFolder, type Lock, locksOf, withoutSalt, withoutSalts } from './pulumi/backend.ts'
import { withStackFile } from './pulumi/stack-file.ts'
import type { Exported, StackState } from './pulumi/state.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

/** Options of an operation that the user may set. */
export type Options = Pick<
  UpOptions,
  | 'refresh'
  | 'expectNoChanges'
  | 'target'
  | 'targetDependents'
  | 'replace'
  | 'exclude'
  | 'parallel'
  | 'message'
  | 'continueOnError'
>

export interface Operation {
  readonly options?: Options
  /** Settings for this run only. */
  readonly settings?: Readonly<Record<string, string>>
  readonly take: (event: EngineEvent) => void
  readonly signal: AbortSignal
}

/** One stack, controlled by the Automation API. */
export interface Pulumi {
  /** Returns a finding if the CLI is missing. */
  missing(): Promise<readonly Finding[]>
  /** Installs the CLI for this project only. @throws Refused */
  install(): Promise<void>
  /** Returns the state. Undefined if the stack does not exist. @throws Refused if it cannot be read */
  state(): Promise<StackState | undefined>
  /** Creates the stack without resources. @throws Refused */
  make(): Promise<void>
  /**
   * Runs an operation. Returns false if it failed and its events tell why.
   * @throws Refused if it failed and no event tells why
   * @throws Interrupted if the signal aborted it
   */
  run(kind: 'up' | 'preview' | 'destroy', operation: Operation): Promise<boolean>
  /** Returns the settings of the stack, including encrypted and imported ones. @throws Refused */
  config(): Promise<Readonly<Record<string, string>>>
  outputs(): Promise<Readonly<Record<string, unknown>>>
  /** Returns the locks of the stack that are visible on this machine. */
  locks(): Promise<readonly Lock[]>
  unlock(): Promise<void>
  /** Removes the pending operations of a killed run from the state. */
  forgetPending(): Promise<void>
  /** Removes the protection of all resources. */
  unprotect(): Promise<void>
  /** Runs the CLI with the given arguments on this terminal. Returns its exit code. */
  byHand(words: readonly string[]): Promise<number>
}

/** Controls a stack. @param environment result of `backendEnvironment` */
export function makePulumi(root: string, environment: NodeJS.ProcessEnv, asked: Asked): Pulumi {
  const { stack: name } = asked
  const env = definedOf(environment)
  // Loaded when needed, because loading it takes as long as many commands.
  const api = async () => {
    const { findCommand, runIn, wordsOf } = await import('./pulumi/command.ts')
    const command = await findCommand(environment)
    if (command === undefined) throw new Refused(inWords(PULUMI_MISSING))
    const automation = await import('@pulumi/pulumi/automation/index.js')
    return { ...automation, command, wordsOf, runIn: (folder: string) => runIn(command, folder, env) }
  }
  const clean = <Result>(work: () => Promise<Result>) => withoutSalt(join(root, `Pulumi.${name}.yaml`), work)
  const ask = async (args: readonly string[], folder = root): Promise<string> => {
    const { runIn, CommandError, wordsOf } = await api()
    return clean(() => runIn(folder)([...args, '--stack', name])).then(
      ({ stdout }) => stdout,
      (error) => {
        throw error instanceof CommandError && error.name === 'CommandError' ? new Refused(wordsOf(error)) : error
      },
    )
  }
  const exported = async () => JSON.parse(await ask(['stack', 'export'])) as Exported
  const stackWith = async (folder: string): Promise<Stack> => {
    const { LocalWorkspace, Stack, command } = await api()
    const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: command, envVars: env })
    // Selecting the stack would change the current stack of `pulumi` for the user.
    workspace.selectStack = async () => {}
    return Stack.select(name, workspace)
  }
  /** Explains a failure that no event has reported. */
  const refusalOf = async (error: Error): Promise<Error> => {
    if (error.name === 'ConcurrentUpdateError') return new Refused(await lockedWords(asked, pulumi))
    return error.name === 'CommandError' ? new Refused(lastWords((await api()).wordsOf(error as CommandError))) : error
  }
  const pulumi: Pulumi = {
    async missing() {
      return isOnPath('pulumi', environment) ? [] : [PULUMI_MISSING]
    },
    install: async () => (await import('./pulumi/command.ts')).installCommand(cliFolder(root)),
    async state() {
      try {
        const { resources = [], pending_operations: pending = [] } = (await exported()).deployment ?? {}
        return { resources, pending: pending.map(({ resource }) => resource.urn) }
      } catch (error) {
        if ((error as Error).name === 'StackNotFoundError') return undefined
        throw error
      }
    },
    async make() {
      // The CLI writes a stack file beside Pulumi.yaml, which is of no use here.
      await inTemporaryFolder(async (folder) => {
        copyFileSync(join(root, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'))
        await ask(['stack', 'init', '--no-select'], folder)
      })
    },
    run: (kind, { options = {}, settings = {}, take, signal }) =>
      withStackFile(root, { ...asked, settings: { ...asked.settings, ...settings } }, async (configFile) => {
        const stack = await stackWith(root)
        let isTold = false
        const onEvent = (event: EngineEvent) => {
          isTold ||= event.diagnosticEvent?.severity === 'error' || event.resOpFailedEvent !== undefined
          take(event)
        }
        try {
          const all = { ...options, configFile, onEvent, signal, color: 'never', suppressOutputs: true } as const
          await clean<unknown>(() => stack[kind](all))
          return true
        } catch (error) {
          if (signal.aborted)
            throw new Interrupted(
              `Interrupted: completed changes are recorded; \`${npmRun(asked, 'up')}\` continues from there`,
            )
          if (isTold && (error as Error).name === 'CommandError') return false
          throw await refusalOf(error as Error)
        }
      }),
    config: () =>
      withStackFile(root, asked, async (file) => {
        const folder = dirname(file)
        copyFileSync(join(root, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'))
        try {
          const all = await (await stackWith(folder)).getAllConfig()
          return Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]))
        } catch (error) {
          throw await refusalOf(error as Error)
        }
      }),
    outputs: async () => JSON.parse(await ask(['stack', 'output', '--json'])) as Readonly<Record<string, unknown>>,
    locks: async () => locksOf(name, environment),
    async unlock() {
      await ask(['cancel', '--yes'])
    },
    async forgetPending() {
      const state = await exported()
      await inTemporaryFolder(async (folder) => {
        const file = join(folder, 'state.json')
        const rest = { ...state, deployment: { ...state.deployment, pending_operations: [] } }
        writeFileSync(file, JSON.stringify(rest), { mode: 0o600 })
        await ask(['stack', 'import', '--file', file])
      })
    },
    async unprotect() {
      await ask(['state', 'unprotect', '--all', '--yes'])
    },
    async byHand(words) {
      if (!isOnPath('pulumi', environment)) throw new Refused(inWords(PULUMI_MISSING))
      return withoutSalts(root, () =>
        runHere('pulumi', words, {
          cwd: root,
          env: { ...environment, PULUMI_STACK: environment.PULUMI_STACK ?? name },
        }),
      )
    },
  }
  return pulumi
}

const PULUMI_MISSING = findings('machine').failing(
  'pulumi',
  'The Pulumi CLI is not on the PATH',
  'install it, see https://www.pulumi.com/docs/install/',
)

/** Explains which process has locked the stack. */
export async function lockedWords(asked: Asked, { locks }: Pick<Pulumi, 'locks'>): Promise<string> {
  const [lock] = await locks()
  const who = lock === undefined ? '' : ` (process ${lock.pid} on ${lock.host}, since ${lock.since})`
  return `Another \`pulumi\` is working on the stack ${asked.stack}${who}: wait until it ends, or, if it has crashed, run \`npm run pulumi -- cancel --stack ${asked.stack}\``
}

/** Returns the end of the CLI's output, where it explains its failure. */
const lastWords = (words: string) => words.split('\n').slice(-20).join('\n')

const definedOf = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined))
