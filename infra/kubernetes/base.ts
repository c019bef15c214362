import { core, Provider } from '@pulumi/kubernetes'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
} from '@pulumi/pulumi'
import { makePassword } from '../passwords.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { labelsOf } from './pod.ts'

/** The namespace, and all in it that outlives pods: claims, and the passwords that open what is on them. */
export class Base extends ComponentResource {
  readonly provider: Provider
  readonly namespace: Output<string>
  readonly postgresClaim: Output<string>
  readonly ollamaClaim: Output<string>
  readonly superuserPassword: Output<string>
  readonly migratorPassword: Output<string>
  readonly servicePassword: Output<string>

  constructor(name: string, settings: KubernetesSettings, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Base', name, {}, opts)
    const { cluster, protectData: protect } = settings
    const { context, namespace } = cluster
    this.provider = new Provider(
      `${name}-cluster`,
      { context, namespace, clusterIdentifier: cluster.identifier },
      { parent: this },
    )
    const own = { parent: this, provider: this.provider, protect }
    const labels = { ...labelsOf(settings.name, 'namespace'), 'pod-security.kubernetes.io/enforce': 'restricted' }
    this.namespace = new core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: namespace, labels } },
      own,
    ).metadata.name
    this.postgresClaim = this.#claim(settings, 'postgres', settings.postgres.storage, own)
    this.ollamaClaim = this.#claim(settings, 'ollama', settings.ollama.storage, own)
    this.superuserPassword = makePassword(`${name}-superuser-password`, { parent: this, protect })
    this.migratorPassword = makePassword(`${name}-migrator-password`, { parent: this, protect })
    this.servicePassword = makePassword(`${name}-service-password`, { parent: this, protect })
    this.registerOutputs({ namespace: this.namespace })
  }

  #claim({ name, cluster }: KubernetesSettings, component: string, storage: string, own: CustomResourceOptions) {
    const { storageClass: storageClassName } = cluster
    const claim = new core.v1.PersistentVolumeClaim(
      `${component}-claim`,
      {
        // Many classes bind a volume only once a pod wants it, and that pod waits for this resource.
        metadata: {
          name: component,
          namespace: this.namespace,
          labels: labelsOf(name, component),
          annotations: { 'pulumi.com/skipAwait': 'true' },
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage } },
          ...(storageClassName === undefined ? {} : { storageClassName }),
        },
      },
      own,
    )
    return claim.metadata.name
  }
}
