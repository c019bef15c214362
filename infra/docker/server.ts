import { Container } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate } from '@pulumi/pulumi'
import { type MountedRepository, REPOSITORY_ROOT } from '../repositories.ts'
import { hardened, memoryLimit, replaced, restarted } from './hardening.ts'
import type { Networks } from './network.ts'
import { SecretFiles } from './secret-files.ts'

interface ServerArgs {
  readonly name: string
  readonly image: Input<string>
  readonly port: number
  readonly memory: number
  readonly logLevel: string
  /** Seconds that it has to stop. */
  readonly grace: number
  readonly repositories: readonly MountedRepository[]
  readonly databaseUrl: Input<string>
  readonly migrationDatabaseUrl: Input<string>
  readonly embedding: { readonly model: Input<string>; readonly insecure: boolean }
  readonly networks: Networks
}

const HTTP_PORT = 8000

/** What the server's own clean-up may take of the time it has, so that it ends by itself before it is killed. */
const stopWithin = (grace: number) => Math.max(1, grace - 3)

/** The server: published on the machine's own address alone, and reached by other containers as `server`. */
export class Server extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: ServerArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Server', name, {}, opts)
    const files = { DATABASE_URL: args.databaseUrl, MIGRATION_DATABASE_URL: args.migrationDatabaseUrl }
    const secrets = new SecretFiles(
      `${name}-secrets`,
      { name: `${args.name}-server`, image: args.image, files },
      { parent: this },
    )
    this.container = new Container(
      `${name}-container`,
      {
        ...hardened,
        ...restarted,
        ...memoryLimit(args.memory),
        name: `${args.name}-server`,
        image: args.image,
        envs: environment(args, Object.keys(files)),
        labels: [
          { label: 'io.modelcontextprotocol.server.name', value: 'codebase-mcp' },
          { label: 'secrets', value: secrets.version },
        ],
        mounts: [secrets.mount, ...args.repositories.map(mountOf)],
        networksAdvanced: [{ name: args.networks.internal, aliases: ['server'] }, { name: args.networks.edge }],
        ports: [{ internal: HTTP_PORT, external: args.port, ip: '127.0.0.1' }],
        healthcheck: HEALTHCHECK,
        wait: true,
        waitTimeout: 120,
        destroyGraceSeconds: args.grace,
        stopTimeout: args.grace,
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}

// The image's own check, at a shorter interval: the first one comes after it, and `up` waits for that.
const HEALTHCHECK = {
  tests: ['CMD', '/usr/local/bin/node', '/app/main.js', 'healthcheck'],
  interval: '10s',
  timeout: '10s',
  startPeriod: '20s',
  retries: 3,
}

function environment(args: ServerArgs, secrets: readonly string[]): Input<string>[] {
  return [
    ...secrets.map((secret) => `${secret}_FILE=${SecretFiles.path(secret)}`),
    'OLLAMA_BASE_URL=http://ollama:11434',
    interpolate`EMBEDDING_MODEL=${args.embedding.model}`,
    `EMBEDDING_MODEL_INSECURE=${args.embedding.insecure}`,
    'ALLOWED_HOSTS=127.0.0.1,localhost,server',
    `LOG_LEVEL=${args.logLevel}`,
    `REPOSITORIES=${args.repositories.map(({ path }) => path).join(',')}`,
    `REPOSITORY_ROOTS=${REPOSITORY_ROOT}`,
    `SHUTDOWN_TIMEOUT=${stopWithin(args.grace)}`,
  ]
}

const mountOf = ({
  hostPath,
  path,
}: MountedRepository): { type: 'bind'; source: string; target: string; readOnly: true } => ({
  type: 'bind',
  source: hostPath,
  target: path,
  readOnly: true,
})
