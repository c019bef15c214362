import { join } from 'node:path'
import type { Asked } from '../arguments.ts'
import { type Ended, outputOf, runHere } from '../child-process.ts'
import { Refused } from '../faults.ts'
import { isStackHere, withoutSalt } from './backend.ts'
import type { StateResource } from './healing.ts'

/** The CLI, for one stack. */
export interface Pulumi {
  /** What the stack consists of; undefined where there is no such stack. */
  resources(): Promise<readonly StateResource[] | undefined>
  exists(): Promise<boolean>
  makeStack(): Promise<void>
  /** The stack's settings as its file and Pulumi.yaml give them. */
  settings(): Promise<Readonly<Record<string, string>>>
  outputs(): Promise<Readonly<Record<string, unknown>>>
  /** Lets everything be removed. */
  unprotect(): Promise<void>
  /** Runs a command of the CLI at this terminal; its exit code. */
  run(command: readonly string[], configFile?: string): Promise<number>
}

export function makePulumi(root: string, environment: NodeJS.ProcessEnv, { stack, configFile }: Asked): Pulumi {
  const options = { cwd: root, env: environment }
  const stackFile = join(root, `Pulumi.${stack}.yaml`)
  const select = ['--stack', stack]
  const file = (path = configFile) => (path === undefined ? [] : ['--config-file', path])
  const clean = <Result>(work: () => Promise<Result>) =>
    withoutSalt(stackFile, () => (configFile === undefined ? work() : withoutSalt(configFile, work)))
  const ask = (...args: string[]) => clean(() => outputOf('pulumi', [...args, '--non-interactive'], options))
  const resources = async () => {
    const ended = await ask('stack', 'export', ...select)
    if (ended.exitCode !== 0 && ended.errors.includes('no stack named')) return undefined
    return json<{ deployment?: { resources?: StateResource[] } }>(ended).deployment?.resources ?? []
  }
  return {
    resources,
    async exists() {
      return isStackHere(stack, environment) || (await resources()) !== undefined
    },
    async makeStack() {
      sound(await ask('stack', 'init', ...select, '--no-select'))
    },
    async settings() {
      const entries = Object.entries(
        json<Record<string, { value?: string }>>(await ask('config', '--json', ...select, ...file())),
      )
      return Object.fromEntries(entries.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])))
    },
    async outputs() {
      return json(await ask('stack', 'output', '--json', ...select))
    },
    async unprotect() {
      sound(await ask('state', 'unprotect', '--all', '--yes', ...select))
    },
    run(command, path) {
      return clean(() => runHere('pulumi', [...command, ...select, ...file(path)], options))
    },
  }
}

function sound(ended: Ended): Ended {
  if (ended.exitCode !== 0) throw new Refused(ended.errors.trim())
  return ended
}

const json = <Value>(ended: Ended) => JSON.parse(sound(ended).output) as Value
