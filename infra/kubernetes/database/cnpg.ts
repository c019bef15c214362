import { apiextensions, core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi'
import { DATABASE } from '../../connection.ts'
import { tuning } from '../../postgres-tuning.ts'
import { ROLES } from '../../roles.ts'
import { resources } from '../pod.ts'
import { type Placed, placed, type WorkloadArgs } from '../workload.ts'
import { type Credentials, SERVICE_ROLE } from './logins.ts'

type CnpgArgs = WorkloadArgs & {
  readonly credentials: Credentials
  readonly cnpg: { readonly instances: number; readonly image: string }
}

const OWNER = ROLES.migrator

const GRANTS = [
  `create role ${SERVICE_ROLE}`,
  `grant connect on database ${DATABASE} to ${SERVICE_ROLE}`,
  'create extension vector',
  ...[
    ['select, insert, update, delete', 'tables'],
    ['usage, select', 'sequences'],
    ['execute', 'functions'],
  ].map(
    ([privileges, objects]) =>
      `alter default privileges for role ${OWNER} in schema public grant ${privileges} on ${objects} to ${SERVICE_ROLE}`,
  ),
]

/**
 * Postgres on several nodes, by the operator CloudNativePG.
 * @see https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
 */
export class Cnpg extends ComponentResource {
  readonly address = 'postgres-rw:5432'
  readonly ready: readonly Resource[]

  constructor(name: string, args: CnpgArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Cnpg', name, {}, opts)
    const { settings, credentials } = args
    const place = placed(args, 'postgres', this)
    const owner = loginSecret('owner', OWNER, credentials.owner.password, place)
    const login = loginSecret('login', credentials.service.name, credentials.service.password, place)
    const cluster = new apiextensions.CustomResource(
      `${name}-cluster`,
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Cluster',
        metadata: { ...place.metadata, name: 'postgres' },
        spec: {
          ...specOf(args),
          inheritedMetadata: { labels: place.labels },
          bootstrap: {
            initdb: { database: DATABASE, owner: OWNER, secret: { name: owner }, postInitApplicationSQL: GRANTS },
          },
          managed: {
            roles: [
              {
                name: credentials.service.name,
                ensure: 'present',
                login: true,
                inRoles: [SERVICE_ROLE],
                passwordSecret: { name: login },
              },
            ],
          },
        },
      },
      { ...place.own, protect: settings.protectData },
    )
    this.ready = [cluster]
    this.registerOutputs({})
  }
}

function specOf({ settings, cnpg }: CnpgArgs): object {
  const { postgres, cluster, profiles } = settings
  const storageClass = cluster.storageClass === undefined ? {} : { storageClass: cluster.storageClass }
  return {
    instances: cnpg.instances,
    imageName: cnpg.image,
    storage: { size: postgres.storage, ...storageClass },
    walStorage: { size: postgres.walStorage, ...storageClass },
    resources: resources(postgres),
    postgresql: {
      parameters: { ...tuning(postgres).parameters, max_connections: String(postgres.connections) },
    },
    ...(cluster.priorityClass === undefined ? {} : { priorityClassName: cluster.priorityClass }),
    ...(cluster.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: cluster.pullSecret }] }),
    ...(profiles.has('monitoring') ? { monitoring: { enablePodMonitor: true } } : {}),
  }
}

// By a fixed name, which the operator watches: it sets the password again when the contents change.
function loginSecret(of: string, username: Input<string>, password: Input<string>, { metadata, own }: Placed) {
  return new core.v1.Secret(
    `cnpg-${of}`,
    {
      metadata: { ...metadata, name: `postgres-${of}`, labels: { ...metadata.labels, 'cnpg.io/reload': 'true' } },
      type: 'kubernetes.io/basic-auth',
      stringData: { username, password },
    },
    own,
  ).metadata.name
}
