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
    faults.push(excluding(chosen, other, 'there is one database'))
  }
  if (chosen !== undefined && chosen !== 'database.cnpg' && saysMoreThan(mayBeSaid(target), given.postgres)) {
    faults.push(excluding(chosen, 'postgres', 'with a database of your own there is no container'))
  }
  if (database.url === undefined && database.migrationUrl !== undefined) {
    faults.push('database.migrationUrl goes with database.url, which is missing; add that, or remove it')
  }
  return [...faults, ...ofAuthority(target, database)]
}

/** The first that keeps passwords as clients of an encrypted one are asked for them. */
const LEAST_ENCRYPTED = 14

function ofEncryption({ target, database, postgres }: Values, given: Given): string[] {
  const { tls = target === 'kubernetes', tlsSecret, image } = postgres
  if (database.cnpg !== undefined) {
    return ['tls', 'tlsSecret']
      .filter((key) => isGiven(given, 'postgres', key))
      .map((key) =>
        excluding('database.cnpg', `postgres.${key}`, 'its operator encrypts, by certificates that it makes'),
      )
  }
  if (!tls) {
    return tlsSecret === undefined
      ? []
      : [excluding('postgres.tls: false', 'postgres.tlsSecret', 'nothing is encrypted')]
  }
  return (majorIn(postgres) ?? LEAST_ENCRYPTED) < LEAST_ENCRYPTED
    ? [`postgres.tls needs Postgres ${LEAST_ENCRYPTED} or newer, and postgres.image is ${image}; set it to false`]
    : []
}

/** The certificate of an authority has to be of use, and something that is there. */
function ofAuthority(target: Values['target'], { url, migrationUrl, ca, external }: Values['database']): string[] {
  const faults: string[] = []
  if (external?.ca !== undefined && external.sslMode === 'disable') {
    faults.push(excluding('database.external.ca', 'database.external.sslMode: disable', 'nothing is checked then'))
  }
  if (ca === undefined) return faults
  if (url === undefined) faults.push('database.ca goes with database.url, which is missing; add that, or remove it')
  if (target === 'docker' && typeof ca === 'object') {
    faults.push('database.ca names an object of a cluster, and target is docker; write the certificate itself')
  }
  for (const [key, value] of Object.entries({ url, migrationUrl })) {
    const query = value === undefined ? undefined : new URL(value.reveal()).searchParams
    if (query?.has('sslrootcert')) {
      faults.push(excluding('database.ca', `sslrootcert in database.${key}`, 'there is one certificate'))
    }
    if (['disable', 'no-verify'].includes(query?.get('sslmode') ?? '')) {
      faults.push(
        excluding('database.ca', `sslmode=${query?.get('sslmode')} in database.${key}`, 'nothing is checked then'),
      )
    }
  }
  return faults
}

/** Backups on a cluster are made and tested with the image, which has to be as new as the database at least. */
const mayBeSaid = (target: Values['target']) => (target === 'kubernetes' ? ['image', 'storage'] : [])

const saysMoreThan = (keys: readonly string[], group: unknown) =>
  Object.keys((group ?? {}) as object).some((key) => !keys.includes(key))

const withoutGpu = (given: Given) =>
  ['gpus', 'gpuResource']
    .filter((key) => isGiven(given, 'ollama', key))
    .map((key) => `ollama.${key} means nothing without ollama.gpu; set that to nvidia or amd, or remove it`)

// What concerns the container, and so means nothing without one.
const CONTAINER_OF_OLLAMA = 'port gpu image memory cpus storage gpuResource gpus runtimeClass tolerateTaints'
  .split(' ')
  .concat(Object.keys(partSettings))

/** Images of Ollama itself say by their tag that they are for AMD. */
const isForOthers = (image: string) =>
  /^(docker\.io\/)?ollama\/ollama:/.test(image) && !image.includes('rocm') && image !== OLLAMA_IMAGE

export function ofOllama({ ollama }: Values, given: Given): string[] {
  const faults = ollama.gpu === 'none' && ollama.enabled && ollama.url === undefined ? withoutGpu(given) : []
  if (!ollama.enabled) {
    const said = Object.keys((given.ollama ?? {}) as object).filter((key) => key !== 'enabled')
    faults.push(...said.map((key) => excluding('ollama.enabled: false', `ollama.${key}`, 'nothing is embedded')))
  } else if (ollama.url === undefined && ollama.gpu === 'amd' && isForOthers(ollama.image)) {
    faults.push(
      `ollama.gpu is amd, and ollama.image, ${ollama.image}, does not know such; use ${ollama.image}-rocm, or leave it out`,
    )
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
