import { type ComponentResource, type Input, interpolate, secret } from '@pulumi/pulumi'
import { defined } from '../fields.ts'
import { CA_FILE } from '../postgres/encryption.ts'
import { Hidden } from '../settings/hidden.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { egressOf } from './egress.ts'
import { Files, SECRETS } from './files.ts'
import { ENGINE_HOST, hardened, hostsOf, restarted, type Surroundings, stackLabel, stoppedWithin } from './hardening.ts'
import type { Networks } from './network.ts'
import { type MountedRepository, REPOSITORY_ROOT } from './repositories.ts'

/** Arguments of the server and the worker. */
export interface ServiceArgs extends Surroundings {
  readonly settings: DockerSettings
  readonly image: Input<string>
  readonly repositories: readonly MountedRepository[]
  readonly databaseUrl: Input<string>
  /** Undefined if the service's login may change the schema itself. */
  readonly migrationDatabaseUrl?: Input<string> | undefined
  /** CA certificate of the database server, in PEM. */
  readonly databaseCa?: Input<string> | undefined
  readonly embedding: { readonly url: string; readonly model: Input<string> }
  readonly networks: Networks
  /** Folder of the service's source on this machine. Set if the container runs from it. */
  readonly source?: string | undefined
}

type Environment = Readonly<Record<string, string>>

/** HTTP port in the container. */
export const HTTP_PORT = 8000

/** Command of the program in the image, for `docker exec` and health checks. */
export const PROGRAM = ['/usr/local/bin/node', '/app/main.js'] as const

/**
 * Returns the common arguments of the containers of server and worker.
 * @param part container name without the stack's name
 * @param own variables that override those common to both
 */
export function serviceContainer(part: string, args: ServiceArgs, own: Environment, parent: ComponentResource) {
  const { settings, repositories, networks, source } = args
  const secrets = secretsOf(part, args, parent)
  const egress = egressOf(settings, { part, image: args.image, runs: 'service' }, parent)
  return {
    ...hardened(args),
    ...restarted(args),
    ...stoppedWithin(settings.server.grace),
    ...hostsOf(args, ...(networks.outside === undefined ? [] : [ENGINE_HOST])),
    name: `${args.name}-${part}`,
    image: args.image,
    labels: [
      stackLabel(args.name),
      { label: 'io.modelcontextprotocol.server.name', value: 'codebase-mcp' },
      { label: 'secrets', value: secrets.version },
      ...egress.labels,
    ],
    mounts: [
      secrets.mount,
      ...egress.mounts,
      ...repositories.map(mountOf),
      ...(source === undefined ? [] : [sourceMount(source)]),
    ],
    envs: serviceEnvironment(args, egress.variables, own),
    networksAdvanced: [
      { name: networks.internal, aliases: [part] },
      ...(networks.outside === undefined ? [] : [{ name: networks.outside }]),
    ],
    healthcheck: HEALTHCHECK,
    wait: true,
    waitTimeout: 90,
  }
}

// Same check as in the image, but with a shorter interval, because `up` waits for the first one.
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
    ...defined({ MIGRATION_DATABASE_URL: migrationDatabaseUrl, [CA_FILE]: databaseCa }),
    ...Object.fromEntries(hiddenOf(args).map(([name, value]) => [name, secret(value.reveal())])),
  }
  const place = { stack: args.name, name: `${part}-secrets`, image: args.image, folder: SECRETS }
  return new Files(`${part}-secrets`, { ...place, files }, { parent })
}

/** Returns the user's secret variables, which are passed as files because `docker inspect` shows the environment. */
const hiddenOf = ({ settings: { server } }: ServiceArgs) =>
  Object.entries(server.variables).filter((each): each is [string, Hidden] => each[1] instanceof Hidden)

/** Returns the environment of server and worker. The user's variables come last and override the others. */
function serviceEnvironment(args: ServiceArgs, egress: Environment, own: Environment): Input<string>[] {
  const { server, ollama } = args.settings
  const variables = Object.entries(server.variables).map(([name, value]) =>
    value instanceof Hidden ? [`${name}_FILE`, `${SECRETS}/${name}`] : [name, value],
  )
  const all: Readonly<Record<string, Input<string>>> = {
    ...egress,
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

/** Returns the time that the service may take to shut down, in seconds, so that it exits before it is killed. */
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
