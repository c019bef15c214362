import { readFileSync } from 'node:fs'
import { apps, type batch } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi'
import { makePassword } from '../../passwords.ts'
import { serverCommand, tuning } from '../../postgres-tuning.ts'
import { amountOf, MIB } from '../../settings/kinds.ts'
import { jobFor } from '../job.ts'
import { LEAVE } from '../leave.ts'
import { called } from '../metadata.ts'
import { namedUser, passwdFor, resources, restrictedContainer, scratch, scripts, secretFiles, stored } from '../pod.ts'
import { podTemplate } from '../template.ts'
import { after, configFor, type Placed, placed, secretFor, serviceFor, type WorkloadArgs } from '../workload.ts'
import type { Credentials } from './logins.ts'

const PORT = 5432
const FOLDER = '/var/lib/postgresql'
const SECRETS = '/run/secrets/postgres'
const SCRIPT = readFileSync(new URL('./roles.sh', import.meta.url), 'utf8')

type PostgresArgs = WorkloadArgs & { readonly credentials: Credentials }

/**
 * Postgres with pgvector, behind the Service `postgres`, with separate volumes for its data and its write-ahead log.
 */
export class Postgres extends ComponentResource {
  readonly address: string
  /** Resources that must exist before a login. Empty if the stack is stopped. */
  readonly ready: readonly Resource[]
  readonly #args: PostgresArgs
  readonly #superuserPassword: Output<string>

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Postgres', name, {}, opts)
    this.#args = args
    this.address = `${called(args.settings, 'postgres')}:${PORT}`
    const { running, protectData: protect } = args.settings
    this.#superuserPassword = makePassword('superuser-password', { parent: this, protect })
    const place = placed(args, name, this)
    const service = serviceFor(name, PORT, place, { headless: true })
    const pods = this.#pods(name, place, service)
    this.ready = running ? [this.#roles('make', [pods])] : []
    this.registerOutputs({})
  }

  /** Drops the service's previous logins when they are no longer in use. */
  retireFormerLogins(dependsOn: readonly Resource[]): void {
    if (this.#args.settings.running) this.#roles('retire', dependsOn)
  }

  #pods(name: string, place: Placed, service: Resource): Resource {
    const { settings, base } = this.#args
    const { postgres, running } = settings
    const secret = secretFor(name, { 'superuser-password': this.#superuserPassword }, place)
    const user = passwdFor(settings, 'postgres', FOLDER, '/bin/sh')
    const { parameters, sharedMemory } = tuning({ ...postgres, walMebibytes: amountOf(postgres.walStorage) / MIB })
    const parts = [
      secretFiles('secrets', secret, SECRETS),
      ...(user.passwd === undefined ? [] : [namedUser(configFor(name, user, place))]),
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
      args: serverCommand({ ...parameters, ...own }),
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
      after(place, service),
    )
  }

  #roles(command: 'make' | 'retire', dependsOn: readonly Resource[]): batch.v1.Job {
    const { settings, credentials } = this.#args
    const place = placed(this.#args, 'roles', this)
    const secrets = {
      'superuser-password': this.#superuserPassword,
      'migrator-password': credentials.owner.password,
      login: credentials.service.name,
      password: credentials.service.password,
    }
    const parts = [
      secretFiles('secrets', secretFor(`${command}-roles`, secrets, place), SECRETS),
      scratch('tmp', '/tmp', '16Mi'),
      scripts(configFor(`${command}-roles`, { 'roles.sh': SCRIPT }, place)),
    ]
    const container = {
      ...restrictedContainer,
      name: 'roles',
      image: settings.postgres.image,
      command: ['sh', '/scripts/roles.sh', command],
      env: [
        { name: 'PGHOST', value: called(settings, 'postgres') },
        { name: 'SECRETS', value: SECRETS },
        { name: 'LEAVE', value: String(LEAVE + 2) },
        { name: 'GRACE', value: String(settings.server.grace) },
      ],
      volumeMounts: parts.map(({ mount }) => mount),
    }
    const volumes = parts.map(({ volume }) => volume)
    return jobFor(`${command}-roles`, { volumes, container }, place, ...dependsOn)
  }
}

// Over TCP, because the server that initialises the database listens only on its socket.
export const IS_READY = 'pg_isready --quiet --host 127.0.0.1 --username postgres'
const ready = { exec: { command: IS_READY.split(' ') }, timeoutSeconds: 5 }

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
