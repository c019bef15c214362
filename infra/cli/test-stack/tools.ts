import { delimiter, join } from 'node:path'
import type { Asked } from '../arguments.ts'
import { runHere } from '../child-process.ts'
import { up } from '../commands/up.ts'
import { type Interruption, listenForInterruption } from '../interruption.ts'
import { backendEnvironment } from '../pulumi/backend.ts'
import { makePulumi, type Pulumi } from '../pulumi/cli.ts'
import type { Tools } from '../tools.ts'
import { databaseUrlOf } from './database-url.ts'
import type { Identity } from './identity.ts'
import { removeFromEngine } from './removal.ts'
import { holdLock, type Release } from './run-lock.ts'

type Variables = Readonly<Record<string, string>>

/** What a run of the test stack works with besides. */
export interface TestTools extends Tools {
  /** @throws Refused where another run uses the stack */
  lock(name: string): Promise<Release>
  interruption(): Interruption
  /** What `npm run up` does. */
  readonly up: typeof up
  /** The CLI for the test stack, whose state is in its own folder; the signal interrupts it, and a Ctrl-C does not. */
  pulumiOf(asked: Asked, identity: Identity, signal: AbortSignal): Pulumi
  /** What there was. @throws Refused where something stays */
  removeFromEngine(name: string): Promise<readonly string[]>
  databaseUrlOf(identity: Identity, port: number): Promise<string>
  /** The exit code of a command in the project's folder. */
  runTests(command: readonly string[], variables: Variables, signal: AbortSignal): Promise<number>
}

export function makeTestTools(tools: Tools): TestTools {
  const { root } = tools
  const backendOf = ({ folder }: Identity) =>
    backendEnvironment(root, { ...process.env, PULUMI_BACKEND_URL: `file://${folder}` })
  return {
    ...tools,
    up,
    lock: holdLock,
    interruption: listenForInterruption,
    pulumiOf: (asked, identity, signal) => makePulumi(root, backendOf(identity), asked, signal),
    removeFromEngine: (name) => removeFromEngine(name, process.env),
    databaseUrlOf: (identity, port) => databaseUrlOf(identity.name, port, { cwd: root, env: backendOf(identity) }),
    runTests([program = '', ...words], variables, signal) {
      const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
      return runHere(program, words, { cwd: root, env: { ...process.env, PATH, ...variables }, signal })
    },
  }
}
