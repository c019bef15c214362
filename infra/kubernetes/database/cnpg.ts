import { apiextensions, core } from '@pulumi/kubernetes'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { defined } from '../../fields.ts'
import { makePassword } from '../../passwords.ts'
import { DATABASE, ROLES } from '../../postgres/connection.ts'
import { CA_FILE } from '../../postgres/encryption.ts'
import { tuning } from '../../postgres/tuning.ts'
import type { Certificates } from '../../settings/certificates.ts'
import { amountOf, MIB } from '../../settings/kinds.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { called } from '../metadata.ts'
import { resources } from '../pod.ts'
import { givenVariables, placementOf } from '../template.ts'
import { type Placed, placed, type WorkloadArgs } from '../workload.ts'
import { Archive, RECOVERED } from './archive.ts'
import { type Credentials, SERVICE_ROLE } from './logins.ts'
import { rolesJob } from './roles-job.ts'

type CnpgArgs = WorkloadArgs & {
  readonly credentials: Credentials
  readonly cnpg: NonNullable<KubernetesSettings['database']['cnpg']>
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
 * A Postgres cluster on several nodes, run by the operator CloudNativePG.
 * @see https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
 */
export class Cnpg extends ComponentResource {
  readonly address: string
  /** The operator keeps the certificate of its authority there, and renews it. */
  readonly ca: Exclude<Certificates, string>
  readonly ready: readonly Resource[]
  readonly #args: CnpgArgs
  readonly #superuserPassword: Output<string>

  constructor(name: string, args: CnpgArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Cnpg', name, {}, opts)
    this.#args = args
    const { settings, credentials } = args
    this.#superuserPassword = makePassword('superuser-password', { parent: this, protect: settings.protectData })
    this.address = `${called(settings, 'postgres')}-rw:5432`
    this.ca = { secret: `${called(settings, 'postgres')}-ca`, key: CA_FILE }
    const place = placed(args, 'postgres', this)
    const owner = loginSecret('owner', OWNER, credentials.owner.password, place)
    const login = loginSecret('login', credentials.service.name, credentials.service.password, place)
    const superuser = loginSecret('superuser', ROLES.superuser, this.#superuserPassword, place)
    const archive = args.cnpg.archive === undefined ? undefined : new Archive('archive', args, { parent: this })
    const cluster = new apiextensions.CustomResource(
      `${name}-cluster`,
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Cluster',
        metadata: clusterMetadata(settings, place),
        spec: {
          ...specOf(args),
          ...variablesOf(settings, place),
          inheritedMetadata: inheritedBy(settings, place),
          ...archive?.ofCluster,
          bootstrap: bootstrap(args, owner),
          // Only a superuser can drop a former login, and the operator drops none that the Cluster no longer names.
          enableSuperuserAccess: true,
          superuserSecret: { name: superuser },
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
      { ...place.own, protect: settings.protectData, dependsOn: archive === undefined ? [] : [archive.store] },
    )
    archive?.backUp(cluster)
    this.ready = [cluster]
    this.registerOutputs({})
  }

  /** Drops the service's previous logins when they are no longer in use. */
  retireFormerLogins(dependsOn: readonly Resource[]): void {
    if (!this.#args.settings.running) return
    const { address, ca } = this
    const superuserPassword = this.#superuserPassword
    rolesJob('retire', { ...this.#args, address, ca, superuserPassword }, this, dependsOn)
  }
}

/** A new database, or what an archive has of another one; what is changed here later means nothing to a Cluster that is there. */
function bootstrap({ cnpg: { archive } }: CnpgArgs, owner: Input<string>): object {
  const database = { database: DATABASE, owner: OWNER, secret: { name: owner } }
  if (archive?.recoverFrom === undefined) return { initdb: { ...database, postInitApplicationSQL: GRANTS } }
  const { recoverUntil: targetTime } = archive
  const until = targetTime === undefined ? {} : { recoveryTarget: { targetTime } }
  return { recovery: { ...database, source: RECOVERED, ...until } }
}

function specOf({ settings, cnpg }: CnpgArgs): object {
  const { postgres, cluster } = settings
  const storageClass = cluster.storageClass === undefined ? {} : { storageClass: cluster.storageClass }
  return {
    instances: cnpg.instances,
    // A budget for a single instance would block every drain of its node.
    enablePDB: cnpg.instances > 1,
    imageName: cnpg.image,
    storage: { size: postgres.storage, ...storageClass },
    walStorage: { size: postgres.walStorage, ...storageClass },
    resources: resources(postgres),
    postgresql: {
      parameters: {
        ...tuning({ ...postgres, walMebibytes: amountOf(postgres.walStorage) / MIB }).parameters,
        max_connections: String(postgres.connections),
      },
    },
    ...placedByOperator(settings),
    ...(cluster.pullSecrets.length === 0 ? {} : { imagePullSecrets: cluster.pullSecrets.map((name) => ({ name })) }),
  }
}

/** A hibernated Cluster has no pods, and keeps its volumes. */
function clusterMetadata({ running }: WorkloadArgs['settings'], { named }: Placed) {
  const metadata = named('postgres')
  return { ...metadata, annotations: { ...metadata.annotations, 'cnpg.io/hibernation': running ? 'off' : 'on' } }
}

function variablesOf({ postgres }: WorkloadArgs['settings'], place: Placed): object {
  const { env } = givenVariables(postgres.env ?? {}, false, place, 'postgres')
  return env.length === 0 ? {} : { env }
}

/** Returns the placement of instances, as far as the operator supports it. */
function placedByOperator(settings: WorkloadArgs['settings']): object {
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, schedulerName, priorityClassName } =
    placementOf(settings, 'postgres')
  const { nodeAffinity, podAffinity, podAntiAffinity } = (affinity ?? {}) as Readonly<Record<string, unknown>>
  const own = defined({
    nodeSelector,
    tolerations,
    nodeAffinity,
    additionalPodAffinity: podAffinity,
    additionalPodAntiAffinity: podAntiAffinity,
  })
  return defined({
    affinity: Object.keys(own).length === 0 ? undefined : own,
    topologySpreadConstraints,
    schedulerName,
    priorityClassName,
    imagePullPolicy: settings.postgres.imagePullPolicy ?? settings.cluster.imagePullPolicy,
  })
}

function inheritedBy({ cluster, postgres }: WorkloadArgs['settings'], { labels }: Placed): object {
  const annotations = { ...cluster.podAnnotations, ...postgres.podAnnotations }
  return {
    labels: { ...labels, ...cluster.podLabels, ...postgres.podLabels },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
}

// A fixed name, because the operator watches the Secret and updates the password when its contents change.
function loginSecret(of: string, username: Input<string>, password: Input<string>, { named, own }: Placed) {
  const metadata = named(`postgres-${of}`)
  return new core.v1.Secret(
    `cnpg-${of}`,
    {
      metadata: { ...metadata, labels: { ...metadata.labels, 'cnpg.io/reload': 'true' } },
      type: 'kubernetes.io/basic-auth',
      stringData: { username, password },
    },
    own,
  ).metadata.name
}
