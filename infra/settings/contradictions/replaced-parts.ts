import { OF_CNPG } from '../../kubernetes-api/operators.ts'
import { OLLAMA_IMAGE } from '../groups/parts.ts'
import { partSettings } from '../groups/pods.ts'
import { majorIn } from '../postgres-version.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

export function ofDatabase(values: Values, given: Given): string[] {
  const { target, database, secrets } = values
  const faults: string[] = []
  const elsewhere = Object.entries({
    'database.url': database.url,
    'secrets.database': secrets.database,
    'database.external': database.external,
    'database.cnpg': database.cnpg,
  }).flatMap(([key, value]) => (value === undefined ? [] : [key]))
  const [chosen, other] = elsewhere
  if (chosen === undefined || chosen === 'database.cnpg') faults.push(...ofEncryption(values, given))
  if (chosen !== undefined && other !== undefined) {
    faults.push(excluding(chosen, other, 'there is only one database'))
  }
  if (chosen !== undefined && chosen !== 'database.cnpg' && saysMoreThan(mayBeSaid(target), given.postgres)) {
    faults.push(excluding(chosen, 'postgres', 'with an existing database there is no container'))
  }
  if (database.url === undefined && database.migrationUrl !== undefined) {
    faults.push('database.migrationUrl requires database.url, which is missing; add that or remove it')
  }
  if (database.cnpg !== undefined) {
    const own = Object.keys(values.postgres.parameters).filter((name) => OF_CNPG.test(name))
    faults.push(...own.map((name) => `postgres.parameters.${name} is set by CloudNativePG itself; remove it`))
    const said = NOT_OF_INSTANCES.filter((key) => isGiven(given, 'postgres', key))
    faults.push(
      ...said.map((key) => excluding('database.cnpg', `postgres.${key}`, 'its operator says what is in its pods')),
    )
  }
  return [...faults, ...ofAuthority(target, database)]
}

/** What the operator lets nobody say of its instances. */
const NOT_OF_INSTANCES = [
  'volumes',
  'volumeMounts',
  'containers',
  'initContainers',
  'hostAliases',
  'dnsConfig',
  'supplementalGroups',
  'serviceAccount',
  'runtimeClass',
]

/** First major version whose passwords work for clients that verify the server. */
const LEAST_ENCRYPTED = 14

function ofEncryption({ target, database, postgres }: Values, given: Given): string[] {
  const { tls = target === 'kubernetes', tlsSecret, image } = postgres
  if (database.cnpg !== undefined) {
    return ['tls', 'tlsSecret']
      .filter((key) => isGiven(given, 'postgres', key))
      .map((key) =>
        excluding('database.cnpg', `postgres.${key}`, 'its operator encrypts connections with its own certificates'),
      )
  }
  if (!tls) {
    return tlsSecret === undefined
      ? []
      : [excluding('postgres.tls: false', 'postgres.tlsSecret', 'connections are not encrypted')]
  }
  return (majorIn(postgres) ?? LEAST_ENCRYPTED) < LEAST_ENCRYPTED
    ? [
        `postgres.tls requires Postgres ${LEAST_ENCRYPTED} or newer, but postgres.image is ${image}; set postgres.tls to false`,
      ]
    : []
}

function ofExternal({ external }: Values['database']): string[] {
  const hasCa = external?.ca !== undefined
  if (hasCa && external.sslMode === 'disable') {
    return [
      excluding('database.external.ca', 'database.external.sslMode: disable', 'the certificate would not be verified'),
    ]
  }
  return external?.sslMode === 'verify-ca' && !hasCa
    ? [
        'database.external.sslMode is verify-ca, but database.external.ca, by which the server is verified, is missing; add that or use verify-full',
      ]
    : []
}

/** Checks that a CA certificate is used, and exists on the target. */
function ofAuthority(target: Values['target'], database: Values['database']): string[] {
  const { url, migrationUrl, ca } = database
  const faults = ofExternal(database)
  if (ca === undefined) return faults
  if (url === undefined) faults.push('database.ca requires database.url, which is missing; add that or remove it')
  if (target === 'docker' && typeof ca === 'object') {
    faults.push('database.ca names an object in a cluster, but target is docker; set it to the certificate itself')
  }
  for (const [key, value] of Object.entries({ url, migrationUrl })) {
    const query = value === undefined ? undefined : new URL(value.reveal()).searchParams
    if (query?.has('sslrootcert')) {
      faults.push(excluding('database.ca', `sslrootcert in database.${key}`, 'there is only one CA certificate'))
    }
    if (['disable', 'no-verify'].includes(query?.get('sslmode') ?? '')) {
      faults.push(
        excluding(
          'database.ca',
          `sslmode=${query?.get('sslmode')} in database.${key}`,
          'the certificate would not be verified',
        ),
      )
    }
  }
  return faults
}

/**
 * On a cluster, backups of an existing database use the image, which must not be older than the database, and the
 * storage.
 */
const mayBeSaid = (target: Values['target']) => (target === 'kubernetes' ? ['image', 'storage'] : [])

const saysMoreThan = (keys: readonly string[], group: unknown) =>
  Object.keys((group ?? {}) as object).some((key) => !keys.includes(key))

const withoutGpu = (given: Given) =>
  ['gpus', 'gpuResource', 'gpuDevices']
    .filter((key) => isGiven(given, 'ollama', key))
    .map((key) => `ollama.${key} has no effect without ollama.gpu; set that to nvidia or amd, or remove it`)

// Settings of the container, which have no effect without one.
const CONTAINER_OF_OLLAMA = 'port gpu image memory cpus storage gpuResource gpus gpuDevices tolerateTaints storageClass'
  .split(' ')
  .concat(Object.keys(partSettings))

/** Whether the image is one of Ollama's own without support for AMD, which the tag shows. */
const isForOthers = (image: string) =>
  /^(docker\.io\/)?ollama\/ollama:/.test(image) && !image.includes('rocm') && image !== OLLAMA_IMAGE

/** Whether the tag is of a version without the endpoint for several texts at once. */
const isBeforeEmbed = (image: string) => /(^|\/)ollama:0\.[0-2]\.\d/.test(image)

export function ofOllama({ ollama }: Values, given: Given): string[] {
  const faults = ollama.gpu === 'none' && ollama.enabled && ollama.url === undefined ? withoutGpu(given) : []
  if (ollama.insecure && !ollama.model.includes('/')) {
    faults.push(
      `ollama.insecure is for a registry of your own, but ollama.model is ${ollama.model}; add the registry’s address to it, or remove ollama.insecure`,
    )
  }
  if (!ollama.enabled) {
    const said = Object.keys((given.ollama ?? {}) as object).filter((key) => key !== 'enabled')
    faults.push(...said.map((key) => excluding('ollama.enabled: false', `ollama.${key}`, 'Ollama is not used')))
  } else if (ollama.url === undefined && ollama.gpu === 'amd' && isForOthers(ollama.image)) {
    faults.push(
      `ollama.gpu is amd, and ollama.image, ${ollama.image}, does not support AMD GPUs; use ${ollama.image}-rocm or remove it`,
    )
  } else if (ollama.url === undefined && ollama.gpu === 'nvidia' && /:[^/]*-rocm/.test(ollama.image)) {
    faults.push(
      `ollama.gpu is nvidia, and ollama.image, ${ollama.image}, is only for AMD GPUs; use ${ollama.image.replace('-rocm', '')}`,
    )
  } else if (ollama.url === undefined && isBeforeEmbed(ollama.image)) {
    faults.push(
      `ollama.image is ${ollama.image}, but the service needs Ollama 0.3.0 or newer; use ${OLLAMA_IMAGE} or a similar one`,
    )
  } else if (ollama.url !== undefined) {
    const said = CONTAINER_OF_OLLAMA.filter((key) => isGiven(given, 'ollama', key))
    faults.push(
      ...said.map((key) => excluding('ollama.url', `ollama.${key}`, 'with an existing Ollama there is no container')),
    )
  }
  return faults
}
