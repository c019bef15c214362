import { apiextensions } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource, secret } from '@pulumi/pulumi'
import { defined } from '../../fields.ts'
import { ROLE_ANNOTATION, roleOf } from '../../settings/bucket-role.ts'
import type { Variables } from '../../settings/encrypted-values.ts'
import { Hidden } from '../../settings/hidden.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { ARCHIVER } from '../../settings/sizes.ts'
import { egressOf } from '../egress.ts'
import { givenSecret } from '../given-secret.ts'
import { called } from '../metadata.ts'
import { resources } from '../pod.ts'
import { type Placed, placed, secretFor, type WorkloadArgs } from '../workload.ts'

type ArchiveArgs = WorkloadArgs & { readonly cnpg: NonNullable<KubernetesSettings['database']['cnpg']> }

/** Name by which a Cluster refers to the archive that it is recovered from. */
export const RECOVERED = 'archive'

const PLUGIN = 'barman-cloud.cloudnative-pg.io'

/**
 * Archives base backups and the write-ahead log of a CloudNativePG Cluster in a bucket, with the Barman Cloud plugin.
 * @see https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/
 */
export class Archive extends ComponentResource {
  /** Fields to add to the spec of the Cluster. */
  readonly ofCluster: object
  /** ObjectStore, which must exist before the Cluster. */
  readonly store: Resource
  readonly #args: ArchiveArgs
  readonly #place: Placed

  constructor(name: string, args: ArchiveArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Archive', name, {}, opts)
    this.#args = args
    this.#place = placed(args, 'postgres', this)
    const { settings, cnpg } = args
    const { name: serverName, days = 30, recoverFrom } = cnpg.archive ?? {}
    this.store = new apiextensions.CustomResource(
      `${name}-store`,
      {
        apiVersion: 'barmancloud.cnpg.io/v1',
        kind: 'ObjectStore',
        metadata: this.#place.named('postgres'),
        spec: {
          retentionPolicy: `${days}d`,
          configuration: this.#configuration(),
          instanceSidecarConfiguration: { env: this.#environment(), resources: resources(ARCHIVER) },
        },
      },
      this.#place.own,
    )
    const role = roleOf({ backup: settings.backup, kubernetes: settings.cluster })
    const plugin = (of: string | undefined) => ({
      name: PLUGIN,
      parameters: { barmanObjectName: called(settings, 'postgres'), ...(of === undefined ? {} : { serverName: of }) },
    })
    this.ofCluster = {
      plugins: [{ ...plugin(serverName), isWALArchiver: true }],
      ...(recoverFrom === undefined ? {} : { externalClusters: [{ name: RECOVERED, plugin: plugin(recoverFrom) }] }),
      ...(role === undefined
        ? {}
        : { serviceAccountTemplate: { metadata: { annotations: { [ROLE_ANNOTATION]: role } } } }),
    }
    this.registerOutputs({})
  }

  /** Makes a base backup immediately, and additional ones on the schedule of backups. */
  backUp(cluster: Resource): void {
    const { settings } = this.#args
    const { schedule } = settings.backup
    new apiextensions.CustomResource(
      'archive-schedule',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'ScheduledBackup',
        metadata: this.#place.named('postgres'),
        spec: {
          // CloudNativePG expects a field for seconds first.
          schedule: schedule.startsWith('@') ? schedule : `0 ${schedule}`,
          immediate: true,
          suspend: !settings.running,
          backupOwnerReference: 'self',
          cluster: { name: called(settings, 'postgres') },
          method: 'plugin',
          pluginConfiguration: { name: PLUGIN },
        },
      },
      { ...this.#place.own, dependsOn: cluster },
    )
  }

  #configuration(): object {
    const { backup, network } = this.#args.settings
    const { s3Bucket = '', s3Prefix, s3Endpoint, s3Encryption: encryption, s3KmsKey } = backup
    const stored = { compression: 'gzip', ...defined({ encryption }) }
    const withKey = s3KmsKey === undefined ? undefined : [`--sse-kms-key-id=${s3KmsKey}`]
    return {
      destinationPath: `s3://${s3Bucket}/${s3Prefix}`,
      ...(s3Endpoint === undefined ? {} : { endpointURL: s3Endpoint }),
      ...(network.ca === undefined || s3Endpoint === undefined ? {} : { endpointCA: this.#authority(network.ca) }),
      s3Credentials: this.#credentials(),
      wal: { ...stored, ...defined({ archiveAdditionalCommandArgs: withKey }) },
      data: { ...stored, ...defined({ additionalCommandArgs: withKey }) },
    }
  }

  #credentials(): object {
    const { backup, secrets } = this.#args.settings
    const at = (name: Input<string>) => ({
      accessKeyId: { name, key: 'AWS_ACCESS_KEY_ID' },
      secretAccessKey: { name, key: 'AWS_SECRET_ACCESS_KEY' },
    })
    if (secrets.backup !== undefined) return at(givenSecret('archive', secrets.backup, this.#args, this))
    const { s3AccessKey: id, s3SecretKey: key } = backup
    if (id === undefined || key === undefined) return { inheritFromIAMRole: true }
    const data = { AWS_ACCESS_KEY_ID: secret(id), AWS_SECRET_ACCESS_KEY: secret(key.input) }
    return at(secretFor('archive', data, this.#place))
  }

  /** The plugin only reads Secrets. The settings reject a ConfigMap. */
  #authority(ca: NonNullable<KubernetesSettings['network']['ca']>): object {
    if (typeof ca !== 'string') return { name: ca.secret, key: ca.key }
    return { name: secretFor('archive-authority', { 'ca.crt': ca }, this.#place), key: 'ca.crt' }
  }

  /** Environment of the plugin's container. It also connects to the cluster's API, which must bypass the proxy. */
  #environment(): object[] {
    const { s3Region, s3Endpoint } = this.#args.settings.backup
    const own = Object.entries({ AWS_DEFAULT_REGION: s3Region, ...(s3Endpoint === undefined ? {} : OF_OTHERS) })
    const { NO_PROXY, ...proxies } = proxiesOf(egressOf(this.#args.settings, 'backup'))
    const direct = typeof NO_PROXY === 'string' ? { NO_PROXY: `${NO_PROXY},$(KUBERNETES_SERVICE_HOST)` } : {}
    const hidden = Object.entries(proxies).flatMap(([name, value]) =>
      value instanceof Hidden ? [[name, secret(value.reveal())] as const] : [],
    )
    const name = hidden.length === 0 ? '' : secretFor('archive-proxy', Object.fromEntries(hidden), this.#place)
    return [...own, ...Object.entries({ ...proxies, ...direct })].map(([key, value]) =>
      value instanceof Hidden ? { name: key, valueFrom: { secretKeyRef: { name, key } } } : { name: key, value },
    )
  }
}

/** Other S3 storages do not support the checksums that the AWS client adds by default. */
const OF_OTHERS = {
  AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
  AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
}

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']

const proxiesOf = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => PROXIES.includes(name)))
