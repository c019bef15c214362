import { DATABASE } from '../../connection.ts'
import type { Asked } from '../arguments.ts'
import { runningPostgres, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'

const ROLES = { superuser: 'postgres', migrator: 'codebase_migrator', service: 'codebase' } as const

export interface PsqlOptions {
  readonly role: keyof typeof ROLES
}

/** psql in the container of the database, at this terminal; its exit code. */
export async function psql(asked: Asked, tools: DayTwoTools, { role }: PsqlOptions): Promise<number> {
  const stack = await stackOnDocker(asked, tools, {
    command: 'psql',
    kubectl: `exec -it statefulset/postgres -- psql --username postgres ${DATABASE}`,
  })
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
