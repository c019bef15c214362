import { readFileSync } from 'node:fs'
import { apps, core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { tuning } from '../postgres-tuning.ts'
import { resources, restrictedContainer, restrictedPod, SECRETS, scratch, secretFiles, stored } from './pod.ts'
import { after, placed, secretFor, serviceFor, type WorkloadArgs } from './workload.ts'

const UID = 999
const PORT = 5432
const FOLDER = '/var/lib/postgresql/data'
const ROLES = readFileSync(new URL('./roles.sh', import.meta.url), 'utf8')

/** Postgres with pgvector, with its roles, as the service `postgres`. */
export class Postgres extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Postgres', name, {}, opts)
    const { settings, base } = args
    const place = placed(args, name, this)
    const { superuserPassword, migratorPassword, servicePassword } = base
    const passwords = {
      'superuser-password': superuserPassword,
      'migrator-password': migratorPassword,
      'service-password': servicePassword,
    }
    const secrets = secretFiles(secretFor(name, passwords, place))
    const script = new core.v1.ConfigMap(
      `${name}-roles`,
      { metadata: place.metadata, immutable: true, data: { 'roles.sh': ROLES } },
      place.own,
    )
    const roles = {
      volume: { name: 'roles', configMap: { name: script.metadata.name, defaultMode: 0o555 } },
      mount: { name: 'roles', mountPath: '/docker-entrypoint-initdb.d', readOnly: true },
    }
    const { parameters, sharedMemory } = tuning(settings.postgres)
    const parts = [secrets, roles, stored(base.postgresClaim, FOLDER), ...scratches(sharedMemory)]
    const container = {
      ...restrictedContainer,
      ...POSTGRES,
      args: ['postgres', ...Object.entries(parameters).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      image: settings.postgres.image,
      resources: resources(settings.postgres.memory, '250m'),
      volumeMounts: parts.map(({ mount }) => mount),
    }
    const service = serviceFor(name, PORT, place)
    new apps.v1.StatefulSet(
      `${name}-pods`,
      {
        metadata: { ...place.metadata, name },
        spec: {
          serviceName: service.metadata.name,
          replicas: settings.running ? 1 : 0,
          selector: place.selector,
          template: {
            metadata: { labels: place.labels },
            spec: {
              ...restrictedPod(UID, settings.cluster.pullSecret),
              terminationGracePeriodSeconds: 60,
              containers: [container],
              volumes: parts.map(({ volume }) => volume),
            },
          },
        },
      },
      after(place, service),
    )
    this.registerOutputs({})
  }
}

/** @param sharedMemory mebibytes */
const scratches = (sharedMemory: number) => [
  scratch('run', '/var/run/postgresql', '1Mi'),
  scratch('tmp', '/tmp', '64Mi'),
  // A vector index is built in shared memory.
  scratch('shm', '/dev/shm', `${sharedMemory}Mi`, 'Memory'),
]

// Over TCP: the server that initialises the database listens on the socket alone.
const ready = { exec: { command: ['pg_isready', '-h', '127.0.0.1', '-U', 'postgres'] }, timeoutSeconds: 5 }

const POSTGRES = {
  name: 'postgres',
  env: [
    { name: 'POSTGRES_USER', value: 'postgres' },
    { name: 'POSTGRES_PASSWORD_FILE', value: `${SECRETS}/superuser-password` },
    // The root of a claim may hold other things than the database.
    { name: 'PGDATA', value: `${FOLDER}/pgdata` },
    { name: 'SECRETS', value: SECRETS },
  ],
  ports: [{ name: 'main', containerPort: PORT }],
  startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...ready, periodSeconds: 5 },
  livenessProbe: { ...ready, periodSeconds: 10, failureThreshold: 6 },
}
