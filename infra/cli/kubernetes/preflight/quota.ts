import { shownBytes } from '../../../quantities.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import { claimsOf, type Demand, demandsOf } from '../demand.ts'
import { type Claim, type Pod, type Quota, stackOf } from '../objects.ts'
import { amountOf, shownCpus } from '../quantity.ts'

const { ok, failing } = findings('stack')

interface Present {
  readonly pods: readonly Pod[]
  readonly claims: readonly Claim[]
}

type Amounts = Readonly<Record<string, number>>

/** Whether all of the stack has room in the namespace's quotas. @param present what of the stack is there and is counted already */
export function checkQuotas(settings: KubernetesSettings, quotas: readonly Quota[], present: Present): Finding[] {
  const needed = neededBy(settings)
  const taken = takenBy(present)
  return [...quotas.filter((quota) => isForAll(quota) && stackOf(quota) !== settings.name), ...ownQuota(settings)].map(
    (quota) => checkQuota(quota, needed, taken),
  )
}

const isForAll = ({ spec }: Quota) => (spec.scopes ?? []).length === 0 && spec.scopeSelector === undefined

/** That of the settings, which limits nothing but the stack. */
function ownQuota({ cluster: { quotaCpus, quotaMemory, namespace } }: KubernetesSettings): Quota[] {
  const hard = {
    ...(quotaCpus === undefined ? {} : { 'requests.cpu': String(quotaCpus) }),
    ...(quotaMemory === undefined ? {} : { 'requests.memory': `${quotaMemory}Mi` }),
  }
  if (Object.keys(hard).length === 0) return []
  const name = `${namespace}'s own (codebase-mcp:kubernetes.quotaCpus, quotaMemory)`
  return [{ metadata: { name }, spec: {}, status: { hard } }]
}

function checkQuota({ metadata, status }: Quota, needed: Amounts, taken: Amounts): Finding {
  const { hard = {}, used = {} } = status ?? {}
  if (hard['limits.cpu'] !== undefined) {
    const detail = `The quota ${metadata.name} limits limits.cpu, and the stack's pods have no such limit`
    return failing('quota', detail, 'Take it out of the quota, or give containers one by a LimitRange in the namespace')
  }
  const exceeded = Object.entries(hard).flatMap(([resource, limit]) => {
    const most = amountOf(limit)
    const amount = needed[resource]
    if (most === undefined || amount === undefined) return []
    // Of what is used, the part that is the stack's own does not come on top.
    const others = Math.max(0, (amountOf(used[resource]) ?? 0) - (taken[resource] ?? 0))
    return amount <= most - others
      ? []
      : [`${shown(resource, most - others)} of ${resource} are left and ${shown(resource, amount)} needed`]
  })
  if (exceeded.length === 0) return ok('quota', `${metadata.name} has room`)
  const detail = `The stack exceeds the quota ${metadata.name}: ${exceeded.join('; ')}`
  const remedy =
    'Raise the quota, or lower codebase-mcp:size or the replicas, cpus, memory and storage of what is large'
  return failing('quota', detail, remedy)
}

function shown(resource: string, amount: number): string {
  if (/memory|storage$/.test(resource)) return shownBytes(amount)
  return resource.endsWith('cpu') ? shownCpus(amount) : String(amount)
}

function neededBy(settings: KubernetesSettings): Amounts {
  const demands = demandsOf(settings)
  const sum = (of: (demand: Demand) => number) => total(demands.map((demand) => demand.pods * of(demand)))
  const volumes = Object.values(claimsOf(settings))
  return {
    ...amounts({ cpu: sum(({ cpus }) => cpus), memory: sum(({ memory }) => memory), disk: sum(({ disk }) => disk) }),
    'requests.storage': total(volumes),
    persistentvolumeclaims: volumes.length,
    ...Object.fromEntries(['pods', 'count/pods'].map((name) => [name, sum(() => 1)])),
  }
}

function takenBy({ pods, claims }: Present): Amounts {
  const running = pods.filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
  const sum = (resource: string) =>
    total(
      running.flatMap(({ spec }) => spec.containers.map((each) => amountOf(each.resources?.requests?.[resource]) ?? 0)),
    )
  const storage = total(claims.map(({ spec }) => amountOf(spec.resources?.requests?.storage) ?? 0))
  return {
    ...amounts({ cpu: sum('cpu'), memory: sum('memory'), disk: sum('ephemeral-storage') }),
    'requests.storage': storage,
    persistentvolumeclaims: claims.length,
    ...Object.fromEntries(['pods', 'count/pods'].map((name) => [name, running.length])),
  }
}

/** Under each name by which a quota may limit it; memory and disk are limited at what is requested. */
function amounts({ cpu, memory, disk }: Readonly<Record<'cpu' | 'memory' | 'disk', number>>): Amounts {
  return {
    ...Object.fromEntries(['cpu', 'requests.cpu'].map((name) => [name, cpu])),
    ...Object.fromEntries(['memory', 'requests.memory', 'limits.memory'].map((name) => [name, memory])),
    ...Object.fromEntries(
      ['ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage'].map((name) => [name, disk]),
    ),
  }
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)
