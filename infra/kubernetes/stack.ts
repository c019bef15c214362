import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings.ts'

/** The whole of it on a cluster. */
export class KubernetesStack extends ComponentResource {
  readonly outputs = {}
  constructor(name: string, args: { readonly settings: KubernetesSettings }, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Stack', name, {}, opts)
    this.registerOutputs({})
  }
}
