import { DATABASE } from '../../connection.ts'
import { ROLES } from '../../roles.ts'
import type { Asked } from '../arguments.ts'
import { runningPostgres, settingsOfStack, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'

export interface PsqlOptions {
  readonly role: keyof typeof ROLES
}

/** psql in the container of the database, at this terminal; its exit code. */
export async function psql(asked: Asked, tools: DayTwoTools, { role }: PsqlOptions): Promise<number> {
  const settings = await settingsOfStack(asked, tools)
  if (settings.target === 'kubernetes') {
    const { clusterPsql } = await import('../cluster/day-two/psql.ts')
    return clusterPsql(settings, asked, tools, ROLES[role])
  }
  const stack = await stackOnDocker(settings, tools)
  const container = runningPostgres(stack, 'call psql with the URL of that')
  const command = ['psql', '--username', ROLES[role], '--dbname', DATABASE, ...asked.passed]
  return tools.containers.runHere(container, command, {
    isInteractive: tools.terminal.isInteractive,
    variables: {
      // Nothing else in the container can be written.
      PSQL_HISTORY: '/tmp/.psql_history',
      ...(tools.terminal.isInteractive ? { TERM: process.env.TERM ?? 'xterm' } : {}),
    },
  })
}
