import { DATABASE } from '../../../connection.ts'
import { ROLES } from '../../../roles.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Asked } from '../../arguments.ts'
import type { DayTwoTools } from '../../day-two/tools.ts'
import { reach, readyPostgres } from './stack.ts'

/** psql in the pod of the database, at this terminal; its exit code. */
export async function clusterPsql(
  settings: KubernetesSettings,
  { passed }: Asked,
  tools: Pick<DayTwoTools, 'kubectl' | 'terminal'>,
  role: string,
): Promise<number> {
  const kubectl = await reach(settings, tools)
  const pod = await readyPostgres(settings, kubectl, 'call psql with a URL of that')
  const { isInteractive } = tools.terminal
  const variables = [
    'PSQL_HISTORY=/tmp/.psql_history',
    ...(isInteractive ? [`TERM=${process.env.TERM ?? 'xterm'}`] : []),
    // Here the service's role has its rights alone; who logs in is another one each time.
    ...(role === ROLES.service ? [`PGOPTIONS=-c role=${role}`] : []),
  ]
  const user = role === ROLES.service ? ROLES.superuser : role
  const psql = ['psql', '--username', user, '--dbname', DATABASE, ...passed]
  return kubectl.runHere(pod, ['env', ...variables, ...psql], isInteractive)
}
