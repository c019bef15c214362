import type { SpawnOptions } from 'node:child_process'
import { outputOf } from '../child-process.ts'
import { Refused } from '../faults.ts'

/** Where the service finds its database, with its role and seen from this machine, out of the stack's state. */
export async function databaseUrlOf(stack: string, port: number, options: SpawnOptions): Promise<string> {
  const command = ['stack', 'export', '--show-secrets', '--stack', stack, '--non-interactive']
  const { exitCode, output, errors } = await outputOf('pulumi', command, { ...options, detached: true })
  if (exitCode !== 0) throw new Refused(errors.trim())
  return databaseUrlIn(output, port)
}

/** @param state as it is exported, with its secrets in plain text */
export function databaseUrlIn(state: string, port: number): string {
  const [, login, database] = /postgres:\/\/(codebase:\w+)@postgres:5432\/(\w+)/.exec(state) ?? []
  if (login === undefined) throw new Refused('The state of the test stack holds no URL of its database')
  return `postgres://${login}@127.0.0.1:${port}/${database}`
}
