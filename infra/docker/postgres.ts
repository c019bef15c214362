import { Container, RemoteImage, type Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi'
import { hardened, memoryLimit, replaced, restarted } from './hardening.ts'
import type { Networks } from './network.ts'
import { SecretFiles } from './secret-files.ts'

interface PostgresArgs {
  readonly name: string
  readonly image: string
  readonly port: number
  readonly memory: number
  readonly superuser: { readonly name: string; readonly password: Input<string> }
  readonly volume: Volume
  readonly networks: Networks
}

const UID = 999
const PASSWORD = 'postgres-password'

/** Postgres with pgvector; other containers reach it as `postgres`, the machine itself at 127.0.0.1. */
export class Postgres extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Postgres', name, {}, opts)
    const parent = { parent: this }
    const image = new RemoteImage(`${name}-image`, { name: args.image, keepLocally: true }, parent)
    const secrets = new SecretFiles(
      `${name}-secrets`,
      { name: `${args.name}-postgres`, image: image.name, files: { [PASSWORD]: args.superuser.password } },
      parent,
    )
    this.container = new Container(
      `${name}-container`,
      {
        ...hardened,
        ...restarted,
        ...memoryLimit(args.memory),
        ...POSTGRES_RUN,
        name: `${args.name}-postgres`,
        image: image.name,
        envs: [`POSTGRES_USER=${args.superuser.name}`, `POSTGRES_PASSWORD_FILE=${SecretFiles.path(PASSWORD)}`],
        labels: [{ label: 'secrets', value: secrets.version }],
        mounts: [secrets.mount, { type: 'volume', source: args.volume.name, target: '/var/lib/postgresql/data' }],
        networksAdvanced: [{ name: args.networks.internal, aliases: ['postgres'] }, { name: args.networks.edge }],
        ports: [{ internal: 5432, external: args.port, ip: '127.0.0.1' }],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}

const POSTGRES_RUN = {
  user: String(UID),
  // A vector index is built in shared memory, and by default a container has 64 MiB of it.
  shmSize: 512,
  command: ['postgres', '-c', 'shared_buffers=256MB', '-c', 'maintenance_work_mem=256MB', '-c', 'max_wal_size=2GB'],
  tmpfs: { ...hardened.tmpfs, '/var/run/postgresql': `rw,nosuid,nodev,noexec,size=1m,uid=${UID},gid=${UID},mode=0770` },
  // Over TCP: the server that initialises the database listens on the socket alone.
  healthcheck: {
    tests: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres'],
    interval: '2s',
    timeout: '5s',
    startPeriod: '1m0s',
    retries: 5,
  },
  wait: true,
  waitTimeout: 120,
  // SIGINT, the image's signal, ends connections and writes everything out.
  destroyGraceSeconds: 60,
  stopTimeout: 60,
}
