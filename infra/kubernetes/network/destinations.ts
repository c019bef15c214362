import { isIP, isIPv4 } from 'node:net'
import type { types } from '@pulumi/kubernetes'

export type Peer = types.input.networking.v1.NetworkPolicyPeer

/** Destination of connections. */
export interface Destination {
  readonly to: readonly Peer[]
  /** TCP ports. Empty for all. */
  readonly ports: readonly number[]
}

const namespaceNamed = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })

// Excludes link-local addresses, which on most clouds serve the credentials of the node to anyone.
const OUTSIDE: readonly Peer[] = [
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
  { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::/32'] } },
]

export const outside = (...ports: readonly number[]): Destination => ({ to: OUTSIDE, ports })

/** DNS pods of the cluster, including those of NodeLocal DNSCache if policies apply to them. */
export const CLUSTER_DNS: Peer = {
  namespaceSelector: namespaceNamed('kube-system'),
  podSelector: {
    matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns', 'coredns', 'node-local-dns'] }],
  },
}

/** Any destination inside or outside the cluster. */
export const anywhere = (port: number): Destination => ({ to: [...OUTSIDE, { namespaceSelector: {} }], ports: [port] })

export const inNamespace = (name: string): Peer => ({ namespaceSelector: namespaceNamed(name) })

/** All pods of the policy's own namespace. */
export const OWN_NAMESPACE: Peer = { podSelector: {} }

export const addressPeer = (address: string): Peer => ({
  ipBlock: { cidr: `${address}/${isIPv4(address) ? 32 : 128}` },
})

/** A name of two parts, which pods also resolve as a Service and its namespace. */
const AS_A_SERVICE = /^[^.]+\.(?!(?:com|edu|gov|int|invalid|mil|net|org)$)([^.]+)$/

/** Returns the destinations of a host: an address, a name outside the cluster, or a Service's name. */
export function toHost(host: string, port: number): Destination[] {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0) return [{ to: [addressPeer(address)], ports: [port] }]
  const [, namespace] = /\.([^.]+)\.svc(?:\.|$)/.exec(host) ?? []
  // Policies apply to the ports of pods, which may differ from those of their Service.
  const inside = (peer: Peer): Destination => ({ to: [peer], ports: [] })
  if (namespace !== undefined) return [inside(inNamespace(namespace))]
  if (!host.includes('.')) return [inside(OWN_NAMESPACE)]
  const [, last] = AS_A_SERVICE.exec(host) ?? []
  return [outside(port), ...(last === undefined ? [] : [inside(inNamespace(last))])]
}

const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'ssh:': 22,
  'socks5:': 1080,
  'postgres:': 5432,
  'postgresql:': 5432,
}

export function toUrl(url: string): Destination[] {
  const { protocol, hostname, port } = new URL(url)
  return toHost(hostname, port === '' ? (PORTS[protocol] ?? 443) : Number(port))
}

/** Returns the destinations of a repository. @param entry entry of the setting, with or without a name before the URL */
export function toRepository(entry: string): Destination[] {
  const url = entry.replace(/^[^=/:@]+=/, '')
  const [, host] = /^[\w.-]+@([\w.-]+):/.exec(url) ?? []
  return host === undefined ? toUrl(url) : toHost(host, 22)
}

/** Merges the destinations with the same peers. */
export function merged(destinations: readonly Destination[]): Destination[] {
  const places = Map.groupBy(destinations, ({ to }) => JSON.stringify(to))
  return [...places.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const all = [first, ...others].map(({ ports }) => ports)
    return [{ to: first.to, ports: all.some((ports) => ports.length === 0) ? [] : [...new Set(all.flat())] }]
  })
}
