import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Asked } from '../../arguments.ts'
import { showOverall } from '../../day-two/status/show.ts'
import type { DayTwoTools } from '../../day-two/tools.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Snapshot, takeSnapshot } from '../watch/snapshot.ts'
import { isReady, podsOf } from './parts.ts'
import { type ClusterReport, reportOf, tableOf } from './report.ts'
import { askServerIn } from './server.ts'
import { reach } from './stack.ts'

type Needed = Pick<DayTwoTools, 'kubectl' | 'pulumi' | 'terminal' | 'now'>

/** Whether the parts of a stack on Kubernetes are healthy, and what the index holds; 1 where it does not serve. */
export async function clusterStatus(
  settings: KubernetesSettings,
  { stack }: Asked,
  tools: Needed,
  { json }: { json?: boolean },
): Promise<number> {
  const report = await look(settings, tools)
  const now = tools.now()
  if (json) tools.terminal.print(JSON.stringify({ stack, ...report }, null, 2))
  else tools.terminal.print(showOverall(stack, report, tableOf(report.parts, now)))
  return report.state === 'ok' || report.state === 'degraded' ? 0 : 1
}

async function look(settings: KubernetesSettings, tools: Needed): Promise<ClusterReport> {
  const kubectl = await reach(settings, tools)
  const [snapshot, outputs] = await Promise.all([takeSnapshot(settings.name, kubectl), tools.pulumi.outputs()])
  const server = await serverOf(snapshot, kubectl)
  const url = typeof outputs.url === 'string' ? outputs.url : `http://server.${settings.cluster.namespace}.svc:8000`
  return reportOf({ settings, snapshot, url, now: tools.now(), ...(server === undefined ? {} : { server }) })
}

async function serverOf({ pods }: Snapshot, kubectl: Pick<Kubectl, 'run'>) {
  const ready = podsOf('server', pods).find(isReady)
  return ready === undefined ? undefined : askServerIn(ready.metadata.name, kubectl)
}
