import { apiextensions } from '@pulumi/kubernetes'
import type { ComponentResource, Input } from '@pulumi/pulumi'
import { placed, type WorkloadArgs } from './workload.ts'

/**
 * Returns the name of an existing Secret in the namespace, or of one that External Secrets fetches from a store.
 * @param name name of the Secret, or of the secret in the store
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export function givenSecret(
  purpose: string,
  name: string,
  args: WorkloadArgs,
  parent: ComponentResource,
): Input<string> {
  const { store, storeKind } = args.settings.secrets
  if (store === undefined) return name
  const place = placed(args, purpose, parent)
  const external = new apiextensions.CustomResource(
    `${purpose}-external`,
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { ...place.metadata, name: `${args.settings.name}-${purpose}` },
      spec: {
        refreshInterval: '10m',
        secretStoreRef: { kind: storeKind, name: store },
        target: { name: `${args.settings.name}-${purpose}`, creationPolicy: 'Owner' },
        dataFrom: [{ extract: { key: name } }],
      },
    },
    place.own,
  )
  return external.metadata.apply((metadata) => metadata?.name ?? `${args.settings.name}-${purpose}`)
}
