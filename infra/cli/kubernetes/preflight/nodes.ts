import { shownBytes } from '../../../quantities.ts'
import { PARTS } from '../../../settings/parts.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import { type Demand, demandsOf } from '../demand.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Items, Node } from '../objects.ts'
import { amountOf, shownCpus } from '../quantity.ts'

const { ok, warning, failing } = findings('stack')

/** Whether each pod would have room on some node if that were empty. */
export async function checkNodes(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<Finding[]> {
  const read = await kubectl.read<Items<Node>>('/api/v1/nodes')
  // Where there are none, they are made for the pods.
  if (read.state !== 'found' || read.value.items.length === 0) return []
  const nodes = read.value.items.filter(({ spec }) => spec.unschedulable !== true)
  const homeless = demandsOf(settings).flatMap((demand) => {
    const chosen = nodes.filter((node) => isSelected(node, demand.part, settings))
    return chosen.some((node) => hasRoom(node, demand)) ? [] : [{ demand, nodes: chosen }]
  })
  if (homeless.length === 0) return [await checkSum(demandsOf(settings), nodes, kubectl)]
  const state = (await isScaled(kubectl)) ? warning : failing
  return homeless.map(({ demand, nodes: chosen }) => state('nodes', detailOf(demand, chosen), remedyOf(demand)))
}

/** Whether all pods have room together, if nothing else ran there. */
async function checkSum(
  demands: readonly Demand[],
  nodes: readonly Node[],
  kubectl: Pick<Kubectl, 'read'>,
): Promise<Finding> {
  const sum = (of: (demand: Demand) => number) => demands.reduce((total, demand) => total + demand.pods * of(demand), 0)
  const all = (resource: string) => nodes.reduce((total, node) => total + allocatable(node, resource), 0)
  const wanted = { cpu: sum(({ cpus }) => cpus), memory: sum(({ memory }) => memory) }
  const shown = ({ cpu, memory }: typeof wanted) => `${shownCpus(cpu)} and ${shownBytes(memory)} of memory`
  const had = { cpu: all('cpu'), memory: all('memory') }
  if (wanted.cpu <= had.cpu && wanted.memory <= had.memory) {
    return ok('nodes', `${nodes.length} with room for the largest pod, and together for all of them`)
  }
  const detail = `The pods request ${shown(wanted)} together, and the nodes have ${shown(had)}`
  const remedy = 'Lower codebase-mcp:size, server.replicas or worker.replicas, or add a node'
  return ((await isScaled(kubectl)) ? warning : failing)('nodes', detail, remedy)
}

/** Whether a node has the labels that the pods of a component ask for. */
function isSelected({ metadata }: Node, part: string, settings: KubernetesSettings): boolean {
  const name = PARTS.find((each) => each === part) ?? 'jobs'
  const wanted = { ...settings.cluster.nodeSelector, ...settings[name].nodeSelector }
  return Object.entries(wanted).every(([key, value]) => metadata.labels?.[key] === value)
}

const allocatable = ({ status }: Node, resource: string) => amountOf(status.allocatable[resource]) ?? 0

const hasRoom = (node: Node, { cpus, memory, disk, devices = {} }: Demand) =>
  allocatable(node, 'cpu') >= cpus &&
  allocatable(node, 'memory') >= memory &&
  allocatable(node, 'ephemeral-storage') >= disk &&
  Object.entries(devices).every(([resource, count]) => allocatable(node, resource) >= count)

function detailOf({ part, cpus, memory, disk, devices = {} }: Demand, nodes: readonly Node[]): string {
  const wanted = [
    shownCpus(cpus),
    `${shownBytes(memory)} of memory`,
    `${shownBytes(disk)} of disk`,
    ...Object.entries(devices).map(([resource, count]) => `${count} ${resource}`),
  ]
  const most = (resource: string) => Math.max(0, ...nodes.map((node) => allocatable(node, resource)))
  const had = [
    shownCpus(most('cpu')),
    `${shownBytes(most('memory'))} of memory`,
    `${shownBytes(most('ephemeral-storage'))} of disk`,
    ...Object.keys(devices).map((resource) => `${most(resource)} ${resource}`),
  ]
  const where = nodes.length === 0 ? 'no node is for it' : `the most that a node has is ${had.join(', ')}`
  return `A pod of ${part} requests ${wanted.join(', ')}, and ${where}`
}

function remedyOf({ part, settings }: Demand): string {
  const keys = ['cpus', 'memory', ...(part === 'worker' ? ['clones'] : [])]
  const own = settings === undefined ? [] : [`lower codebase-mcp:${keys.map((key) => `${settings}.${key}`).join(', ')}`]
  const labels = part === 'ollama' ? ['correct codebase-mcp:ollama.nodeSelector or gpu'] : []
  return [...own, ...labels, 'add a larger node'].join(', or ').replace(/^./, (letter) => letter.toUpperCase())
}

/** Whether somebody adds nodes when pods find none. */
async function isScaled(kubectl: Pick<Kubectl, 'read'>): Promise<boolean> {
  const signs = ['/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status', '/apis/karpenter.sh']
  const found = await Promise.all(signs.map((path) => kubectl.read(path)))
  return found.some(({ state }) => state === 'found')
}
