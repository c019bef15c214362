import { hasDatabase } from '../../../settings/derived.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { DayTwoTools } from '../../day-two/tools.ts'
import { obstructed, Refused } from '../../faults.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Pod, selectorOf } from '../objects.ts'
import { checkAccess } from '../preflight/access.ts'
import { isReady, podsOf } from './parts.ts'

/** A way to the cluster of a stack that was made. @throws Refused where it does not answer */
export async function reach(settings: KubernetesSettings, tools: Pick<DayTwoTools, 'kubectl'>): Promise<Kubectl> {
  const kubectl = tools.kubectl(settings.cluster)
  const { findings, answers } = await checkAccess(settings, kubectl, process.env.KUBECONFIG)
  if (!answers) throw obstructed(findings.map(({ detail, remedy }) => `${detail}: ${remedy}`))
  return kubectl
}

/** The pod of the stack's own Postgres. @throws Refused where none is ready, or the database is elsewhere */
export async function readyPostgres(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'list'>,
  instead: string,
): Promise<string> {
  if (!hasDatabase(settings)) {
    throw new Refused(`The database of this stack is not a pod of it (${whereItIs(settings)}): ${instead}`)
  }
  const pods = podsOf('postgres', await kubectl.list<Pod>(['pods'], selectorOf(settings.name)))
  const ready = pods.find(isReady)
  if (ready !== undefined) return ready.metadata.name
  throw new Refused('The pod of postgres is not ready: `npm run status` says why, `npm run up` starts it')
}

function whereItIs({ database: { url, external, cnpg } }: KubernetesSettings): string {
  if (cnpg !== undefined) return 'codebase-mcp:database.cnpg'
  if (external !== undefined) return `codebase-mcp:database.external, ${external.host}`
  return `codebase-mcp:${url === undefined ? 'secrets.database' : 'database.url'}`
}
