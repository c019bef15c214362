import type { KubernetesSettings } from '../settings/settings.ts'
import { wordsTo } from './cluster/kubectl.ts'
import { called } from './metadata.ts'

const SERVER = 'server'
const PORT = 8000

/** Returns name and port of the server's Service. */
export const serviceOf = (settings: KubernetesSettings) => ({ name: called(settings, SERVER), port: PORT })

/** Returns the accepted Host names: those of the Service and those of the edge. */
export function hostsOf(settings: KubernetesSettings): readonly string[] {
  const { cluster, edge } = settings
  const { namespace } = cluster
  const { name } = serviceOf(settings)
  const inside = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`]
  return ['localhost', '127.0.0.1', ...inside, ...edge.hosts]
}

/** Returns the URL for clients, without a trailing slash. */
export function urlOf(settings: KubernetesSettings): string {
  const { cluster, edge } = settings
  const { kind, hosts, path, tlsSecret, scheme } = edge
  const [host] = hosts
  const { name, port } = serviceOf(settings)
  if (kind === 'none' || host === undefined) return `http://${name}.${cluster.namespace}.svc:${port}`
  const isEncrypted = kind === 'gateway' || tlsSecret !== undefined
  return `${scheme ?? (isEncrypted ? 'https' : 'http')}://${host}${path.replace(/\/+$/, '')}`
}

/** Returns how this machine reaches a server without an edge. Undefined if there is one. */
export function outsideOf(settings: KubernetesSettings) {
  const { cluster, edge } = settings
  if (edge.kind !== 'none') return undefined
  const { name, port } = serviceOf(settings)
  const command = ['kubectl', ...wordsTo(cluster), 'port-forward', `service/${name}`, String(port)]
  return { url: `http://127.0.0.1:${port}`, command: command.join(' ') }
}
