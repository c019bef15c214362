import { copyFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EngineEvent, Stack, UpOptions } from '@pulumi/pulumi/automation/index.js'
import { Interrupted, Refused } from '../faults.ts'
import { type Finding, inWords } from '../finding.ts'
import { makePassable } from '../plan/passable-config.ts'
import { npmRun } from '../printed-commands.ts'
import { isOnPath, runHere } from '../processes.ts'
import { inTemporaryFolder } from '../temporary-folder.ts'
import type { Asked } from './arguments.ts'
import { cliFolder, type Lock, locksOf, withoutSalts } from './pulumi/backend.ts'
import { makeStackCommand, PULUMI_MISSING } from './pulumi/stack-command.ts'
import { withStackFile } from './pulumi/stack-file.ts'
import type { Exported, StackState } from './pulumi/state.ts'

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
   * @throws StackNotFoundError of the Automation API if the stack does not exist
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
  const { stack } = asked
  const command = makeStackCommand(root, environment, stack)
  const exported = async () => JSON.parse(await command.ask(['stack', 'export'])) as Exported
  const locks = async () => locksOf(stack, environment)
  const explained = (error: unknown) => command.explained(error as Error, () => lockMessage(asked, { locks }))
  return {
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
        await command.ask(['stack', 'init', '--no-select'], folder)
      })
    },
    run: (kind, { settings = {}, ...operation }) =>
      withStackFile(root, { ...asked, settings: { ...asked.settings, ...settings } }, async (configFile) => {
        makePassable(root, configFile)
        const selected = await command.select()
        try {
          return await command.clean(() => runOperation(kind, selected, configFile, operation))
        } catch (error) {
          if (!operation.signal.aborted) throw await explained(error)
          const again = npmRun(asked, 'up')
          throw new Interrupted(`Interrupted: completed changes are recorded; \`${again}\` continues from there`)
        }
      }),
    config: () =>
      withStackFile(root, asked, async (file) => {
        copyFileSync(join(root, 'Pulumi.yaml'), join(dirname(file), 'Pulumi.yaml'))
        try {
          const all = await (await command.select(dirname(file))).getAllConfig()
          return Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]))
        } catch (error) {
          throw await explained(error)
        }
      }),
    outputs: async () =>
      JSON.parse(await command.ask(['stack', 'output', '--json'])) as Readonly<Record<string, unknown>>,
    locks,
    async unlock() {
      await command.ask(['cancel', '--yes'])
    },
    async forgetPending() {
      const state = await exported()
      await inTemporaryFolder(async (folder) => {
        const file = join(folder, 'state.json')
        const rest = { ...state, deployment: { ...state.deployment, pending_operations: [] } }
        writeFileSync(file, JSON.stringify(rest), { mode: 0o600 })
        await command.ask(['stack', 'import', '--file', file])
      })
    },
    async unprotect() {
      await command.ask(['state', 'unprotect', '--all', '--yes'])
    },
    async byHand(words) {
      if (!isOnPath('pulumi', environment)) throw new Refused(inWords(PULUMI_MISSING))
      const env = { ...environment, PULUMI_STACK: environment.PULUMI_STACK ?? stack }
      return withoutSalts(root, () => runHere('pulumi', words, { cwd: root, env }))
    },
  }
}

/** Runs an operation. Returns false if it failed and an event has told why. */
async function runOperation(
  kind: 'up' | 'preview' | 'destroy',
  stack: Stack,
  configFile: string,
  { options = {}, take, signal }: Omit<Operation, 'settings'>,
): Promise<boolean> {
  let isReported = false
  const onEvent = (event: EngineEvent) => {
    isReported ||= event.diagnosticEvent?.severity === 'error' || event.resOpFailedEvent !== undefined
    take(event)
  }
  try {
    await stack[kind]({ ...options, configFile, onEvent, signal, color: 'never', suppressOutputs: true })
    return true
  } catch (error) {
    if (isReported && !signal.aborted && (error as Error).name === 'CommandError') return false
    throw error
  }
}

/** Explains which process has locked the stack. */
export async function lockMessage(asked: Asked, { locks }: Pick<Pulumi, 'locks'>): Promise<string> {
  const [lock] = await locks()
  const who = lock === undefined ? '' : ` (process ${lock.pid} on ${lock.host}, since ${lock.since})`
  return `Another \`pulumi\` is working on the stack ${asked.stack}${who}: wait until it ends, or, if it has crashed, run \`npm run pulumi -- cancel --stack ${asked.stack}\``
}
