import type { KubernetesSettings } from '../../../settings/settings.ts'
import { checked, type Finding, findings } from '../../day-two/doctor/finding.ts'
import { checkServer } from '../../day-two/doctor/server.ts'
import { briefly } from '../../day-two/logs/show.ts'
import type { DayTwoTools } from '../../day-two/tools.ts'
import { Refused } from '../../faults.ts'
import type { Kubectl } from '../kubectl.ts'
import { lookFirst } from '../preflight/preflight.ts'
import { type Snapshot, takeSnapshot } from '../watch/snapshot.ts'
import { type Trouble, troublesOf } from '../watch/troubles.ts'
import { type ClusterPart, isReady, partsOf, podsOf } from './parts.ts'

const { ok, warning, failing } = findings('stack')

type Needed = Pick<DayTwoTools, 'kubectl' | 'now'>

const RECENTLY_MS = 10 * 60_000
const LINES = 3

/** The cluster, and what of the stack is on it. @param isMade whether the stack was made */
export async function checkOnCluster(
  settings: KubernetesSettings,
  tools: Needed,
  isMade: boolean,
): Promise<readonly Finding[]> {
  const kubectl = tools.kubectl(settings.cluster)
  const ofCluster = await lookFirst(settings, kubectl, process.env.KUBECONFIG)
  const answers = ofCluster.some(({ name, state }) => name === 'cluster' && state === 'ok')
  if (!answers || !isMade) return ofCluster
  const ofStack = await checked('stack', 'pods', () => checkStack(settings, kubectl, tools))
  return [...ofCluster, ...ofStack]
}

async function checkStack(
  settings: KubernetesSettings,
  kubectl: Kubectl,
  { now }: Needed,
): Promise<readonly Finding[]> {
  const snapshot = await takeSnapshot(settings.name, kubectl)
  const troubles = troublesOf(snapshot, new Date(now().getTime() - RECENTLY_MS))
  const told = await Promise.all(troubles.map((trouble) => troubleFinding(trouble, kubectl)))
  return [...checkParts(settings, snapshot), ...told, ...(await checkReadyServer(snapshot, kubectl))]
}

function checkParts(settings: KubernetesSettings, snapshot: Snapshot): Finding[] {
  const parts = partsOf(snapshot)
  if (!settings.running || parts.every(({ wanted = 0 }) => wanted === 0)) {
    return [warning('pods', 'the stack is down', '`npm run up` starts it')]
  }
  return parts.map(partFinding)
}

function partFinding({ name, wanted, pods }: ClusterPart): Finding {
  const ready = pods.filter(isReady).length
  const statuses = pods.flatMap(({ status }) => status.containerStatuses ?? [])
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
  const detail = `${ready} of ${wanted ?? pods.length} pods are ready`
  if (ready < (wanted ?? pods.length)) {
    return (ready === 0 ? failing : warning)(
      name,
      detail,
      `\`npm run logs ${name}\` tells more, and so does what follows`,
    )
  }
  if (restarts === 0) return ok(name, detail)
  const ends = statuses.flatMap(({ lastState }) => lastState?.terminated ?? [])
  const reason = ends.at(-1)?.reason ?? 'Error'
  const remedy =
    reason === 'OOMKilled' ? `Raise codebase-mcp:${name}.memory` : `\`npm run logs -- --since 1h ${name}\` tells more`
  return warning(name, `${detail}, and were started again ${restarts} times (${reason})`, remedy)
}

async function troubleFinding({ part, detail, remedy, log }: Trouble, kubectl: Pick<Kubectl, 'log'>): Promise<Finding> {
  return failing(part, `${detail}${log === undefined ? '' : await lastWords(log, kubectl)}`, remedy)
}

async function lastWords(log: string, kubectl: Pick<Kubectl, 'log'>): Promise<string> {
  try {
    const lines = await kubectl.log(log, { tail: LINES })
    return lines.length === 0 ? '' : `, after:\n${lines.map(({ text }) => briefly(text)).join('\n')}`
  } catch (error) {
    if (error instanceof Refused) return ''
    throw error
  }
}

/** The server as it sees itself. */
async function checkReadyServer({ pods }: Snapshot, kubectl: Pick<Kubectl, 'run'>): Promise<readonly Finding[]> {
  const ready = podsOf('server', pods).find(isReady)
  if (ready === undefined) return []
  return checked('server', 'doctor', () => checkServer(ready.metadata.name, kubectl))
}
