import { shown } from '../kinds.ts'
import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/

/** Addresses that lead a container or a pod to itself, or to nothing of what was meant. */
export function ofPlaces(values: Values): string[] {
  const { target, database, ollama, repositories, backup, access } = values
  const { url, migrationUrl, external } = database
  const urls = Object.entries({ url, migrationUrl }).flatMap(([key, value]) =>
    value === undefined ? [] : [[`database.${key}`, new URL(value.reveal())] as const],
  )
  const hosts = [
    ...urls.map(([key, { hostname }]) => [key, hostname] as const),
    ...(external === undefined ? [] : [['database.external.host', external.host] as const]),
    ...(ollama.url === undefined ? [] : [['ollama.url', new URL(ollama.url).hostname] as const]),
    ...Object.entries({ 'backup.s3Endpoint': backup.s3Endpoint, 'access.oidcIssuer': access.oidcIssuer }).flatMap(
      ([key, url]) => (url === undefined ? [] : [[key, new URL(url).hostname] as const]),
    ),
    ...(target === 'docker' ? [] : onGitServers(values)),
  ]
  const own = target === 'docker' ? 'host.docker.internal for this machine' : 'a host that pods reach'
  const itself = target === 'docker' ? 'each container' : 'each pod'
  return [
    ...hosts
      .filter(([, host]) => LOOPBACK.test(host) && !hasSidecar(values))
      .map(([key, host]) => `${key} has the host ${host}, which is ${itself} itself; write ${own}`),
    ...urls.flatMap(([key, url]) => ofDatabaseUrl(key, url, values)),
    ...ofTwoDatabases(urls),
    ...ofOllama(ollama.url),
    ...ofImages(values),
    ...repositories.flatMap(pageOfRepository),
  ]
}

/** The hosts of repositories, sources and places of repositories, with the setting that names them. */
function onGitServers({ repositories, sources, git }: Values) {
  const urls = [
    ...repositories.map((entry) => ['repositories', entry.replace(/^[^=/:@]+=/, '')] as const),
    ...sources.map(({ url }, at) => [`sources.${at}.url`, url] as const),
    ...git.allowedUrls.map((url) => ['git.allowedUrls', url] as const),
  ]
  return urls.flatMap(([key, url]) => (URL.canParse(url) ? [[key, new URL(url).hostname] as const] : []))
}

const FORM = 'write postgres://user:password@host:port/name'
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/** Nothing of what may hold the password is shown. */
function ofDatabaseUrl(key: string, url: URL, values: Values) {
  const { hostname, port, pathname, searchParams } = url
  const socket = searchParams.get('host')?.startsWith('/') === true && !isMounted(values)
  const missing = [
    ...(hostname === '' && !searchParams.has('host') ? ['host'] : []),
    ...(pathname.length > 1 ? [] : ['name of a database']),
  ]
  const mode = searchParams.get('sslmode')
  const file = searchParams.get('sslrootcert')
  return [
    ...(missing.length === 0 ? [] : [`${key} has no ${missing.join(' and no ')}; ${FORM}`]),
    ...(socket ? [`${key} has host=${searchParams.get('host')}, a socket that no container sees; ${FORM}`] : []),
    ...([url.username, url.password, pathname].every(isDecodable)
      ? []
      : [`${key} has a "%" that stands for nothing; write it as %25`]),
    ...(port === '0' ? [`${key} has the port 0, which no server has; ${FORM}`] : []),
    ...(pathname.lastIndexOf('/') > 0
      ? [`${key} has a "/" in the name of the database; write it as %2F, or leave it out`]
      : []),
    ...(mode === null || SSL_MODES.includes(mode)
      ? []
      : [`${key} has sslmode=${mode}, which must be one of ${SSL_MODES.join(', ')}`]),
    ...(file === null || isMounted(values)
      ? []
      : [
          `${key} has sslrootcert=${file}, a file that no container has; remove it, and set database.ca to the certificate`,
        ]),
  ]
}

function isDecodable(part: string): boolean {
  try {
    return decodeURIComponent(part) !== undefined
  } catch {
    return false
  }
}

/** The schema is made in the one, and looked for in the other. */
function ofTwoDatabases(urls: readonly (readonly [key: string, url: URL])[]): string[] {
  const [first, second] = urls
  return first === undefined || second === undefined || first[1].pathname === second[1].pathname
    ? []
    : [`${second[0]} is for another database than ${first[0]}, in which nobody would find the schema; name the same`]
}

const isMounted = (values: Values) => PARTS.some((part) => (values[part].volumeMounts ?? []).length > 0)

/** Such as a proxy of a cloud, which answers inside of the pod for a database elsewhere. */
const hasSidecar = (values: Values) =>
  PARTS.some((part) => [values[part].containers, values[part].initContainers].some((each = []) => each.length > 0))

function ofOllama(url: string | undefined): string[] {
  const path = url === undefined ? '/' : new URL(url).pathname
  return /^\/+(api|v1)(\/|$)/.test(path)
    ? [`ollama.url ends with ${path}, which the service adds itself; write it without that`]
    : []
}

/** Images of Postgres that come without pgvector. */
function ofImages({ postgres, secrets, database: { cnpg, url, external } }: Values): string[] {
  const isPlain = (image: string) =>
    /^(docker\.io\/)?((library\/)?postgres|bitnami(legacy)?\/postgresql|postgis\/postgis)(:|@|$)/.test(image)
  const isOurs = [cnpg, url, external, secrets.database].every((each) => each === undefined)
  return [
    ...(isOurs && /cloudnative-pg\/postgresql(:|@|$)/.test(postgres.image)
      ? [
          `postgres.image is ${postgres.image}, which only the operator of CloudNativePG starts; use pgvector/pgvector:pg17, or set database.cnpg`,
        ]
      : []),
    ...(cnpg !== undefined && !/:v?\d[^/]*$/.test(cnpg.image.replace(/@.*$/, ''))
      ? [
          `database.cnpg.image is ${cnpg.image}, whose tag does not begin with the version of Postgres, by which the operator knows it; write one such as ghcr.io/cloudnative-pg/postgresql:17-standard-trixie`,
        ]
      : []),
    ...(isOurs && isPlain(postgres.image)
      ? [`postgres.image is ${postgres.image}, which has no pgvector; use pgvector/pgvector:pg17, or one like it`]
      : []),
    ...(cnpg !== undefined &&
    (isPlain(cnpg.image) ||
      /^(docker\.io\/)?pgvector\/pgvector:/.test(cnpg.image) ||
      /cloudnative-pg\/postgresql:[^@]*minimal/.test(cnpg.image))
      ? [
          `database.cnpg.image is ${cnpg.image}, which has no pgvector, or is none of CloudNativePG; use ghcr.io/cloudnative-pg/postgresql:17-standard-trixie, or one like it`,
        ]
      : []),
  ]
}

/** A page of a repository, as it stands in the bar of a browser. */
function pageOfRepository(entry: string): string[] {
  const [, repository, branch] =
    /^((?:[^=/]+=)?https?:\/\/github\.com\/[^/]+\/[^/#]+)\/(?:tree|blob)\/([^/#?]+)/.exec(entry) ??
    /^((?:[^=/]+=)?https?:\/\/[^#]+?)\/-\/(?:tree|blob)\/([^/#?]+)/.exec(entry) ??
    []
  return repository === undefined
    ? []
    : [`repositories has ${shown(entry)}, which is a page about it; write ${repository}.git#${branch}`]
}
