import { delimiter, join } from 'node:path'
import type { Asked } from '../../infra/cli/arguments.ts'
import { up } from '../../infra/cli/commands/up.ts'
import type { Tools } from '../../infra/cli/target.ts'
import { makeTools } from '../../infra/cli/tools.ts'
import { runHere } from '../../infra/processes.ts'
import { databaseUrlOf } from './database-url.ts'
import type { Identity } from './identity.ts'
import { removeFromEngine } from './removal.ts'
import { holdLock, type Release } from './run-lock.ts'

type Variables = Readonly<Record<string, string>>

/** What a run of the test stack needs, apart from the tools of its stack. */
export interface TestTools extends Pick<Tools, 'root' | 'terminal'> {
  /** @throws Refused if another run uses the stack */
  lock(name: string): Promise<Release>
  /** Does what `npm run up` does. */
  readonly up: (tools: Tools) => Promise<number>
  /** Returns tools for the test stack, whose state is in its own folder. */
  toolsOf(asked: Asked, identity: Identity): Tools
  /**
   * Returns the removed resources.
   * @throws Refused if something cannot be removed
   */
  removeFromEngine(name: string): Promise<readonly string[]>
  databaseUrlOf(tools: Tools, port: number): Promise<string>
  /** Runs a command in the project's folder and returns its exit code. */
  runTests(command: readonly string[], variables: Variables, signal: AbortSignal): Promise<number>
}

export function makeTestTools({ root, terminal }: Tools): TestTools {
  return {
    root,
    terminal,
    up: (tools) => up(tools, { yes: true }),
    lock: holdLock,
    toolsOf: (asked, { folder }) => ({
      ...makeTools(root, asked, { ...process.env, PULUMI_BACKEND_URL: `file://${folder}` }),
      terminal,
    }),
    removeFromEngine: (name) => removeFromEngine(name, process.env),
    databaseUrlOf,
    runTests([program = '', ...words], variables, signal) {
      const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
      return runHere(program, words, { cwd: root, env: { ...process.env, PATH, ...variables }, signal })
    },
  }
}
