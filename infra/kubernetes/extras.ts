import { core } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, CustomResource, secret } from '@pulumi/pulumi'
import { accountsOf } from '../settings/derived.ts'
import { placed, type WorkloadArgs } from './workload.ts'

/** What the settings add to the stack: the accounts that pods run under, and objects of one's own. */
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

/** An object of whatever kind. That of the provider's own, `apiextensions.CustomResource`, takes none of the core group. */
class GivenObject extends CustomResource {}

/** What the provider calls a kind, the group without a name `core`. */
const typeOf = (apiVersion: string, kind: string) =>
  `kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`

// Of kinds that others have made, those whose names say it.
const IN_NO_NAMESPACE =
  /^(Cluster\w+|Namespace|PersistentVolume|\w+Class|CustomResourceDefinition|APIService|\w+WebhookConfiguration|\w+AdmissionPolicy(Binding)?)$/

/** What is in a Secret is one, whether or not it was encrypted where it was set. */
const marked = (contents: object) =>
  Object.fromEntries(
    Object.entries(contents).map(([key, value]) => [
      key,
      key === 'type' || key === 'immutable' ? value : secret(value),
    ]),
  )
