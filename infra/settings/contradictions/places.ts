import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/

/** Addresses that lead a container or a pod to itself, or to nothing of what was meant. */
export function ofPlaces(values: Values): string[] {
  const { target, database, ollama, repositories } = values
  const { url, migrationUrl, external } = database
  const urls = Object.entries({ url, migrationUrl }).flatMap(([key, value]) =>
    value === undefined ? [] : [[`database.${key}`, new URL(value.reveal())] as const],
  )
  const hosts = [
    ...urls.map(([key, { hostname }]) => [key, hostname] as const),
    ...(external === undefined ? [] : [['database.external.host', external.host] as const]),
    ...(ollama.url === undefined ? [] : [['ollama.url', new URL(ollama.url).hostname] as const]),
  ]
  const own = target === 'docker' ? 'host.docker.internal for this machine' : 'a host that pods reach'
  const itself = target === 'docker' ? 'each container' : 'each pod'
  return [
    ...hosts
      .filter(([, host]) => LOOPBACK.test(host) && !hasSidecar(values))
      .map(([key, host]) => `${key} has the host ${host}, which is ${itself} itself; write ${own}`),
    ...urls.flatMap(([key, { hostname, pathname, searchParams }]) => {
      const missing = [
        ...(hostname === '' && !searchParams.has('host') ? ['host'] : []),
        ...(pathname.length > 1 ? [] : ['name of a database']),
      ]
      const form = 'write postgres://user:password@host:port/name'
      return missing.length === 0 ? [] : [`${key} has no ${missing.join(' and no ')}; ${form}`]
    }),
    ...ofOllama(ollama.url),
    ...ofImages(values),
    ...repositories.flatMap(pageOfRepository),
  ]
}

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
  const isPlain = (image: string) => /^(docker\.io\/)?(library\/)?postgres(:|@|$)/.test(image)
  const isOurs = [cnpg, url, external, secrets.database].every((each) => each === undefined)
  return [
    ...(isOurs && isPlain(postgres.image)
      ? [`postgres.image is ${postgres.image}, which has no pgvector; use pgvector/pgvector:pg17, or one like it`]
      : []),
    ...(cnpg !== undefined && (isPlain(cnpg.image) || /cloudnative-pg\/postgresql:[^@]*minimal/.test(cnpg.image))
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
    : [`repositories has ${JSON.stringify(entry)}, which is a page about it; write ${repository}.git#${branch}`]
}
