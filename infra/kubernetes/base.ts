import { core, Provider } from '@pulumi/kubernetes'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type ProviderResource,
} from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { CERTIFICATES_FILE } from '../way-out.ts'
import { imageOf } from './image.ts'
import { called, metadataOf } from './metadata.ts'
import type { Part } from './pod.ts'
import { certificatesPart } from './way-out.ts'

interface BaseArgs {
  readonly settings: KubernetesSettings
  readonly takesOver?: boolean | undefined
}

const NAMESPACE = 'kubernetes:core/v1:Namespace'

/** The cluster, the namespace that everything is in, and the image of the service. */
export class Base extends ComponentResource {
  readonly provider: ProviderResource
  readonly namespace: Output<string>
  /** What whatever goes out trusts besides the usual; absent where that is enough. */
  readonly certificates?: Part
  readonly image: Input<string>
  readonly #settings: KubernetesSettings

  constructor(name: string, { settings, takesOver = false }: BaseArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Base', name, {}, opts)
    this.#settings = settings
    const { context, identifier, namespace, createNamespace } = settings.cluster
    // A program of others says by its own provider which cluster it is.
    this.provider =
      this.getProvider(NAMESPACE) ??
      new Provider(
        `${name}-cluster`,
        {
          namespace,
          // What somebody has changed by hand, such as by `kubectl edit`, is put back, and refused by nobody.
          enablePatchForce: true,
          // Not each time: of something that got another name in the program the provider would remove, as the former one, what
          // it has just taken over.
          ...(takesOver ? { upsertExistingObjects: true } : {}),
          ...(context === undefined ? {} : { context }),
          ...(identifier === undefined ? {} : { clusterIdentifier: identifier }),
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

  /** Protected with the claims in it, which would go with it. */
  #makeNamespace(name: string): Output<string> {
    const { cluster, protectData: protect } = this.#settings
    const security = ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted'])
    const common = metadataOf(this.#settings, 'namespace')
    const labels = { ...common.labels, ...Object.fromEntries(security) }
    const own = { parent: this, provider: this.provider, protect }
    return new core.v1.Namespace(`${name}-namespace`, { metadata: { ...common, name: cluster.namespace, labels } }, own)
      .metadata.name
  }

  /** A volume that outlives pods, and `destroy`. */
  claim(name: string, component: string, storage: Input<string>, parent: ComponentResource): Output<string> {
    const { cluster, protectData: protect } = this.#settings
    const common = metadataOf(this.#settings, component)
    const { storageClass: storageClassName } = cluster
    const claim = new core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        // Many classes bind a volume only once a pod wants it, and that pod waits for this resource.
        metadata: {
          ...common,
          name: called(this.#settings, name),
          namespace: this.namespace,
          annotations: { ...common.annotations, 'pulumi.com/skipAwait': 'true' },
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage } },
          ...(storageClassName === undefined ? {} : { storageClassName }),
        },
      },
      { parent, provider: this.provider, protect },
    )
    return claim.metadata.name
  }
}
