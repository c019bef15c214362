import type { Hidden } from '../hidden.ts'
import { shown } from '../kinds.ts'
import { objectName } from '../kubernetes-kinds.ts'
import type { Values } from '../schema.ts'
import { faultOfVariable } from '../service-variables.ts'
import { ofServiceAccounts } from './accounts.ts'
import { ofBackup } from './backup.ts'
import { excluding, type Given, isGiven } from './given.ts'
import { ofReplicas } from './replicas.ts'

export function onKubernetes(values: Values, given: Given): string[] {
  const { profiles } = values
  const faults = ofImage(values, given)
  for (const profile of profiles.filter((profile) => profile !== 'monitoring')) {
    faults.push(`profiles has ${profile}, which is for target docker alone; remove it`)
  }
  return [
    ...faults,
    ...ofNamespace(values),
    ...ofRepositories(values),
    ...ofSources(values),
    ...ofReplicas(values),
    ...ofAccess(values, given),
    ...ofGit(values),
    ...ofEdge(values),
    ...ofBackup(values, given),
    ...ofSecrets(values, given),
    ...ofNames(values),
    ...ofSecretTexts(values),
    ...ofServiceAccounts(values),
  ]
}

function ofImage({ image: { reference, registry, user, password } }: Values, given: Given): string[] {
  if (reference !== undefined) {
    return ['registry', 'base', 'platforms', 'user', 'password']
      .filter((key) => isGiven(given, 'image', key))
      .map((key) => excluding('image.reference', `image.${key}`, 'an image that is ready is not built'))
  }
  if (registry === undefined) {
    return [
      'image.reference is missing: the image that the cluster pulls; set it, or set image.registry to where this program pushes the image that it builds',
    ]
  }
  return (user === undefined) === (password === undefined)
    ? []
    : ['image.user and image.password go together; add the one that is missing, or remove both to use docker login']
}

const EVERYWHERE = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

function ofNamespace({ name, kubernetes: { namespace = name, createNamespace } }: Values): string[] {
  return createNamespace && EVERYWHERE.includes(namespace)
    ? [
        `kubernetes.namespace is ${namespace}, which every cluster has already; choose another, or set kubernetes.createNamespace to false`,
      ]
    : []
}

function ofRepositories({ repositories }: Values): string[] {
  const bytes = Buffer.byteLength(repositories.join('\n'))
  const size =
    bytes > MOST_BYTES
      ? [
          `repositories has ${repositories.length} entries of ${bytes} bytes together, and a ConfigMap holds ${MOST_BYTES}; shorten the list, or use two stacks`,
        ]
      : []
  return [...repositories.flatMap(faultsOfRepository), ...sameNames(repositories), ...size]
}

/** Servers that everybody knows, and what they are. */
const KNOWN_SERVERS: Readonly<Record<string, Values['sources'][number]['kind']>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
}

/** What the service would say of them, in its words. */
function ofSources({ sources }: Values): string[] {
  const strange = sources.flatMap(({ kind, url }, at) => {
    const { hostname, pathname } = new URL(url)
    const isKind = KNOWN_SERVERS[hostname]
    if (isKind !== undefined && isKind !== kind)
      return [`sources.${at} has kind ${kind}, and ${hostname} is a server of ${isKind}; write kind: ${isKind}`]
    return /\.git\/*$/.test(pathname)
      ? [`sources.${at}.url is ${url}, which is a repository; write the organisation, or put it into repositories`]
      : []
  })
  return strange.length > 0 ? strange : faultsOfSources(sources)
}

function faultsOfSources(sources: Values['sources']): string[] {
  const fault = sources.length === 0 ? undefined : faultOfVariable('GIT_SOURCES', JSON.stringify(sources))
  return fault === undefined ? [] : [`sources ${fault.replace(' See GIT_SOURCES in .env.example', '')}`]
}

/** Bytes of a ConfigMap, less what it has besides. */
const MOST_BYTES = 1_000_000

function faultsOfRepository(entry: string): string[] {
  const told = shown(entry)
  if (!isOnServer(entry.replace(/^[^=/:@]+=/, ''))) {
    return [
      `repositories has ${told}, and a cluster sees no folders of this machine; write it as https://host/name.git, ssh://git@host/name.git or name=URL#branch`,
    ]
  }
  if (entry.includes(','))
    return [`repositories has ${told}, and the comma would make two of it; write it as %2C, or leave it out`]
  const fault = faultOfVariable('REPOSITORIES', entry)
  return fault === undefined ? [] : [`repositories has an entry that cannot be used: ${fault}`]
}

/** What a repository is called: the name before it, or the last part of its address. */
const nameOf = (entry: string) =>
  /^([\w.-]+)=/.exec(entry)?.[1] ?? /([^/:]+?)(?:\.git)?\/*(?:#.*)?$/.exec(entry)?.[1] ?? entry

function sameNames(repositories: readonly string[]): string[] {
  return [...Map.groupBy(repositories, nameOf)].flatMap(([name, [first, ...others]]) =>
    others.map(
      (other) =>
        `repositories has ${shown(first)} and ${shown(other)}, which would both be called ${name}; give one another name, name=URL`,
    ),
  )
}

/** Whether it is written as git writes where a repository is on a server. */
const isOnServer = (url: string) =>
  /^[\w.-]+@[\w.-]+:\S+$/.test(url) || (/^(https?|ssh):\/\/\S+$/.test(url) && URL.canParse(url))

function ofAccess({ access, secrets }: Values, given: Given): string[] {
  const faults: string[] = []
  for (const key of OF_ISSUER.filter((each) => isGiven(given, 'access', each))) {
    if (access.oidcIssuer === undefined)
      faults.push(`access.${key} goes with access.oidcIssuer, which is missing; add that, or remove it`)
  }
  if (access.oidcClientId === undefined && access.oidcIssuer !== undefined && isGiven(given, 'access', 'oidcScopes')) {
    faults.push('access.oidcScopes goes with access.oidcClientId, which is missing; add that, or remove it')
  }
  for (const [at, name] of access.oidcRepositories.entries()) {
    if (/[,\s]/.test(name))
      faults.push(
        `access.oidcRepositories.${at} is ${JSON.stringify(name)}, which is several names; list each one separately`,
      )
  }
  const isOpened = [access.tokens, access.oidcIssuer, secrets.access].some((each) => each !== undefined)
  if (!access.required && isOpened) {
    faults.push(excluding('access.required: false', 'tokens or an issuer', 'everybody who reaches the server may call'))
  }
  if ((access.oidcIssuer === undefined) !== (access.oidcAudience === undefined)) {
    faults.push('access.oidcIssuer and access.oidcAudience go together; add the one that is missing')
  }
  return faults
}

const OF_ISSUER = ['oidcClientId', 'oidcScopes', 'oidcRepositories', 'oidcRepositoriesClaim']

function ofGit({ git }: Values): string[] {
  return git.allowedUrls.flatMap((entry) => {
    const told = shown(entry)
    if (!isOnServer(entry))
      return [`git.allowedUrls has ${told}; write it as https://host/folder or ssh://git@host/folder`]
    if (entry.includes(',')) return [`git.allowedUrls has ${told}, and the comma would make two of it; leave it out`]
    const fault = faultOfVariable('GIT_ALLOWED_URLS', entry)
    return fault === undefined ? [] : [`git.allowedUrls has an entry that cannot be used: ${fault}`]
  })
}

function ofEdge({ edge, network }: Values): string[] {
  if (edge.kind === 'none') {
    const said = edge.host === undefined ? 'hosts' : 'host'
    const isSaid = edge.host !== undefined || edge.hosts.length > 0
    return isSaid ? [`edge.${said} needs edge.kind, gateway or ingress; set it, or remove the ${said}`] : []
  }
  const host =
    edge.host === undefined && edge.hosts.length === 0
      ? ['edge.host is missing: the name by which clients call; with several, edge.hosts']
      : []
  return [...host, ...(edge.kind === 'gateway' ? ofGateway(edge) : ofIngress(edge, network))]
}

function ofGateway(edge: Values['edge']): string[] {
  const missing =
    edge.gateway === undefined ? ['edge.gateway is missing: the Gateway that leads in, as namespace/name'] : []
  const said = (['class', 'tlsSecret'] as const).filter((key) => edge[key] !== undefined)
  const hosts = new Set([edge.host ?? edge.hosts[0], ...edge.hosts]).size
  const many =
    hosts > MOST_HOSTS
      ? [`edge.hosts has ${hosts} hosts, and an HTTPRoute takes ${MOST_HOSTS}; remove some, or make another route`]
      : []
  return [
    ...missing,
    ...many,
    ...said.map((key) => excluding('edge.kind: gateway', `edge.${key}`, 'the Gateway’s listener says it')),
  ]
}

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec */
const MOST_HOSTS = 16

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const NGINX_REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target'

function ofIngress(edge: Values['edge'], { policies, clients }: Values['network']): string[] {
  const scheme =
    edge.scheme === 'http' && edge.tlsSecret !== undefined
      ? [excluding('edge.scheme: http', 'edge.tlsSecret', 'clients call by https then')]
      : []
  const said = (['gateway', 'listener'] as const)
    .filter((key) => edge[key] !== undefined)
    .map((key) => excluding('edge.kind: ingress', `edge.${key}`, 'only one of them leads in'))
  const faults = [...said, ...scheme]
  if (edge.class !== undefined && CLASS_ANNOTATION in edge.annotations) {
    faults.push(excluding('edge.class', `edge.annotations ${CLASS_ANNOTATION}`, 'an Ingress has one class'))
  }
  const issuer = Object.keys(edge.annotations).find((key) => /^cert-manager\.io\/(cluster-)?issuer$/.test(key))
  if (issuer !== undefined && edge.tlsSecret === undefined) {
    faults.push(
      `edge.annotations has ${issuer}, and no edge.tlsSecret into which the certificate goes; set that to a name, or remove it`,
    )
  }
  if (policies && edge.namespace === undefined && !clients.includes('*')) {
    faults.push(
      'edge.namespace is missing: of the controller’s pods, which network policies let in; for a load balancer that has no pods set network.clients to ["*"]',
    )
  }
  const rewrite = edge.annotations[NGINX_REWRITE]
  if (rewrite !== undefined && !rewrite.includes('$2')) {
    faults.push(
      `edge.annotations has ${NGINX_REWRITE} ${rewrite}, by which every path would lead to that one; write /$2, which is what comes after edge.path`,
    )
  }
  if (edge.path !== '/' && Object.keys(edge.annotations).length === 0) {
    faults.push(
      `edge.path is ${edge.path}, and an Ingress hands it on to a server that does not know it; add the annotation by which its controller takes it away to edge.annotations, or remove the path`,
    )
  }
  return faults
}

/** A store is asked for what is named, and for nothing else. */
function ofStore({ secrets: { store, database, access, git, webhook, backup } }: Values, given: Given): string[] {
  const isAny = [database, access, git, webhook, backup].some((each) => each !== undefined)
  if (store !== undefined && !isAny) {
    return [
      `secrets.store is ${store}, and no secret in it is named; set secrets.database, access, git, webhook or backup, or remove it`,
    ]
  }
  return store === undefined && isGiven(given, 'secrets', 'storeKind')
    ? ['secrets.storeKind goes with secrets.store, which is missing; add that, or remove it']
    : []
}

function ofSecrets(values: Values, given: Given): string[] {
  const { access, git, secrets, backup } = values
  const twice: readonly (readonly [string, boolean, string | undefined])[] = [
    ['access.tokens', access.tokens !== undefined, secrets.access],
    ['git.credentials', git.credentials !== undefined, secrets.git],
    ['git.webhookSecret', git.webhookSecret !== undefined, secrets.webhook],
    ['backup.s3SecretKey', backup.s3SecretKey !== undefined, secrets.backup],
  ]
  const both = twice
    .filter(([, isGivenHere, elsewhere]) => isGivenHere && elsewhere !== undefined)
    .map(([key, , elsewhere]) => excluding(key, `secrets of the Secret ${elsewhere}`, 'it would be said twice'))
  return [...both, ...ofStore(values, given)]
}

/** What names a Secret of the namespace; in a store names may be paths. */
function ofNames({ secrets: { store, database, access, git, webhook, backup } }: Values): string[] {
  if (store !== undefined) return []
  return Object.entries({ database, access, git, webhook, backup }).flatMap(([key, name]) =>
    name === undefined || objectName('').safeParse(name).success
      ? []
      : [
          `secrets.${key} must be the name of a Secret in the namespace, in lower-case letters, digits, "-" and ".", got ${JSON.stringify(name)}`,
        ],
  )
}

/** Secrets that the server would not start with; what is wrong with them is told without a word of them. */
function ofSecretTexts({ access, git }: Values): string[] {
  const texts: readonly (readonly [string, string, Hidden | undefined])[] = [
    ['access.tokens', 'AUTH_TOKENS', access.tokens],
    ['git.credentials', 'GIT_CREDENTIALS', git.credentials],
    ['git.webhookSecret', 'WEBHOOK_SECRET', git.webhookSecret],
  ]
  return texts.flatMap(([key, variable, text]) => {
    const fault = text?.isKnown ? faultOfVariable(variable, text.reveal()) : undefined
    return fault === undefined ? [] : [`${key} ${fault}`]
  })
}
