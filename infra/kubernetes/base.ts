import { core, Provider } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { imageOf } from './image.ts'
import { called, metadataOf } from './metadata.ts'

/** The cluster, the namespace that everything is in, and the image of the service. */
export class Base extends ComponentResource {
  readonly provider: Provider
  readonly namespace: Output<string>
  readonly image: Input<string>
  readonly #settings: KubernetesSettings

  constructor(name: string, settings: KubernetesSettings, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Base', name, {}, opts)
    this.#settings = settings
    const { context, identifier, namespace, createNamespace } = settings.cluster
    this.provider = new Provider(
      `${name}-cluster`,
      {
        namespace,
        ...(context === undefined ? {} : { context }),
        ...(identifier === undefined ? {} : { clusterIdentifier: identifier }),
      },
      { parent: this },
    )
    this.namespace = createNamespace ? this.#makeNamespace(name) : output(namespace)
    this.image = imageOf(settings, this)
    this.registerOutputs({ namespace: this.namespace })
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
