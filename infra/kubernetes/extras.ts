import { core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, CustomResource, secret } from '@pulumi/pulumi'
import { accountsOf } from '../settings/derived.ts'
import { placed, type WorkloadArgs } from './workload.ts'

/** Objects that the settings add: the ServiceAccounts of pods, and `kubernetes.extraObjects`. */
export class Extras extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Extras', name, {}, opts)
    const { metadata, own } = placed(args, 'extra', this)
    for (const { name: account, annotations } of accountsOf(args.settings)) {
      const told = { ...metadata, name: account, annotations: { ...metadata.annotations, ...annotations } }
      new core.v1.ServiceAccount(`${account}-account`, { metadata: told, automountServiceAccountToken: false }, own)
    }
    for (const object of args.settings.cluster.extraObjects) {
      const { apiVersion, kind, metadata: given, ...rest } = object
      const { labels, annotations } = given as { readonly labels?: object; readonly annotations?: object }
      const whole = {
        ...(IN_NO_NAMESPACE.test(kind) ? {} : { namespace: metadata.namespace }),
        ...given,
        labels: { ...metadata.labels, ...labels },
        annotations: { ...metadata.annotations, ...annotations },
      }
      new GivenObject(
        typeOf(apiVersion, kind),
        `${given.name}-${kind.toLowerCase()}`,
        { apiVersion, kind, metadata: whole, ...(kind === 'Secret' ? marked(rest) : rest) },
        own,
      )
    }
    this.registerOutputs({})
  }
}

/** An object of any kind. The provider's `apiextensions.CustomResource` does not accept the core group. */
class GivenObject extends CustomResource {}

/** Returns the provider's type token of a kind. The core group is called `core`. */
const typeOf = (apiVersion: string, kind: string) =>
  `kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`

// Kinds without a namespace. Custom resources are recognized by their names.
const IN_NO_NAMESPACE =
  /^(Cluster\w+|Namespace|PersistentVolume|\w+Class|CustomResourceDefinition|APIService|\w+WebhookConfiguration|\w+AdmissionPolicy(Binding)?)$/

/** Marks the contents of a Secret as secret, even if they were not encrypted in the settings. */
const marked = (contents: object) =>
  Object.fromEntries(
    Object.entries(contents).map(([key, value]) => [
      key,
      key === 'type' || key === 'immutable' ? value : secret(value),
    ]),
  )
