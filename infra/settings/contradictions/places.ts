import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'
import { pageOfRepository } from './web-pages.ts'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/

/**
 * Reports addresses at which a container or pod would reach itself or nothing, and URLs and images that cannot work.
 */
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
  const own = target === 'docker' ? 'host.docker.internal for this machine' : 'a host that pods can reach'
  const itself = target === 'docker' ? 'the container' : 'the pod'
  return [
    ...hosts
      .filter(([, host]) => LOOPBACK.test(host) && !hasSidecar(values))
      .map(([key, host]) => `${key} has the host ${host}, which is ${itself} itself; use ${own}`),
    ...urls.flatMap(([key, url]) => ofDatabaseUrl(key, url, values)),
    ...ofTwoDatabases(urls),
    ...ofOllama(ollama.url),
    ...ofManaged(external),
    ...ofImages(values),
    ...ofBase(values.image),
    ...repositories.flatMap(pageOfRepository),
  ]
}

/** Returns the hosts of repositories, sources and allowed URLs, with the setting that names them. */
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

/** Shows no part of the URL that may contain the password. */
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
    ...ofServers(key, url),
    ...ofFiles(key, url, values),
    ...(missing.length === 0 ? [] : [`${key} has no ${missing.join(' and no ')}; ${FORM}`]),
    ...(socket ? [`${key} has host=${searchParams.get('host')}, a socket that containers cannot reach; ${FORM}`] : []),
    ...([url.username, url.password, pathname].every(isDecodable)
      ? []
      : [`${key} has a "%" that is not an escape; write it as %25`]),
    ...(port === '0' ? [`${key} has the port 0, which is not valid; ${FORM}`] : []),
    ...(pathname.lastIndexOf('/') > 0
      ? [`${key} has a "/" in the name of the database; write it as %2F or remove it`]
      : []),
    ...(mode === null || SSL_MODES.includes(mode)
      ? []
      : [`${key} has sslmode=${mode}, which must be one of ${SSL_MODES.join(', ')}`]),
    ...(file === null || isMounted(values)
      ? []
      : [
          `${key} has sslrootcert=${file}, a file that no container has; remove it and set database.ca to the certificate`,
        ]),
  ]
}

/** Reports what the service, unlike libpq, does not do with a URL. */
function ofServers(key: string, { hostname }: URL): string[] {
  return [
    ...(/,|%2c/i.test(hostname)
      ? [`${key} names several hosts, of which the service uses one; name the one that leads to the primary`]
      : []),
    ...(/\.cluster-ro-\w+\./.test(hostname)
      ? [`${key} has the host ${hostname}, whose servers only read; use the address of the primary`]
      : []),
  ]
}

/** Reports files of a client's certificate that no container has. */
const ofFiles = (key: string, { searchParams }: URL, values: Values) =>
  ['sslcert', 'sslkey']
    .filter((name) => searchParams.has(name) && !isMounted(values))
    .map((name) => `${key} has ${name}, a file that no container has; mount it by server.volumes, or remove it`)

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

/** A sidecar, such as a cloud provider's proxy, may listen on localhost for a remote database. */
const hasSidecar = (values: Values) =>
  PARTS.some((part) => [values[part].containers, values[part].initContainers].some((each = []) => each.length > 0))

const MANAGED = /\.(rds\.amazonaws\.com|postgres\.database\.azure\.com|neon\.tech|supabase\.(co|com))$/

/** What a provider does not allow on its servers. */
function ofManaged(external: Values['database']['external']): string[] {
  if (external === undefined) return []
  const { host, superuser } = external
  const isPooler = /(\.pooler\.supabase\.com|-pooler\.[\w.-]+\.neon\.tech)$/.test(host)
  return [
    ...(isPooler
      ? [
          `database.external.host is ${host}, a pooler, which does not know new roles; use the address of the server itself`,
        ]
      : []),
    ...(superuser && MANAGED.test(host)
      ? [`database.external.superuser is true, but on ${host} no role of yours is one; remove it`]
      : []),
  ]
}

function ofOllama(url: string | undefined): string[] {
  const path = url === undefined ? '/' : new URL(url).pathname
  return /^\/+(api|v1)(\/|$)/.test(path)
    ? [`ollama.url ends with ${path}, which the service adds itself; remove it from the URL`]
    : []
}

const LEAST_NODE = 22

/** Reports base images on which the image cannot be built. */
function ofBase({ base }: Values['image']): string[] {
  if (/alpine|busybox|distroless/.test(base)) {
    return [
      `image.base is ${base}, which has no apt, with which the build installs packages; use node:24-trixie-slim or a similar image of Debian`,
    ]
  }
  const [, major] = /(?:^|\/)node:(\d+)\b/.exec(base) ?? []
  return major === undefined || Number(major) >= LEAST_NODE
    ? []
    : [
        `image.base is ${base}, but the build needs Node ${LEAST_NODE} or newer; use node:24-trixie-slim or a similar image`,
      ]
}

/** Reports images of Postgres that lack pgvector or do not fit. */
function ofImages({ postgres, secrets, database: { cnpg, url, external } }: Values): string[] {
  const isPlain = (image: string) =>
    /^(docker\.io\/)?((library\/)?postgres|bitnami(legacy)?\/postgresql|postgis\/postgis|timescale\/timescaledb|(library\/)?(mysql|mariadb|mongo|redis))(:|@|$)/.test(
      image,
    )
  const isOurs = [cnpg, url, external, secrets.database].every((each) => each === undefined)
  return [
    ...(isOurs && /cloudnative-pg\/postgresql(:|@|$)/.test(postgres.image)
      ? [
          `postgres.image is ${postgres.image}, which only CloudNativePG’s operator can start; use pgvector/pgvector:pg17, or set database.cnpg`,
        ]
      : []),
    ...(cnpg !== undefined && !/:v?\d[^/]*$/.test(cnpg.image.replace(/@.*$/, ''))
      ? [
          `database.cnpg.image is ${cnpg.image}, whose tag does not start with the version of Postgres, as the operator requires; use one such as ghcr.io/cloudnative-pg/postgresql:17-standard-trixie`,
        ]
      : []),
    ...(isOurs && isPlain(postgres.image)
      ? [`postgres.image is ${postgres.image}, which has no pgvector; use pgvector/pgvector:pg17 or a similar image`]
      : []),
    ...(cnpg !== undefined &&
    (isPlain(cnpg.image) ||
      /^(docker\.io\/)?pgvector\/pgvector:/.test(cnpg.image) ||
      /cloudnative-pg\/postgresql:[^@]*minimal/.test(cnpg.image))
      ? [
          `database.cnpg.image is ${cnpg.image}, which has no pgvector or is not made for CloudNativePG; use ghcr.io/cloudnative-pg/postgresql:17-standard-trixie or a similar image`,
        ]
      : []),
  ]
}
