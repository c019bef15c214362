import { type Finding, findings } from '../../../finding.ts'
import { partOf } from '../../../plan/kinds.ts'
import type { Subject } from '../../../policy/policy.ts'
import { listedObjects, under } from '../../../policy/properties.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Items, KubeObject } from '../objects.ts'

const { ok, warning } = findings('stack')

const METRICS = {
  Resource: { api: 'metrics.k8s.io', who: 'the metrics server' },
  External: { api: 'external.metrics.k8s.io', who: 'the Prometheus adapter, or KEDA' },
} as const

/** Checks that the metrics of the autoscalers are served. */
export async function checkMetrics(
  resources: readonly Subject[],
  { read }: Pick<Kubectl, 'read'>,
): Promise<readonly Finding[]> {
  const scalers = resources.filter(({ type }) => type.endsWith(':HorizontalPodAutoscaler'))
  const all = Object.entries(METRICS).map(async ([source, { api, who }]): Promise<Finding[]> => {
    const asks = ({ inputs }: Subject) =>
      listedObjects(under(inputs, 'spec'), 'metrics').some(({ type }) => type === source)
    const parts = scalers.filter(asks).map(partOf)
    if (parts.length === 0) return []
    // An API that is registered but does not answer counts as missing.
    if ((await read(`/apis/${api}/v1beta1`)).state === 'found') return [ok('metrics', api)]
    const detail = `Nothing in the cluster serves ${api}, so ${parts.join(' and ')} will not scale`
    const settings = parts.map((part) => `codebase-mcp:${part}.maxReplicas`).join(' and ')
    return [warning('metrics', detail, `Install ${who}, or set ${settings} to the number of replicas`)]
  })
  return (await Promise.all(all)).flat()
}

/** Names of the DaemonSets of network plugins that enforce policies. */
const ENFORCING =
  /^(calico|canal|cilium|antrea|kube-router|weave|ovn|ovs|azure-npm|kindnet|aws-node|anetd|romana|kube-ovn|tigera)/

/** Checks for a network plugin that is known to enforce network policies. */
export async function checkNetwork(
  resources: readonly Subject[],
  { read }: Pick<Kubectl, 'read'>,
): Promise<readonly Finding[]> {
  if (!resources.some(({ type }) => type.endsWith(':NetworkPolicy'))) return []
  const found = await read<Items<KubeObject>>('/apis/apps/v1/daemonsets')
  if (found.state !== 'found') return []
  const known = found.value.items.map(({ metadata }) => metadata.name).find((name) => ENFORCING.test(name))
  if (known !== undefined) return [ok('network', `${known} enforces network policies`)]
  const detail = `None of the cluster's DaemonSets is a network plugin that is known to enforce network policies`
  return [warning('network', detail, 'Check whether your plugin does: otherwise every pod can reach the database')]
}
