import type { Values } from './schema.ts'

/** What a stack's file says by itself, before defaults fill it up. */
export type Given = Readonly<Record<string, unknown>>

/** Settings that are each right and cannot hold together; each with what to change. */
export function contradictions(values: Values, given: Given): string[] {
  const own = values.target === 'docker' ? onDocker(values, given) : onKubernetes(values, given)
  return [...own, ...ofDatabase(values, given), ...ofOllama(values, given)]
}

function onDocker(values: Values, given: Given): string[] {
  const faults = samePorts(portsOf(values))
  if (values.image.reference !== undefined) {
    for (const key of ['name', 'base'].filter((key) => isGiven(given, 'image', key))) {
      faults.push(excluding('image.reference', `image.${key}`, 'an image that is ready is not built'))
    }
    if (values.liveReload)
      faults.push(excluding('image.reference', 'liveReload', 'its image is built from this project'))
  }
  if (isGiven(given, 'kubernetes')) {
    faults.push('kubernetes says something about a cluster, and target is docker; remove it, or set target kubernetes')
  }
  return faults
}

function onKubernetes({ image, kubernetes, repositories, profiles, liveReload }: Values, given: Given): string[] {
  const faults: string[] = []
  if (image.reference === undefined) faults.push('image.reference is missing: the image that the cluster pulls')
  if (kubernetes.context === undefined) faults.push('kubernetes.context is missing: the context of the kubeconfig')
  if (repositories.length > 0) {
    faults.push(
      'repositories names folders of this machine, which a cluster cannot see; remove it, or use target docker',
    )
  }
  const dockerOnly = { profiles: profiles.length > 0, liveReload, containers: isGiven(given, 'containers') }
  for (const [key, isSet] of Object.entries(dockerOnly)) {
    if (isSet) faults.push(`${key} is for target docker alone; remove it`)
  }
  return faults
}

function ofDatabase({ database }: Values, given: Given): string[] {
  if (database.url !== undefined) {
    return isGiven(given, 'postgres')
      ? [excluding('database.url', 'postgres', 'with a database of your own there is no container')]
      : []
  }
  return database.migrationUrl === undefined
    ? []
    : ['database.migrationUrl goes with database.url, which is missing; add that, or remove it']
}

// What concerns the container, and so means nothing without one.
const CONTAINER_OF_OLLAMA = ['port', 'gpu', 'image', 'memory', 'cpus', 'storage']

function ofOllama({ ollama }: Values, given: Given): string[] {
  const faults: string[] = []
  if (!ollama.enabled) {
    const said = Object.keys((given.ollama ?? {}) as object).filter((key) => key !== 'enabled')
    faults.push(...said.map((key) => excluding('ollama.enabled: false', `ollama.${key}`, 'nothing is embedded')))
  } else if (ollama.url !== undefined) {
    const said = CONTAINER_OF_OLLAMA.filter((key) => isGiven(given, 'ollama', key))
    faults.push(
      ...said.map((key) =>
        excluding('ollama.url', `ollama.${key}`, 'with an Ollama of your own there is no container'),
      ),
    )
  }
  return faults
}

const excluding = (one: string, other: string, why: string) =>
  `${one} and ${other} exclude each other (${why}); remove one of them`

function isGiven(given: Given, group: string, key?: string): boolean {
  const value = given[group]
  if (key === undefined) return value !== undefined && Object.keys(value as object).length > 0
  return typeof value === 'object' && value !== null && key in value
}

/** A port of this machine, by the setting that names it. */
export interface PublishedPort {
  readonly key: string
  readonly port: number
}

/** What a Docker stack publishes on this machine's own address. */
export function portsOf({ server, postgres, ollama, database, monitoring, profiles }: Values): PublishedPort[] {
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
