import { apps, type batch, core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi'
import { makePassword } from '../../passwords.ts'
import { ACCESS, CA_FILE, encrypting } from '../../postgres/encryption.ts'
import { ServerCertificate } from '../../postgres/server-certificate.ts'
import { serverCommand, tuning } from '../../postgres/tuning.ts'
import type { Certificates } from '../../settings/certificates.ts'
import { amountOf, MIB } from '../../settings/kinds.ts'
import { called } from '../metadata.ts'
import {
  namedUser,
  type Part,
  passwdFor,
  resources,
  restrictedContainer,
  scratch,
  secretFiles,
  stored,
} from '../pod.ts'
import { podTemplate } from '../template.ts'
import { after, configFor, type Placed, placed, secretFor, serviceFor, type WorkloadArgs } from '../workload.ts'
import type { Credentials } from './logins.ts'
import { rolesJob } from './roles-job.ts'

const PORT = 5432
const FOLDER = '/var/lib/postgresql'
const SECRETS = '/run/secrets/postgres'
const CERTIFICATE = '/run/secrets/certificate'
const ACCESS_FOLDER = '/etc/postgresql-access'
const ACCESS_FILE = 'pg_hba.conf'

type PostgresArgs = WorkloadArgs & { readonly credentials: Credentials }

/**
 * Postgres with pgvector, behind the Service `postgres`, with separate volumes for its data and its write-ahead log.
 */
export class Postgres extends ComponentResource {
  readonly address: string
  /** Where the certificate is by which clients know it; absent where connections are not encrypted. */
  readonly ca?: Exclude<Certificates, string>
  /** Resources that must exist before a login. Empty if the stack is stopped. */
  readonly ready: readonly Resource[]
  readonly #args: PostgresArgs
  readonly #superuserPassword: Output<string>

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Postgres', name, {}, opts)
    this.#args = args
    this.address = `${called(args.settings, 'postgres')}:${PORT}`
    const { running, protectData: protect, postgres } = args.settings
    const { tlsSecret = called(args.settings, 'postgres-tls') } = postgres
    if (postgres.tls) this.ca = { secret: tlsSecret, key: CA_FILE }
    this.#superuserPassword = makePassword('superuser-password', { parent: this, protect })
    const place = placed(args, name, this)
    const service = serviceFor(name, PORT, place, { headless: true })
    const certificate = postgres.tls && postgres.tlsSecret === undefined ? [this.#certificate(name, place)] : []
    const pods = this.#pods(name, place, service, ...certificate)
    this.ready = running ? [this.#roles('make', [pods])] : []
    this.registerOutputs({})
  }

  /** Drops the service's previous logins when they are no longer in use. */
  retireFormerLogins(dependsOn: readonly Resource[]): void {
    if (this.#args.settings.running) this.#roles('retire', dependsOn)
  }

  /** By a fixed name, so that pods see the next one, and none is made again for it. */
  #certificate(name: string, place: Placed): Resource {
    const { settings } = this.#args
    const { namespace } = settings.cluster
    const host = called(settings, name)
    const inCluster = [host, `${host}.${namespace}`, `${host}.${namespace}.svc`]
    const certificate = new ServerCertificate(
      `${name}-certificate`,
      { names: [...inCluster, 'localhost', '127.0.0.1', '::1'], version: settings.secrets.version },
      { parent: this },
    )
    return new core.v1.Secret(
      `${name}-tls`,
      {
        metadata: place.named('postgres-tls'),
        type: 'kubernetes.io/tls',
        stringData: {
          'tls.crt': certificate.certificate,
          'tls.key': certificate.key,
          [CA_FILE]: certificate.authority,
        },
      },
      place.own,
    )
  }

  #pods(name: string, place: Placed, ...dependsOn: Resource[]): Resource {
    const { settings, base } = this.#args
    const { postgres, running } = settings
    const secret = secretFor(name, { 'superuser-password': this.#superuserPassword }, place)
    const user = passwdFor(settings, 'postgres', FOLDER, '/bin/sh')
    const { parameters, sharedMemory } = tuning({ ...postgres, walMebibytes: amountOf(postgres.walStorage) / MIB })
    const parts = [
      secretFiles('secrets', secret, SECRETS),
      ...(user.passwd === undefined ? [] : [namedUser(configFor(name, user, place))]),
      ...(this.ca?.secret === undefined
        ? []
        : encryptedBy(this.ca.secret, configFor(`${name}-access`, { [ACCESS_FILE]: ACCESS }, place))),
      stored('data', base.claim('postgres', name, postgres.storage, this), `${FOLDER}/data`),
      stored('wal', base.claim('postgres-wal', name, postgres.walStorage, this), `${FOLDER}/wal`),
      scratch('run', '/var/run/postgresql', '1Mi'),
      scratch('tmp', '/tmp', '64Mi'),
      // Vector indexes are built in shared memory.
      scratch('shm', '/dev/shm', `${sharedMemory}Mi`, 'Memory'),
    ]
    const own = { max_connections: String(postgres.connections) }
    const container = {
      ...restrictedContainer,
      ...POSTGRES,
      ...(postgres.tls ? { readinessProbe: { ...POSTGRES.readinessProbe, exec: READY_WITH_CERTIFICATE } } : {}),
      args: serverCommand({ ...parameters, ...own, ...(postgres.tls ? encrypting(ENCRYPTED) : {}) }),
      image: postgres.image,
      resources: resources(postgres),
      volumeMounts: parts.map(({ mount }) => mount),
    }
    return new apps.v1.StatefulSet(
      `${name}-pods`,
      {
        metadata: place.named(name),
        spec: {
          serviceName: called(settings, name),
          replicas: running ? 1 : 0,
          selector: place.selector,
          template: podTemplate(
            {
              containers: [container],
              volumes: parts.map(({ volume }) => volume),
              spec: { terminationGracePeriodSeconds: 120 },
            },
            place,
          ),
        },
      },
      after(place, ...dependsOn),
    )
  }

  #roles(command: 'make' | 'retire', dependsOn: readonly Resource[]): batch.v1.Job {
    const { ca, address } = this
    const superuserPassword = this.#superuserPassword
    return rolesJob(command, { ...this.#args, address, ca, superuserPassword }, this, dependsOn)
  }
}

const ENCRYPTED = {
  certificate: `${CERTIFICATE}/tls.crt`,
  key: `${CERTIFICATE}/tls.key`,
  access: `${ACCESS_FOLDER}/${ACCESS_FILE}`,
}

/** Mounts the certificate, its key and the hba file. Postgres accepts a key that root owns and its group can read. */
const encryptedBy = (certificate: string, config: Output<string>): Part[] => [
  secretFiles('certificate', certificate, CERTIFICATE),
  {
    volume: { name: 'access', configMap: { name: config, defaultMode: 0o444 } },
    mount: { name: 'access', mountPath: ACCESS_FOLDER, readOnly: true },
  },
]

// Over TCP, because the server that initialises the database listens only on its socket.
export const IS_READY = 'pg_isready --quiet --host 127.0.0.1 --username postgres'
const ready = { exec: { command: IS_READY.split(' ') }, timeoutSeconds: 5 }

// The kubelet renews the files without a signal to Postgres, so the probe makes Postgres reload them.
const READY_WITH_CERTIFICATE = {
  command: [
    'sh',
    '-c',
    `${IS_READY} || exit
read=/tmp/certificate-read
[ -e "$read" ] || read=$PGDATA/postmaster.pid
[ ! ${ENCRYPTED.certificate} -nt "$read" ] || { touch /tmp/certificate-read && pg_ctl reload --silent; }`,
  ],
}

// During recovery after a crash, pg_isready exits with 1, and Postgres must not be restarted.
const alive = { exec: { command: ['sh', '-c', `${IS_READY}; test $? -le 1`] }, timeoutSeconds: 5 }

const POSTGRES = {
  name: 'postgres',
  env: [
    { name: 'POSTGRES_USER', value: 'postgres' },
    { name: 'POSTGRES_PASSWORD_FILE', value: `${SECRETS}/superuser-password` },
    // The root of a volume may contain other files, such as lost+found.
    { name: 'PGDATA', value: `${FOLDER}/data/pgdata` },
    { name: 'POSTGRES_INITDB_ARGS', value: `--waldir=${FOLDER}/wal/pgwal` },
  ],
  ports: [{ name: 'main', containerPort: PORT }],
  startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 300 },
  readinessProbe: { ...ready, periodSeconds: 5 },
  livenessProbe: { ...alive, periodSeconds: 10, failureThreshold: 6 },
}
