import { core, Provider } from '@pulumi/kubernetes'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type ProviderResource,
} from '@pulumi/pulumi'
import { CERTIFICATES_FILE } from '../egress.ts'
import { defined } from '../fields.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { certificatesPart } from './egress.ts'
import { imageOf } from './image.ts'
import { called, metadataOf } from './metadata.ts'
import type { Part } from './pod.ts'

interface BaseArgs {
  readonly settings: KubernetesSettings
  readonly adoptsExisting?: boolean | undefined
}

const NAMESPACE = 'kubernetes:core/v1:Namespace'

/** The provider, the namespace of all objects, and the image of the service. */
export class Base extends ComponentResource {
  readonly provider: ProviderResource
  readonly namespace: Output<string>
  /** Volume with additional CA certificates for outgoing connections. Undefined if the settings have none. */
  readonly certificates?: Part
  readonly image: Input<string>
  readonly #settings: KubernetesSettings

  constructor(name: string, { settings, adoptsExisting = false }: BaseArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Base', name, {}, opts)
    this.#settings = settings
    const { context, identifier, namespace, createNamespace } = settings.cluster
    // A program that embeds the stack chooses the cluster by its own provider.
    this.provider =
      this.getProvider(NAMESPACE) ??
      new Provider(
        `${name}-cluster`,
        {
          namespace,
          // Overwrites manual changes, such as by `kubectl edit`, instead of failing with a conflict.
          enablePatchForce: true,
          // Only when needed: if a resource was renamed in the program, the provider would adopt its object under the new
          // name, and then delete it under the old one.
          ...(adoptsExisting ? { upsertExistingObjects: true } : {}),
          ...defined({ context, clusterIdentifier: identifier }),
        },
        { parent: this },
      )
    this.namespace = createNamespace ? this.#makeNamespace(name) : output(namespace)
    if (settings.network.ca !== undefined) this.certificates = this.#certificates(name, settings.network.ca)
    this.image = imageOf(settings, this)
    this.registerOutputs({ namespace: this.namespace })
  }

  #certificates(name: string, ca: NonNullable<KubernetesSettings['network']['ca']>): Part {
    if (typeof ca !== 'string') return certificatesPart(ca)
    const metadata = { ...metadataOf(this.#settings, 'certificates'), namespace: this.namespace }
    const made = new core.v1.ConfigMap(
      `${name}-certificates`,
      { metadata, immutable: true, data: { [CERTIFICATES_FILE]: ca } },
      { parent: this, provider: this.provider },
    )
    return certificatesPart({ configMap: made.metadata.name, key: CERTIFICATES_FILE })
  }

  /** Protected like the claims in it, which would be deleted with it. */
  #makeNamespace(name: string): Output<string> {
    const { cluster, protectData: protect } = this.#settings
    const security = ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted'])
    const common = metadataOf(this.#settings, 'namespace')
    const labels = { ...common.labels, ...Object.fromEntries(security) }
    const own = { parent: this, provider: this.provider, protect }
    return new core.v1.Namespace(`${name}-namespace`, { metadata: { ...common, name: cluster.namespace, labels } }, own)
      .metadata.name
  }

  /** Creates a claim for a volume that outlives pods and, if protected, `destroy`. */
  claim(name: string, component: string, storage: Input<string>, parent: ComponentResource): Output<string> {
    const { cluster, protectData: protect } = this.#settings
    const common = metadataOf(this.#settings, component)
    const { storageClass: storageClassName } = cluster
    const claim = new core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        // Many storage classes bind a volume only when a pod uses it, and that pod waits for this resource.
        metadata: {
          ...common,
          name: called(this.#settings, name),
          namespace: this.namespace,
          annotations: { ...common.annotations, 'pulumi.com/skipAwait': 'true' },
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage } },
          ...defined({ storageClassName }),
        },
      },
      { parent, provider: this.provider, protect },
    )
    return claim.metadata.name
  }
}
