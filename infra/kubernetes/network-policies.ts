import { networking, type types } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { partOf } from '../settings/parts.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called, selectorOf } from './metadata.ts'
import { type Component, type Connection, connectionsOf } from './network/connections.ts'
import { addressPeer, CLUSTER_DNS, inNamespace, type Peer } from './network/destinations.ts'
import { placed, type WorkloadArgs } from './workload.ts'

type Spec = types.input.networking.v1.NetworkPolicySpec

/** Denies all connections of the stack's pods except those that `connectionsOf` lists. */
export class NetworkPolicies extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:NetworkPolicies', name, {}, opts)
    for (const [policy, spec] of Object.entries(networkPolicies(args.settings))) {
      const { named, own } = placed(args, policy, this)
      new networking.v1.NetworkPolicy(`${policy}-connections`, { metadata: named(policy), spec }, own)
    }
    this.registerOutputs({})
  }
}

/** Returns the policies by name: one for all pods of the stack, and one for each component with connections. */
export function networkPolicies(settings: KubernetesSettings): Readonly<Record<string, Spec>> {
  if (!settings.network.policies) return {}
  const connections = connectionsOf(settings)
  const ends = connections.flatMap(({ from, to }) => [...from, ...to])
  const named = new Set(ends.filter((end) => typeof end === 'string'))
  const components = [...named].filter((component) => settings.running || !JOBS.has(component))
  return {
    'default-deny': { podSelector: { matchLabels: labelsOfStack(settings) }, policyTypes: ['Ingress', 'Egress'] },
    ...Object.fromEntries(components.map((component) => [component, policyOf(component, connections, settings)])),
  }
}

/** Components whose pods run only during an `up`. */
const JOBS: ReadonlySet<Component> = new Set<Component>(['migration', 'model', 'roles'])

function labelsOfStack({ name }: KubernetesSettings) {
  const { 'app.kubernetes.io/component': _, ...labels } = selectorOf(name, '')
  return labels
}

function policyOf(component: Component, connections: readonly Connection[], settings: KubernetesSettings): Spec {
  const peers = (ends: readonly (Component | Peer)[]) =>
    ends.map((end) => (typeof end === 'string' ? { podSelector: podsOf(end, settings) } : end))
  const ingress = connections
    .filter(({ to }) => to.includes(component))
    .map(({ from, ports }) => ({ from: peers(from), ports: overTcp(ports) }))
  const egress = connections
    .filter(({ from }) => from.includes(component))
    .map(({ to, ports }) => ({ to: peers(to), ports: overTcp(ports) }))
  return {
    podSelector: podsOf(component, settings),
    policyTypes: ['Ingress', 'Egress'],
    ingress,
    egress: component === 'cnpg' ? ANYTHING : [...(egress.length === 0 ? [] : dns(component, settings)), ...egress],
  }
}

// CloudNativePG's operator decides what its instances connect to, such as the API server.
const ANYTHING = [{}]

const podsOf = (component: Component, settings: KubernetesSettings) => ({
  matchLabels:
    component === 'cnpg' ? { 'cnpg.io/cluster': called(settings, 'postgres') } : selectorOf(settings.name, component),
})

const overTcp = (ports: readonly number[]) => ports.map((port) => ({ protocol: 'TCP', port }))

function dns(component: Component, settings: KubernetesSettings) {
  const { network, cluster } = settings
  const { nameservers = [] } = settings[partOf(component)].dnsConfig ?? cluster.dnsConfig ?? {}
  const servers = [...new Set([...network.dns, ...nameservers])]
  return [
    { to: [CLUSTER_DNS, ...servers.map(addressPeer)], ports: overBoth(53) },
    // OpenShift's DNS pods listen on a different port than their Service.
    ...(network.dnsNamespaces.length === 0
      ? []
      : [{ to: network.dnsNamespaces.map(inNamespace), ports: overBoth(53, 5353) }]),
  ]
}

const overBoth = (...ports: readonly number[]) =>
  ports.flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port })))
