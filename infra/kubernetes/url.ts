import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'

const SERVER = 'server'
const PORT = 8000

/** The Service of the server. */
export const serviceOf = (settings: KubernetesSettings) => ({ name: called(settings, SERVER), port: PORT })

/** The names by which the server may be called: those of its Service, and those of the edge. */
export function hostsOf(settings: KubernetesSettings): readonly string[] {
  const { cluster, edge } = settings
  const { namespace } = cluster
  const { name } = serviceOf(settings)
  const inside = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`]
  return ['localhost', '127.0.0.1', ...inside, ...edge.hosts]
}

/** Under which clients call it, without a slash at the end. */
export function urlOf(settings: KubernetesSettings): string {
  const { cluster, edge } = settings
  const { kind, hosts, path, tlsSecret, scheme } = edge
  const [host] = hosts
  const { name, port } = serviceOf(settings)
  if (kind === 'none' || host === undefined) return `http://${name}.${cluster.namespace}.svc:${port}`
  const isEncrypted = kind === 'gateway' || tlsSecret !== undefined
  return `${scheme ?? (isEncrypted ? 'https' : 'http')}://${host}${path.replace(/\/+$/, '')}`
}
