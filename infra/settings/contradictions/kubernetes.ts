import type { Hidden } from '../hidden.ts'
import { shown } from '../kinds.ts'
import { objectName } from '../kubernetes-kinds.ts'
import type { Values } from '../schema.ts'
import { faultOfVariable } from '../service-variables.ts'
import { ofServiceAccounts } from './accounts.ts'
import { ofBackup } from './backup.ts'
import { ofEdge } from './edge.ts'
import { excluding, type Given, isGiven } from './given.ts'
import { ofReplicas } from './replicas.ts'
import { ofWellKnown } from './well-known.ts'

export function onKubernetes(values: Values, given: Given): string[] {
  const { profiles } = values
  const faults = ofImage(values, given)
  for (const profile of profiles.filter((profile) => profile !== 'monitoring')) {
    faults.push(`profiles has ${profile}, which is only for target docker; remove it`)
  }
  return [
    ...faults,
    ...ofNamespace(values),
    ...ofRepositories(values),
    ...ofSources(values),
    ...ofReplicas(values),
    ...ofAccess(values, given),
    ...ofGit(values),
    ...ofEdge(values, given),
    ...ofBackup(values, given),
    ...ofSecrets(values, given),
    ...ofNames(values),
    ...ofSecretTexts(values),
    ...ofServiceAccounts(values),
    ...ofWellKnown(values),
    ...ofStorageClasses(values),
  ]
}

/** A class without a volume would have no effect. */
function ofStorageClasses({ worker, backup }: Values): string[] {
  return [
    ...(worker.storageClass !== undefined && !worker.clonesClaim
      ? ['worker.storageClass requires worker.clonesClaim: true; add that or remove it']
      : []),
    ...(backup.storageClass !== undefined && backup.s3Bucket !== undefined
      ? [excluding('backup.s3Bucket', 'backup.storageClass', 'with a bucket there is no volume for backups')]
      : []),
  ]
}

function ofImage({ image: { reference, registry, user, password } }: Values, given: Given): string[] {
  if (reference !== undefined) {
    return ['registry', 'base', 'platforms', 'user', 'password']
      .filter((key) => isGiven(given, 'image', key))
      .map((key) => excluding('image.reference', `image.${key}`, 'an existing image is not built'))
  }
  if (registry === undefined) {
    return [
      'image.reference is missing: set it to the image that the cluster pulls, or set image.registry to a registry to which this program pushes the image that it builds',
    ]
  }
  return (user === undefined) === (password === undefined)
    ? []
    : ['image.user and image.password must be set together; add the missing one, or remove both to use docker login']
}

const EVERYWHERE = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

function ofNamespace({ name, kubernetes: { namespace = name, createNamespace } }: Values): string[] {
  return createNamespace && EVERYWHERE.includes(namespace)
    ? [
        `kubernetes.namespace is ${namespace}, which exists in every cluster; choose another one, or set kubernetes.createNamespace to false`,
      ]
    : []
}

function ofRepositories({ repositories }: Values): string[] {
  const bytes = Buffer.byteLength(repositories.join('\n'))
  const size =
    bytes > MOST_BYTES
      ? [
          `repositories has ${repositories.length} entries with ${bytes} bytes in total, but a ConfigMap holds only ${MOST_BYTES}; shorten the list or use two stacks`,
        ]
      : []
  return [...repositories.flatMap(faultsOfRepository), ...sameNames(repositories), ...size]
}

/** Well-known servers and their kinds. */
const KNOWN_SERVERS: Readonly<Record<string, Values['sources'][number]['kind']>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
}

/** Reports the faults that the service would report. */
function ofSources({ sources }: Values): string[] {
  const strange = sources.flatMap(({ kind, url }, at) => {
    const { hostname, pathname } = new URL(url)
    const isKind = KNOWN_SERVERS[hostname]
    if (isKind !== undefined && isKind !== kind)
      return [`sources.${at} has kind ${kind}, but ${hostname} is a server of kind ${isKind}; set kind to ${isKind}`]
    return /\.git\/*$/.test(pathname)
      ? [
          `sources.${at}.url is ${url}, which is a repository; use the URL of its organisation, or move it to repositories`,
        ]
      : []
  })
  return strange.length > 0 ? strange : faultsOfSources(sources)
}

function faultsOfSources(sources: Values['sources']): string[] {
  const fault = sources.length === 0 ? undefined : faultOfVariable('GIT_SOURCES', JSON.stringify(sources))
  return fault === undefined ? [] : [`sources ${fault.replace(' See GIT_SOURCES in .env.example', '')}`]
}

/** Maximum size of a ConfigMap in bytes, less its other contents. */
const MOST_BYTES = 1_000_000

function faultsOfRepository(entry: string): string[] {
  const told = shown(entry)
  const url = entry.replace(/^[^=/:@]+=/, '')
  if (!isOnServer(url)) {
    const why = url.includes('://')
      ? 'which is no URL of a git server'
      : 'but a cluster cannot read folders on this machine'
    return [
      `repositories has ${told}, ${why}; write it as https://host/name.git, ssh://git@host/name.git or name=URL#branch`,
    ]
  }
  if (/^\.{1,2}=/.test(entry))
    return [`repositories has ${told}, whose name must have more than dots; choose another one`]
  if (entry.includes(','))
    return [`repositories has ${told}, but a comma separates entries; write it as %2C or remove it`]
  const fault = faultOfVariable('REPOSITORIES', entry)
  return fault === undefined ? [] : [`repositories has an entry that cannot be used: ${fault}`]
}

/** Returns the name of a repository: the given one, or the last part of its URL. */
const nameOf = (entry: string) =>
  /^([\w.-]+)=/.exec(entry)?.[1] ?? /([^/:]+?)(?:\.git)?\/*(?:#.*)?$/.exec(entry)?.[1] ?? entry

function sameNames(repositories: readonly string[]): string[] {
  return [...Map.groupBy(repositories, nameOf)].flatMap(([name, [first, ...others]]) =>
    others.map(
      (other) =>
        `repositories has ${shown(first)} and ${shown(other)}, which would both have the name ${name}; give one of them another name: name=URL`,
    ),
  )
}

/** Whether it is a git URL of a server, or an address in scp form. */
const isOnServer = (url: string) =>
  /^[\w.-]+@[\w.-]+:\S+$/.test(url) ||
  (/^(https?|ssh):\/\/\S+$/.test(url) && URL.canParse(url) && new URL(url).port !== '0')

function ofAccess({ access, secrets }: Values, given: Given): string[] {
  const faults: string[] = []
  for (const key of OF_ISSUER.filter((each) => isGiven(given, 'access', each))) {
    if (access.oidcIssuer === undefined)
      faults.push(`access.${key} requires access.oidcIssuer, which is missing; add that or remove it`)
  }
  if (access.oidcClientId === undefined && access.oidcIssuer !== undefined && isGiven(given, 'access', 'oidcScopes')) {
    faults.push('access.oidcScopes requires access.oidcClientId, which is missing; add that or remove it')
  }
  for (const [at, name] of access.oidcRepositories.entries()) {
    if (/[,\s]/.test(name))
      faults.push(
        `access.oidcRepositories.${at} is ${JSON.stringify(name)}, which contains several names; list each one separately`,
      )
  }
  const isOpened = [access.tokens, access.oidcIssuer, secrets.access].some((each) => each !== undefined)
  if (!access.required && isOpened) {
    faults.push(excluding('access.required: false', 'tokens or an issuer', 'anyone who reaches the server may call it'))
  }
  if (OF_ANY_TENANT.test(access.oidcIssuer ?? '')) {
    faults.push(
      `access.oidcIssuer is ${access.oidcIssuer}, which issues no token itself; write the id of your tenant in its place`,
    )
  }
  if ((access.oidcIssuer === undefined) !== (access.oidcAudience === undefined)) {
    faults.push('access.oidcIssuer and access.oidcAudience must be set together; add the missing one')
  }
  return faults
}

const OF_ANY_TENANT = /^https:\/\/login\.microsoftonline\.[a-z]+\/(common|organizations|consumers)(\/|$)/

const OF_ISSUER = ['oidcClientId', 'oidcScopes', 'oidcRepositories', 'oidcRepositoriesClaim']

function ofGit({ git }: Values): string[] {
  return git.allowedUrls.flatMap((entry) => {
    const told = shown(entry)
    if (!isOnServer(entry))
      return [`git.allowedUrls has ${told}; write it as https://host/folder or ssh://git@host/folder`]
    if (entry.includes(',')) return [`git.allowedUrls has ${told}, but a comma separates entries; remove it`]
    const fault = faultOfVariable('GIT_ALLOWED_URLS', entry)
    return fault === undefined ? [] : [`git.allowedUrls has an entry that cannot be used: ${fault}`]
  })
}

/** A store without the name of a secret would not be used. */
function ofStore({ secrets: { store, database, access, git, webhook, backup } }: Values, given: Given): string[] {
  const isAny = [database, access, git, webhook, backup].some((each) => each !== undefined)
  if (store !== undefined && !isAny) {
    return [
      `secrets.store is ${store}, but no secret in it is named; set secrets.database, access, git, webhook or backup, or remove it`,
    ]
  }
  return store === undefined && isGiven(given, 'secrets', 'storeKind')
    ? ['secrets.storeKind requires secrets.store, which is missing; add that or remove it']
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
    .map(([key, , elsewhere]) => excluding(key, `secrets of the Secret ${elsewhere}`, 'it would be set twice'))
  return [...both, ...ofStore(values, given)]
}

/** Checks the names of Secrets in the namespace. In a store, names may be paths. */
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

/** Reports secrets with which the server would not start, without showing any of their text. */
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
