import { type Finding, findings } from '../../../finding.ts'
import { allClaimsOf, type Demand, demandsOf, isLasting, total } from '../../../plan/demand.ts'
import type { Subject } from '../../../policy/policy.ts'
import { shownBytes, shownCpus } from '../../../quantities.ts'
import { amountOf } from '../../../settings/kinds.ts'
import { workloadsOf } from '../../limits/workloads.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Claim, type Items, type Node, type Pod, type Quota, stackOf } from '../objects.ts'

const { ok, warning, failing } = findings('stack')

/** Returns the demands of the pods that run at the same time: all long-running ones and the largest Job. */
function together(demands: readonly Demand[]): Demand[] {
  const jobs = demands.filter(({ kind }) => kind === 'Job').toSorted((one, other) => other.memory - one.memory)
  return [...demands.filter(isLasting), ...jobs.slice(0, 1)]
}

const sumOf = (demands: readonly Demand[], of: (demand: Demand) => number) => total(demands, of, ({ pods }) => pods)

/** Checks that each pod fits on an empty node, and all pods together on all nodes. */
export async function checkNodes(
  resources: readonly Subject[],
  kubectl: Pick<Kubectl, 'read'>,
): Promise<readonly Finding[]> {
  const read = await kubectl.read<Items<Node>>('/api/v1/nodes')
  // A cluster without nodes creates them on demand.
  if (read.state !== 'found' || read.value.items.length === 0) return []
  const nodes = read.value.items.filter(({ spec }) => spec.unschedulable !== true)
  const demands = demandsOf(resources)
  const homeless = [...new Map(demands.map((demand) => [demand.part, demand])).values()].flatMap((demand) => {
    const chosen = nodes.filter((node) => isSelected(node, demand))
    return chosen.some((node) => hasRoom(node, demand)) ? [] : [{ demand, nodes: chosen }]
  })
  const faults = homeless.map((each) => [detailOf(each.demand, each.nodes), remedyOf(each.demand)] as const)
  const all = faults.length > 0 ? faults : excessOf(together(demands), nodes)
  if (all.length === 0)
    return [ok('nodes', `${nodes.length} with room for the largest pod and, together, for all pods`)]
  const state = (await isScaled(kubectl)) ? warning : failing
  return all.map(([detail, remedy]) => state('nodes', detail, remedy))
}

const isSelected = ({ metadata }: Node, { nodeSelector }: Demand) =>
  Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value)

const allocatable = ({ status }: Node, resource: string) => amountOf(status.allocatable[resource]) || 0

const hasRoom = (node: Node, { cpus, memory, disk, devices }: Demand) =>
  allocatable(node, 'cpu') >= cpus &&
  allocatable(node, 'memory') >= memory &&
  allocatable(node, 'ephemeral-storage') >= disk &&
  Object.entries(devices).every(([resource, count]) => allocatable(node, resource) >= count)

/** Returns a fault if the pods request more than all nodes have. */
function excessOf(demands: readonly Demand[], nodes: readonly Node[]): (readonly [detail: string, remedy: string])[] {
  const all = (resource: string) => nodes.reduce((sum, node) => sum + allocatable(node, resource), 0)
  const shown = (cpu: number, memory: number) => `${shownCpus(cpu)} and ${shownBytes(memory)} of memory`
  const [cpus, memory] = [sumOf(demands, (each) => each.cpus), sumOf(demands, (each) => each.memory)]
  if (cpus <= all('cpu') && memory <= all('memory')) return []
  const had = shown(all('cpu'), all('memory'))
  const remedy = 'Lower codebase-mcp:size, server.replicas or worker.replicas, or add a node'
  return [[`The pods request ${shown(cpus, memory)} in total, but the nodes have ${had}`, remedy]]
}

function detailOf({ part, cpus, memory, disk, devices }: Demand, nodes: readonly Node[]): string {
  const most = (resource: string) => Math.max(0, ...nodes.map((node) => allocatable(node, resource)))
  const shown = (cpu: number, bytes: number, scratch: number, count: (device: string) => number) =>
    [
      shownCpus(cpu),
      `${shownBytes(bytes)} of memory`,
      `${shownBytes(scratch)} of disk`,
      ...Object.keys(devices).map((device) => `${count(device)} ${device}`),
    ].join(', ')
  const wanted = shown(cpus, memory, disk, (device) => devices[device] ?? 0)
  const had = shown(most('cpu'), most('memory'), most('ephemeral-storage'), most)
  const where = nodes.length === 0 ? 'no node has the labels that it selects' : `a node has at most ${had}`
  return `A pod of ${part} requests ${wanted}, but ${where}`
}

/** Components whose requests can be configured. */
const SIZED: readonly string[] = ['server', 'worker', 'postgres', 'ollama']

function remedyOf({ part }: Demand): string {
  const keys = ['cpus', 'memory', ...(part === 'worker' ? ['clones'] : [])]
  const own = SIZED.includes(part) ? [`lower codebase-mcp:${keys.map((key) => `${part}.${key}`).join(', ')}`] : []
  const labels = part === 'ollama' ? ['correct codebase-mcp:ollama.nodeSelector or gpu'] : []
  return [...own, ...labels, 'add a larger node'].join(', or ').replace(/^./, (letter) => letter.toUpperCase())
}

/** Whether the cluster has an autoscaler that adds nodes for unschedulable pods. */
async function isScaled({ read }: Pick<Kubectl, 'read'>): Promise<boolean> {
  const signs = ['/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status', '/apis/karpenter.sh']
  const found = await Promise.all(signs.map((path) => read(path)))
  return found.some(({ state }) => state === 'found')
}

/** Existing objects of the stack. */
export interface Present {
  readonly pods: readonly Pod[]
  readonly claims: readonly Claim[]
}

type Amounts = Readonly<Record<string, number>>

/** Checks that the stack fits into the quotas of the namespace that others created. The plan checks its own. */
export function checkQuotas(
  stack: string,
  resources: readonly Subject[],
  quotas: readonly Quota[],
  present: Present,
): Finding[] {
  const [needed, taken] = [neededBy(resources), takenBy(present)]
  const isLimited = workloadsOf(resources).every(({ containers }) => containers.every(({ limits }) => 'cpu' in limits))
  const isForAll = ({ spec }: Quota) => (spec.scopes ?? []).length === 0 && spec.scopeSelector === undefined
  const others = quotas.filter((quota) => isForAll(quota) && stackOf(quota) !== stack)
  return others.map((quota) => checkQuota(quota, needed, taken, isLimited))
}

/** @param isLimited whether each container has a CPU limit */
function checkQuota({ metadata, status }: Quota, needed: Amounts, taken: Amounts, isLimited: boolean): Finding {
  const name = `the quota ${metadata.name}`
  const { hard = {}, used = {} } = status ?? {}
  if (hard['limits.cpu'] !== undefined && !isLimited) {
    const detail = `CPU limits are required by ${name}, but the pods of the stack have none`
    return failing('quota', detail, 'Set codebase-mcp:kubernetes.cpuLimit, or remove limits.cpu from the quota')
  }
  const exceeded = Object.entries(hard).flatMap(([resource, limit]) => {
    const [most, amount] = [amountOf(limit), needed[resource]]
    if (Number.isNaN(most) || amount === undefined) return []
    // The usage of the existing stack is part of the stack's demand, so it is not counted twice.
    const left = most - Math.max(0, (amountOf(used[resource]) || 0) - (taken[resource] ?? 0))
    const [room, wanted] = [left, amount].map((each) => shownAmount(resource, each))
    return amount <= left ? [] : [`${wanted} of ${resource} needed, but only ${room} left`]
  })
  if (exceeded.length === 0) return ok('quota', `${name} has room`)
  const detail = `The stack exceeds ${name}: ${exceeded.join('; ')}`
  const remedy =
    'Raise the quota, or lower codebase-mcp:size, or replicas, cpus, memory and storage of the largest parts'
  return failing('quota', detail, remedy)
}

function shownAmount(resource: string, amount: number): string {
  if (/memory|storage$/.test(resource)) return shownBytes(amount)
  return resource.endsWith('cpu') ? shownCpus(amount) : String(amount)
}

function neededBy(resources: readonly Subject[]): Amounts {
  const demands = together(demandsOf(resources))
  const claims = allClaimsOf(resources)
  return amountsOf({
    cpu: sumOf(demands, ({ cpus }) => cpus),
    memory: sumOf(demands, ({ memory }) => memory),
    disk: sumOf(demands, ({ disk }) => disk),
    pods: sumOf(demands, () => 1),
    storage: claims.reduce((sum, { size, count }) => sum + size * count, 0),
    claims: claims.reduce((sum, { count }) => sum + count, 0),
  })
}

function takenBy({ pods, claims }: Present): Amounts {
  const running = pods.filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
  const containers = running.flatMap(({ spec }) => spec.containers)
  const sum = (all: readonly Pick<Claim['spec'], 'resources'>[], resource: string) =>
    all.reduce((amount, { resources }) => amount + (amountOf(resources?.requests?.[resource]) || 0), 0)
  return amountsOf({
    cpu: sum(containers, 'cpu'),
    memory: sum(containers, 'memory'),
    disk: sum(containers, 'ephemeral-storage'),
    pods: running.length,
    storage: sum(
      claims.map(({ spec }) => spec),
      'storage',
    ),
    claims: claims.length,
  })
}

/** Names by which a quota can limit each resource. For memory and disk, the pods' limits equal their requests. */
const NAMES = {
  cpu: ['cpu', 'requests.cpu'],
  memory: ['memory', 'requests.memory', 'limits.memory'],
  disk: ['ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage'],
  pods: ['pods', 'count/pods'],
  storage: ['requests.storage'],
  claims: ['persistentvolumeclaims'],
}

const amountsOf = (sums: Readonly<Record<keyof typeof NAMES, number>>): Amounts =>
  Object.fromEntries(
    Object.entries(NAMES).flatMap(([key, names]) => names.map((name) => [name, sums[key as keyof typeof NAMES]])),
  )
