import { majorVersionOf } from '../postgres-version.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

export function onDocker(values: Values, given: Given): string[] {
  const faults = [...samePorts(portsOf(values)), ...ofPostgres(values), ...ofSources(values)]
  const { https, http } = values.network.proxy ?? {}
  for (const [key, address] of Object.entries({ https, http })) {
    if (address !== undefined && new URL(address).username !== '') {
      faults.push(
        `network.proxy.${key} has a login, which \`docker inspect\` would show; use a proxy on this machine that logs in to it, as http://host.docker.internal:PORT`,
      )
    }
  }
  if (typeof values.network.ca === 'object') {
    faults.push('network.ca names an object in a cluster, but target is docker; set it to the certificates themselves')
  }
  if (values.image.reference !== undefined) {
    for (const key of ['name', 'base'].filter((key) => isGiven(given, 'image', key))) {
      faults.push(excluding('image.reference', `image.${key}`, 'an existing image is not built'))
    }
    if (values.liveReload)
      faults.push(excluding('image.reference', 'liveReload', 'live reload builds the image from this project'))
  }
  return faults
}

/** A variable can have a source only in a pod. */
const ofSources = ({ ollama: { env = {} } }: Values): string[] =>
  Object.entries(env).flatMap(([name, value]) =>
    typeof value === 'string'
      ? []
      : [`ollama.env.${name} names a source in a cluster, but target is docker; write its value`],
  )

function ofPostgres({ postgres: { image, version } }: Values): string[] {
  const tagged = majorVersionOf(image)
  return version === undefined || tagged === undefined || version === tagged
    ? []
    : [`postgres.version is ${version}, but postgres.image, ${image}, has Postgres ${tagged}; remove postgres.version`]
}

/** A port on this machine, and the setting that chooses it. */
export interface PublishedPort {
  readonly key: string
  readonly port: number
}

interface Ported extends Pick<Values, 'monitoring' | 'profiles'> {
  readonly server: Pick<Values['server'], 'port'>
  readonly postgres: Pick<Values['postgres'], 'port'>
  readonly ollama: Pick<Values['ollama'], 'port'>
  readonly database: Pick<Values['database'], 'url'>
}

/** Returns the ports that a Docker stack publishes on 127.0.0.1. */
export function portsOf({ server, postgres, ollama, database, monitoring, profiles }: Ported): PublishedPort[] {
  const ports: PublishedPort[] = [{ key: 'server.port', port: server.port }]
  if (database.url === undefined) ports.push({ key: 'postgres.port', port: postgres.port })
  if (ollama.port !== undefined) ports.push({ key: 'ollama.port', port: ollama.port })
  if (profiles.includes('monitoring')) {
    ports.push({ key: 'monitoring.prometheusPort', port: monitoring.prometheusPort })
    ports.push({ key: 'monitoring.grafanaPort', port: monitoring.grafanaPort })
  }
  return ports
}

function samePorts(ports: readonly PublishedPort[]): string[] {
  return ports.flatMap(({ key, port }, index) => {
    const earlier = ports.slice(0, index).find((other) => other.port === port)
    return earlier === undefined ? [] : [`${earlier.key} and ${key} are both ${port}; change one of them`]
  })
}
