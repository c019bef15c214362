import { DATABASE, ROLES } from '../../postgres/connection.ts'
import type { Tools } from '../target.ts'

export interface PsqlOptions {
  readonly role: keyof typeof ROLES
}

/** Runs psql in the database's container, on this terminal. Returns its exit code. */
export async function psql(tools: Tools, { role }: PsqlOptions): Promise<number> {
  const { asked, terminal } = tools
  const target = await tools.targetOf(tools.settings())
  const { id, login } = await target.postgres('run psql with its URL')
  const { user, variables } = login(ROLES[role])
  const all = [
    // Only /tmp is writable in the container.
    'PSQL_HISTORY=/tmp/.psql_history',
    ...(terminal.isInteractive ? [`TERM=${process.env.TERM ?? 'xterm'}`] : []),
    ...variables,
  ]
  return target.runHere(id, ['env', ...all, 'psql', '--username', user, '--dbname', DATABASE, ...asked.passed])
}
