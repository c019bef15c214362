import { hasDatabase, hasOllama } from '../../settings/derived.ts'
import { Hidden } from '../../settings/hidden.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import {
  anywhere,
  type Destination,
  inNamespace,
  merged,
  OWN_NAMESPACE,
  outside,
  type Peer,
  toHost,
  toRepository,
  toUrl,
} from './destinations.ts'
import { toKeyServer } from './identity.ts'

const OWN = ['server', 'worker', 'migration', 'roles', 'model', 'backup', 'restore-test', 'postgres', 'ollama'] as const

/** A component of the stack, or `cnpg` for the instances of CloudNativePG. */
export type Component = (typeof OWN)[number] | 'cnpg'

/** An allowed connection. */
export interface Connection {
  /** Sources. Empty for all. */
  readonly from: readonly (Component | Peer)[]
  readonly to: readonly (Component | Peer)[]
  /** TCP ports. Empty for all. */
  readonly ports: readonly number[]
}

/** Returns all connections of the stack, except those to DNS. */
export function connectionsOf(settings: KubernetesSettings): Connection[] {
  const backups = settings.backup.enabled ? (['backup', 'restore-test'] as const) : []
  const prometheus = settings.profiles.has('monitoring') ? [inNamespace(settings.monitoring.namespace)] : []
  return [
    { from: callers(settings), to: ['server'], ports: [8000] },
    ...prometheus.map((from) => ({ from: [from], to: ['server', 'worker'] as const, ports: [8000] })),
    ...database(settings).map((to) => ({
      from: ['server', 'worker', 'migration', ...roles(settings), ...backups] as const,
      ...to,
    })),
    ...embedder(settings).map((to) => ({ from: ['server', 'worker', 'model'] as const, ...to })),
    ...issuer(settings).map((to) => ({ from: ['server'] as const, ...to })),
    ...repositories(settings).map((to) => ({ from: ['worker'] as const, ...to })),
    ...registry(settings).map((to) => ({ from: ['ollama'] as const, ...to })),
    ...storage(settings).map((to) => ({ from: backups, ...to })),
    ...proxies(settings).map((to) => ({ from: goingOut(settings), ...to })),
    ...(settings.database.cnpg === undefined ? [] : insideOfCnpg(prometheus)),
  ]
}

/** Returns the sources that may connect to the server. Empty for all. */
function callers({ edge, network }: KubernetesSettings): readonly Peer[] {
  // A cloud's load balancers are in no namespace.
  if (network.clients.includes('*')) return []
  const leadsIn = edge.kind === 'none' ? undefined : (edge.namespace ?? namespaceOfGateway(edge.gateway))
  const namespaces = leadsIn === undefined ? network.clients : [...network.clients, leadsIn]
  return [OWN_NAMESPACE, ...[...new Set(namespaces)].map(inNamespace)]
}

const namespaceOfGateway = (gateway = '') => /^(.+)\//.exec(gateway)?.[1]

type To = Pick<Connection, 'to' | 'ports'>

/** Returns the component that creates or drops roles, if the stack creates the database server. */
const roles = (settings: KubernetesSettings) =>
  hasDatabase(settings) || settings.database.cnpg !== undefined ? (['roles'] as const) : []

function database({ database: { url, external, cnpg }, secrets }: KubernetesSettings): readonly To[] {
  if (cnpg !== undefined) return [{ to: ['cnpg'], ports: [5432] }]
  if (external !== undefined) return toHost(external.host, external.port)
  if (url !== undefined) return toUrl(url.reveal())
  return [secrets.database === undefined ? { to: ['postgres'], ports: [5432] } : anywhere(5432)]
}

function embedder({ ollama }: KubernetesSettings): readonly To[] {
  if (!ollama.enabled) return []
  return ollama.url === undefined ? [{ to: ['ollama'], ports: [11434] }] : toUrl(ollama.url)
}

const issuer = ({ access: { oidcIssuer } }: KubernetesSettings) => (oidcIssuer === undefined ? [] : toUrl(oidcIssuer))

function repositories({ repositories, sources, git, server, worker }: KubernetesSettings): Destination[] {
  const { HTTPS_PROXY: proxy = '' } = { ...server.variables, ...worker.env }
  const address = proxy instanceof Hidden ? proxy.reveal() : proxy
  const own = typeof address === 'string' && URL.canParse(address) ? toUrl(address) : []
  const listed = sources.flatMap(({ url }) => toUrl(url))
  return merged([outside(443, 22), ...[...repositories, ...git.allowedUrls].flatMap(toRepository), ...listed, ...own])
}

/** Returns the destinations of model pulls. A registry may redirect large files to another host. */
function registry({ ollama: { enabled, url, model, insecure } }: KubernetesSettings): Destination[] {
  if (!enabled || url !== undefined) return []
  const [, address] = /^([^/]*[.:][^/]*)\//.exec(model) ?? []
  return merged([outside(443), ...(address === undefined ? [] : toUrl(`${insecure ? 'http' : 'https'}://${address}`))])
}

function storage({ backup, secrets }: KubernetesSettings): Destination[] {
  const { enabled, s3Bucket, s3Endpoint, s3AccessKey } = backup
  if (!enabled || s3Bucket === undefined) return []
  // Temporary keys of a role come from AWS, wherever the bucket is.
  const isLent = s3AccessKey === undefined && secrets.backup === undefined && (backup.s3Identity ?? 'irsa') === 'irsa'
  return merged([
    ...toKeyServer(backup),
    ...(s3Endpoint === undefined || isLent ? [outside(443)] : []),
    ...(s3Endpoint === undefined ? [] : toUrl(s3Endpoint)),
  ])
}

function proxies({ network: { proxy } }: KubernetesSettings): Destination[] {
  const addresses = [proxy?.https, proxy?.http].flatMap((each) => (each === undefined ? [] : [revealed(each)]))
  return merged(addresses.flatMap(toUrl))
}

const revealed = (address: string | Hidden) => (address instanceof Hidden ? address.reveal() : address)

/** Returns the components that connect to hosts outside the stack. */
function goingOut(settings: KubernetesSettings): readonly Component[] {
  const { enabled, s3Bucket } = settings.backup
  return [
    'server',
    'worker',
    ...(settings.ollama.enabled ? (['model'] as const) : []),
    ...(hasOllama(settings) ? (['ollama'] as const) : []),
    ...(enabled && s3Bucket !== undefined ? (['backup', 'restore-test'] as const) : []),
  ]
}

/** Returns the connections between CloudNativePG's operator and instances. */
function insideOfCnpg(prometheus: readonly Peer[]): Connection[] {
  const operator = {
    namespaceSelector: {},
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' } },
  }
  return [
    { from: ['cnpg', operator], to: ['cnpg'], ports: [5432, 8000] },
    ...prometheus.map((from) => ({ from: [from], to: ['cnpg'] as const, ports: [9187] })),
  ]
}
