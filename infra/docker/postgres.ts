import { Container, RemoteImage, type Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi'
import { ACCESS, encrypting } from '../postgres/encryption.ts'
import type { ServerCertificate } from '../postgres/server-certificate.ts'
import { serverCommand, tuning } from '../postgres/tuning.ts'
import { majorIn, volumeFolder } from '../settings/postgres-version.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { Files, SECRETS } from './files.ts'
import {
  hardened,
  limited,
  POSTGRES_UID,
  replaced,
  restarted,
  type Surroundings,
  stackLabel,
  stoppedWithin,
} from './hardening.ts'
import type { Networks } from './network.ts'

interface PostgresArgs extends Surroundings {
  readonly settings: DockerSettings['postgres']
  readonly superuser: { readonly name: string; readonly password: Input<string> }
  readonly volume: Volume
  /** With one, connections are encrypted. */
  readonly certificate?: Pick<ServerCertificate, 'certificate' | 'key'> | undefined
  readonly networks: Networks
}

const PASSWORD = 'postgres-password'

/** Postgres with pgvector, which containers reach as `postgres` and the machine at 127.0.0.1. */
export class Postgres extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Postgres', name, {}, opts)
    const { settings, superuser, networks, certificate } = args
    const parent = { parent: this }
    const image = new RemoteImage(`${name}-image`, { name: settings.image, keepLocally: true }, parent)
    const secrets = new Files(
      `${name}-secrets`,
      {
        stack: args.name,
        name: 'postgres-secrets',
        image: image.name,
        folder: SECRETS,
        files: { [PASSWORD]: superuser.password, ...(certificate === undefined ? {} : encryptedBy(certificate)) },
        guarded: [KEY],
      },
      parent,
    )
    const { parameters, sharedMemory } = tuning(settings)
    const { folder, envs } = placeOfData(settings)
    this.container = new Container(
      `${name}-container`,
      {
        ...hardened(args),
        ...restarted(args),
        ...limited(settings),
        ...POSTGRES_RUN,
        ...(certificate === undefined ? {} : READING_KEY),
        name: `${args.name}-postgres`,
        image: image.name,
        command: serverCommand({ ...parameters, ...(certificate === undefined ? {} : encrypting(ENCRYPTED)) }),
        shmSize: sharedMemory,
        envs: [`POSTGRES_USER=${superuser.name}`, `POSTGRES_PASSWORD_FILE=${SECRETS}/${PASSWORD}`, ...envs],
        labels: [stackLabel(args.name), { label: 'secrets', value: secrets.version }],
        mounts: [secrets.mount, { type: 'volume', source: args.volume.name, target: folder }],
        networksAdvanced: [{ name: networks.internal, aliases: ['postgres'] }, { name: networks.edge }],
        ports: [{ internal: 5432, external: settings.port, ip: '127.0.0.1' }],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}

const KEY = 'server.key'
const [CERTIFICATE, ACCESS_FILE] = ['server.crt', 'pg_hba.conf']

const encryptedBy = ({ certificate, key }: NonNullable<PostgresArgs['certificate']>) => ({
  [CERTIFICATE]: certificate,
  [KEY]: key,
  [ACCESS_FILE]: ACCESS,
})

const ENCRYPTED = {
  certificate: `${SECRETS}/${CERTIFICATE}`,
  key: `${SECRETS}/${KEY}`,
  access: `${SECRETS}/${ACCESS_FILE}`,
}

/** Puts Postgres into root's group, because it accepts a key that root owns only if its group can read it. */
const READING_KEY = { groupAdds: ['0'] }

/**
 * Sets PGDATA for versions before 18. If the image turns out to be newer, it then fails instead of writing outside the
 * volume.
 */
function placeOfData(settings: DockerSettings['postgres']) {
  const major = majorIn(settings) ?? 0
  const folder = volumeFolder(major)
  return { folder, envs: major >= 18 ? [] : [`PGDATA=${folder}`] }
}

const POSTGRES_RUN = {
  user: POSTGRES_UID,
  tmpfs: {
    '/tmp': 'rw,nosuid,nodev,noexec,size=64m,mode=1777',
    '/var/run/postgresql': `rw,nosuid,nodev,noexec,size=1m,uid=${POSTGRES_UID},gid=${POSTGRES_UID},mode=0770`,
  },
  // Over TCP, because the server that initialises the database listens only on its socket.
  healthcheck: {
    tests: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres'],
    interval: '2s',
    timeout: '5s',
    startPeriod: '1m0s',
    retries: 5,
  },
  wait: true,
  waitTimeout: 120,
  // The image's stop signal, SIGINT, closes connections and writes all data to disk.
  ...stoppedWithin(60),
}
