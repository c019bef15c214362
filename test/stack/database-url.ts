import type { Tools } from '../../infra/cli/target.ts'
import { Refused } from '../../infra/faults.ts'
import { outputOf } from '../../infra/processes.ts'

/** Reads the service's database URL from the stack's state, with the service's role and as seen from this machine. */
export async function databaseUrlOf({ asked, root, environment }: Tools, port: number): Promise<string> {
  const command = ['stack', 'export', '--show-secrets', '--stack', asked.stack, '--non-interactive']
  const { exitCode, output, errors } = await outputOf('pulumi', command, {
    cwd: root,
    env: environment,
    detached: true,
  })
  if (exitCode !== 0) throw new Refused(errors.trim())
  return databaseUrlIn(output, port)
}

/** @param state exported state, with its secrets in plain text */
export function databaseUrlIn(state: string, port: number): string {
  const [, login, database] = /postgres:\/\/(codebase:\w+)@postgres:5432\/(\w+)/.exec(state) ?? []
  if (login === undefined) throw new Refused('The state of the test stack holds no URL of its database')
  return `postgres://${login}@127.0.0.1:${port}/${database}`
}
