import { isScaled } from '../../../settings/derived.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Items, KubeObject } from '../objects.ts'

const { ok, warning } = findings('stack')

/** What numbers of pods that follow the load are decided by. */
export async function checkMetrics(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<Finding[]> {
  const { server, worker } = settings
  const onQueue = worker.scaleOn === 'queue'
  const byCpu = [...(isScaled(server) ? ['server'] : []), ...(isScaled(worker) && !onQueue ? ['worker'] : [])]
  const all = await Promise.all([
    ...(byCpu.length === 0 ? [] : [metricsFinding('metrics.k8s.io', byCpu, 'the metrics server', kubectl)]),
    ...(isScaled(worker) && onQueue
      ? [metricsFinding('external.metrics.k8s.io', ['worker'], "Prometheus' adapter, or KEDA", kubectl)]
      : []),
  ])
  return all
}

async function metricsFinding(
  api: string,
  parts: readonly string[],
  who: string,
  kubectl: Pick<Kubectl, 'read'>,
): Promise<Finding> {
  // One that is registered and does not run is as good as none.
  if ((await kubectl.read(`/apis/${api}/v1beta1`)).state === 'found') return ok('metrics', api)
  const numbers = parts.map((part) => `${part}.maxReplicas`).join(' and ')
  const detail = `Nobody answers for ${api}, so that ${numbers} ${parts.length === 1 ? 'has' : 'have'} no effect`
  const same = parts.map((part) => `codebase-mcp:${part}.maxReplicas`).join(' and ')
  return warning('metrics', detail, `Install ${who}, or set ${same} to the number of replicas`)
}

/** DaemonSets of network plugins that enforce policies. */
const ENFORCING =
  /^(calico|canal|cilium|antrea|kube-router|weave|ovn|ovs|azure-npm|kindnet|aws-node|anetd|romana|kube-ovn|tigera)/

/** Whether somebody is known to enforce the network policies. */
export async function checkNetwork(
  { network }: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
): Promise<Finding[]> {
  if (!network.policies) return []
  const read = await kubectl.read<Items<KubeObject>>('/apis/apps/v1/daemonsets')
  if (read.state !== 'found') return []
  const names = read.value.items.map(({ metadata }) => metadata.name)
  const known = names.find((name) => ENFORCING.test(name))
  if (known !== undefined) return [ok('network', `${known} enforces network policies`)]
  const detail = `No network plugin that is known to enforce network policies is among the cluster's DaemonSets`
  return [warning('network', detail, 'Find out whether yours does: without one, everybody reaches the database')]
}
