import { faultsOfLogs, writesFiles } from '../log-drivers.ts'
import { majorVersionOf } from '../postgres-version.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

export function onDocker(values: Values, given: Given): string[] {
  const faults = [
    ...samePorts(portsOf(values)),
    ...ofPostgres(values),
    ...ofSources(values),
    ...ofContainers(values, given),
    ...ofGpus(values),
  ]
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

function ofContainers({ containers }: Values, given: Given): string[] {
  const { restart, logDriver } = containers
  const kept = writesFiles(logDriver) ? [] : ['logSize', 'logFiles'].filter((key) => isGiven(given, 'containers', key))
  return [
    ...(restart !== 'on-failure' && isGiven(given, 'containers', 'restarts')
      ? [excluding(`containers.restart: ${restart}`, 'containers.restarts', 'the number is that of on-failure')]
      : []),
    ...kept.map((key) =>
      excluding(`containers.logDriver: ${logDriver}`, `containers.${key}`, 'the driver writes no files'),
    ),
    ...faultsOfLogs(containers),
  ]
}

/** Names of devices by the Container Device Interface, such as nvidia.com/gpu=0. */
export const isOfCdi = (device: string) => device.includes('=')

/** Devices of each vendor besides those of the Container Device Interface. */
const DEVICES = {
  nvidia: [
    /^(\d{1,2}|(GPU|MIG)-[\w/-]+)$/,
    'an index such as 0, a UUID such as GPU-3a23c669-1f69-c64e-cf85-44e9b07e7a2a',
  ],
  amd: [/^\/dev\/dri\/\w+$/, 'a device such as /dev/dri/renderD128'],
} as const

function ofGpus({ ollama: { gpu, gpus, gpuDevices } }: Values): string[] {
  if (gpu === 'none') return []
  const [pattern, what] = DEVICES[gpu]
  const strange = gpuDevices.filter((device) =>
    isOfCdi(device) ? !device.startsWith(`${gpu}.com/`) : !pattern.test(device),
  )
  const named = new Set(gpuDevices.map(isOfCdi))
  return [
    ...strange.map(
      (device) => `ollama.gpuDevices has ${device}, which must be ${what}, or a name of CDI such as ${gpu}.com/gpu=0`,
    ),
    ...(named.size > 1
      ? ['ollama.gpuDevices has names of CDI and others, of which the engine takes one kind; use one kind']
      : []),
    ...(gpus !== undefined && gpuDevices.length > 0
      ? [excluding('ollama.gpus', 'ollama.gpuDevices', 'the list says how many there are')]
      : []),
    ...(gpus !== undefined && gpu === 'amd'
      ? ['ollama.gpus cannot be counted by the engine for AMD; name them in ollama.gpuDevices, or remove it']
      : []),
  ]
}

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
