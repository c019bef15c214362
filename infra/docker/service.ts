import { type ComponentResource, type Input, interpolate, secret } from '@pulumi/pulumi'
import { type MountedRepository, REPOSITORY_ROOT } from '../repositories.ts'
import { Hidden } from '../settings/hidden.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { CA_FILE } from '../trusted-database.ts'
import { Files, SECRETS } from './files.ts'
import { ENGINE_HOST, hardened, restarted, type Surroundings, stackLabel, stoppedWithin } from './hardening.ts'
import type { Networks } from './network.ts'
import { wayOutOf } from './way-out.ts'

/** What the server and the worker are made of. */
export interface ServiceArgs extends Surroundings {
  readonly settings: DockerSettings
  readonly image: Input<string>
  readonly repositories: readonly MountedRepository[]
  readonly databaseUrl: Input<string>
  /** Absent where the service's own login may change the schema. */
  readonly migrationDatabaseUrl?: Input<string> | undefined
  /** Certificate, in PEM, of who signed that of the database's server. */
  readonly databaseCa?: Input<string> | undefined
  readonly embedding: { readonly url: string; readonly model: Input<string> }
  readonly networks: Networks
  /** The folder of the service's source on this machine, where it runs from that. */
  readonly source?: string | undefined
}

type Environment = Readonly<Record<string, string>>

/** The port of a service in its container. */
export const HTTP_PORT = 8000

/** The program in the image, for where a container runs another mode than the one it was started with. */
export const PROGRAM = ['/usr/local/bin/node', '/app/main.js'] as const

/**
 * What server and worker have in common; `part` is the container's name after the stack's.
 * @param own variables that win over the stack's own for both
 */
export function serviceContainer(part: string, args: ServiceArgs, own: Environment, parent: ComponentResource) {
  const { settings, repositories, networks, source } = args
  const secrets = secretsOf(part, args, parent)
  const wayOut = wayOutOf(settings, { part, image: args.image, runs: 'service' }, parent)
  return {
    ...hardened(args),
    ...restarted(args),
    ...stoppedWithin(settings.server.grace),
    ...(networks.outside === undefined ? {} : { hosts: [ENGINE_HOST] }),
    name: `${args.name}-${part}`,
    image: args.image,
    labels: [
      stackLabel(args.name),
      { label: 'io.modelcontextprotocol.server.name', value: 'codebase-mcp' },
      { label: 'secrets', value: secrets.version },
      ...wayOut.labels,
    ],
    mounts: [
      secrets.mount,
      ...wayOut.mounts,
      ...repositories.map(mountOf),
      ...(source === undefined ? [] : [sourceMount(source)]),
    ],
    envs: serviceEnvironment(args, wayOut.variables, own),
    networksAdvanced: [
      { name: networks.internal, aliases: [part] },
      ...(networks.outside === undefined ? [] : [{ name: networks.outside }]),
    ],
    healthcheck: HEALTHCHECK,
    wait: true,
    waitTimeout: 90,
  }
}

// The image's own check, at a shorter interval: the first one comes after it, and `up` waits for that.
export const HEALTHCHECK = {
  tests: ['CMD', ...PROGRAM, 'healthcheck'],
  interval: '10s',
  timeout: '10s',
  startPeriod: '20s',
  retries: 3,
}

function secretsOf(part: string, args: ServiceArgs, parent: ComponentResource): Files {
  const { databaseUrl, migrationDatabaseUrl, databaseCa } = args
  const files = {
    DATABASE_URL: databaseUrl,
    ...(migrationDatabaseUrl === undefined ? {} : { MIGRATION_DATABASE_URL: migrationDatabaseUrl }),
    ...(databaseCa === undefined ? {} : { [CA_FILE]: databaseCa }),
    ...Object.fromEntries(hiddenOf(args).map(([name, value]) => [name, secret(value.reveal())])),
  }
  const place = { stack: args.name, name: `${part}-secrets`, image: args.image, folder: SECRETS }
  return new Files(`${part}-secrets`, { ...place, files }, { parent })
}

/** Variables of one's own that are in a file, since `docker inspect` shows what is in the environment. */
const hiddenOf = ({ settings: { server } }: ServiceArgs) =>
  Object.entries(server.variables).filter((each): each is [string, Hidden] => each[1] instanceof Hidden)

/** The environment of server and worker; the stack's own variables win, and come last. */
function serviceEnvironment(args: ServiceArgs, wayOut: Environment, own: Environment): Input<string>[] {
  const { server, ollama } = args.settings
  const variables = Object.entries(server.variables).map(([name, value]) =>
    value instanceof Hidden ? [`${name}_FILE`, `${SECRETS}/${name}`] : [name, value],
  )
  const all: Readonly<Record<string, Input<string>>> = {
    ...wayOut,
    DATABASE_URL_FILE: `${SECRETS}/DATABASE_URL`,
    ...(args.migrationDatabaseUrl === undefined
      ? {}
      : { MIGRATION_DATABASE_URL_FILE: `${SECRETS}/MIGRATION_DATABASE_URL` }),
    OLLAMA_BASE_URL: args.embedding.url,
    EMBEDDING_MODEL: args.embedding.model,
    EMBEDDING_MODEL_INSECURE: String(ollama.insecure),
    LOG_LEVEL: server.logLevel,
    REPOSITORY_ROOTS: REPOSITORY_ROOT,
    SHUTDOWN_TIMEOUT: String(stopsWithin(server.grace)),
    ...own,
    ...(Object.fromEntries(variables) as Environment),
  }
  return Object.entries(all).map(([name, value]) =>
    typeof value === 'string' ? `${name}=${value}` : interpolate`${name}=${value}`,
  )
}

/** What the service's own clean-up may take of the time it has, so that it ends by itself before it is killed. */
const stopsWithin = (grace: number) => Math.max(1, grace - 3)

const sourceMount = (source: string): Mount => ({
  type: 'bind',
  source,
  target: '/app/service',
  readOnly: true,
})

interface Mount {
  readonly type: 'bind'
  readonly source: string
  readonly target: string
  readonly readOnly: true
}

const mountOf = ({ hostPath, path }: MountedRepository): Mount => ({
  type: 'bind',
  source: hostPath,
  target: path,
  readOnly: true,
})
