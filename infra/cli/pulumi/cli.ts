import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Asked } from '../arguments.ts'
import { type Ended, isOnPath, NOT_STARTED, outputOf, runHere, runLines } from '../child-process.ts'
import { Refused } from '../faults.ts'
import { isStackHere, type Lock, locksOf, withoutSalt, withoutSalts } from './backend.ts'
import type { StackState, StateResource } from './state.ts'

/** The CLI, for one stack. */
export interface Pulumi {
  /** Undefined where there is no such stack. */
  state(): Promise<StackState | undefined>
  /** False also where the CLI is missing and the stack is in a backend elsewhere. */
  exists(): Promise<boolean>
  /** Of the CLI; undefined where it is missing. */
  version(): Promise<string | undefined>
  makeStack(): Promise<void>
  /** The stack's settings as its file and Pulumi.yaml give them. */
  settings(): Promise<Readonly<Record<string, string>>>
  outputs(): Promise<Readonly<Record<string, unknown>>>
  /** Who works on the stack, as far as that can be seen from here. */
  locks(): Promise<readonly Lock[]>
  unlock(): Promise<void>
  /** Forgets the operations that a killed run began. */
  forgetPending(): Promise<void>
  /** Lets everything be removed. */
  unprotect(): Promise<void>
  /** Runs a command of the CLI that asks nothing, and hands over each line of its display; its exit code. */
  follow(command: readonly string[], take: (line: string) => void, variables?: Variables): Promise<number>
  /** Runs a command of the CLI at this terminal; its exit code. */
  run(command: readonly string[], configFile?: string, variables?: Variables): Promise<number>
  /** Runs the CLI at this terminal with just these words; its exit code. */
  byHand(words: readonly string[]): Promise<number>
}

/** For one command alone. */
type Variables = Readonly<Record<string, string>>

/** A stack's state as the CLI exports it. */
interface Exported {
  readonly deployment?: {
    readonly resources?: readonly StateResource[]
    readonly pending_operations?: readonly { readonly resource: StateResource }[]
  }
}

/** @param apart interrupts what the CLI does; where it is given, a Ctrl-C does not reach that */
export function makePulumi(
  root: string,
  environment: NodeJS.ProcessEnv,
  { stack, configFile }: Asked,
  apart?: AbortSignal,
): Pulumi {
  const options = { cwd: root, env: environment, detached: apart !== undefined }
  const withVariables = (variables: Variables = {}) => ({ ...options, env: { ...environment, ...variables } })
  const stackFile = join(root, `Pulumi.${stack}.yaml`)
  const select = ['--stack', stack]
  const file = (path = configFile) => (path === undefined ? [] : ['--config-file', path])
  const clean = <Result>(work: () => Promise<Result>) =>
    withoutSalt(stackFile, () => (configFile === undefined ? work() : withoutSalt(configFile, work)))
  const ask = (...args: string[]) => clean(() => outputOf('pulumi', [...args, '--non-interactive'], options))
  const state = async () => {
    const ended = await ask('stack', 'export', ...select)
    if (ended.exitCode !== 0 && ended.errors.includes('no stack named')) return undefined
    const { resources = [], pending_operations: pending = [] } = json<Exported>(ended).deployment ?? {}
    return { resources, pending: pending.map(({ resource }) => resource.urn) }
  }
  return {
    state,
    async exists() {
      if (isStackHere(stack, environment)) return true
      return isOnPath('pulumi', environment) && (await state()) !== undefined
    },
    async version() {
      const { exitCode, output } = await outputOf('pulumi', ['version'], options)
      return exitCode === 0 ? output.trim().replace(/^v/, '') : undefined
    },
    async makeStack() {
      sound(await ask('stack', 'init', ...select, '--no-select'))
    },
    async settings() {
      const entries = Object.entries(
        json<Record<string, { value?: string }>>(await ask('config', '--json', '--show-secrets', ...select, ...file())),
      )
      return Object.fromEntries(entries.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])))
    },
    async outputs() {
      return json(await ask('stack', 'output', '--json', ...select))
    },
    locks: async () => locksOf(stack, environment),
    async unlock() {
      sound(await ask('cancel', '--yes', ...select))
    },
    async forgetPending() {
      const exported = json<Exported>(await ask('stack', 'export', ...select))
      const rest = { ...exported, deployment: { ...exported.deployment, pending_operations: [] } }
      const file = join(mkdtempSync(join(tmpdir(), 'codebase-mcp-')), 'state.json')
      try {
        writeFileSync(file, JSON.stringify(rest), { mode: 0o600 })
        sound(await ask('stack', 'import', '--file', file, ...select))
      } finally {
        rmSync(dirname(file), { recursive: true })
      }
    },
    async unprotect() {
      sound(await ask('state', 'unprotect', '--all', '--yes', ...select))
    },
    follow(command, take, variables) {
      const words = [...command, '--non-interactive', ...select, ...file()]
      return clean(() => runLines('pulumi', words, { ...withVariables(variables), signal: apart }, take))
    },
    run(command, path, variables) {
      const words = [...command, ...select, ...file(path)]
      return clean(() => runHere('pulumi', words, { ...withVariables(variables), signal: apart }))
    },
    byHand(words) {
      const env = { ...environment, PULUMI_STACK: environment.PULUMI_STACK ?? stack }
      return withoutSalts(root, () => runHere('pulumi', words, { ...options, env }))
    },
  }
}

export const PULUMI_MISSING = 'The Pulumi CLI is not on the PATH: install it, see https://www.pulumi.com/docs/install/'

function sound(ended: Ended): Ended {
  if (ended.exitCode === NOT_STARTED) throw new Refused(PULUMI_MISSING)
  if (ended.exitCode !== 0) throw new Refused(ended.errors.trim())
  return ended
}

const json = <Value>(ended: Ended) => JSON.parse(sound(ended).output) as Value
