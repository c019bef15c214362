import type { KubernetesSettings } from '../../settings/settings.ts'
import { addressPeer, type Destination } from './destinations.ts'

interface KeyServer {
  /** Link-local addresses, which lead to the pod's own node. */
  readonly addresses: readonly string[]
  readonly ports: readonly number[]
}

/**
 * Servers that give a pod the keys of its identity.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity
 */
const KEY_SERVERS: Readonly<Record<string, KeyServer>> = {
  'pod-identity': { addresses: ['169.254.170.23', 'fd00:ec2::23'], ports: [80] },
  google: { addresses: ['169.254.169.254', '169.254.169.252'], ports: [80, 988] },
}

const keyServerOf = ({ s3Identity }: KubernetesSettings['backup']) => KEY_SERVERS[s3Identity ?? '']

/** Returns the hosts of the server of keys, to which no proxy leads. */
export const keyHosts = (backup: KubernetesSettings['backup']): readonly string[] =>
  keyServerOf(backup)?.addresses ?? []

export function toKeyServer(backup: KubernetesSettings['backup']): Destination[] {
  const server = keyServerOf(backup)
  return server === undefined ? [] : [{ to: server.addresses.map(addressPeer), ports: server.ports }]
}
