import { core } from '@pulumi/kubernetes'
import type { ComponentResource, Input, Output, Resource } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import type { Base } from './base.ts'
import { hasEgress } from './egress.ts'
import { called, metadataOf, selectorOf } from './metadata.ts'

/** Arguments of every workload. */
export interface WorkloadArgs {
  readonly settings: KubernetesSettings
  readonly base: Base
}

/** Returns the namespace, labels and provider for the objects of a component. */
export function placed({ settings, base }: WorkloadArgs, component: string, parent: ComponentResource) {
  const metadata = { namespace: base.namespace, ...metadataOf(settings, component) }
  return {
    settings,
    component,
    /** Additional CA certificates, if the component connects to the outside. */
    certificates: base.certificates !== undefined && hasEgress(component) ? [base.certificates] : [],
    labels: metadata.labels,
    selector: { matchLabels: selectorOf(settings.name, component) },
    /** Metadata of an object with a generated name. */
    metadata,
    named: (name: string) => ({ ...metadata, name: called(settings, name) }),
    own: { parent, provider: base.provider },
  }
}

export type Placed = ReturnType<typeof placed>

interface ServiceOptions {
  readonly headless?: boolean
  readonly annotations?: Readonly<Record<string, string>>
}

const annotated = (metadata: ReturnType<Placed['named']>, more: Readonly<Record<string, string>>) =>
  Object.keys(more).length === 0 ? metadata : { ...metadata, annotations: { ...metadata.annotations, ...more } }

/** Creates the Service of a workload. A headless one resolves to the address of its only pod. */
export function serviceFor(
  name: string,
  port: number,
  { settings, selector, named, own }: Placed,
  { headless = false, annotations = {} }: ServiceOptions = {},
): core.v1.Service {
  return new core.v1.Service(
    `${name}-service`,
    {
      metadata: annotated(named(name), annotations),
      spec: {
        ...(headless ? { clusterIP: 'None' } : {}),
        ...familiesOf(settings),
        selector: selector.matchLabels,
        ports: [{ name: 'main', port, targetPort: 'main' }],
      },
    },
    own,
  )
}

/** With both families, the cluster ignores one that it does not support. */
const familiesOf = ({ network: { ipFamilies } }: KubernetesSettings) =>
  ipFamilies === undefined
    ? {}
    : { ipFamilies, ipFamilyPolicy: ipFamilies.length === 1 ? 'SingleStack' : 'PreferDualStack' }

/**
 * Creates an immutable Secret with a generated name. New contents create a new Secret, and so restart the pods that
 * read it.
 */
export function secretFor(
  name: string,
  stringData: Readonly<Record<string, Input<string>>>,
  { settings, metadata, own }: Placed,
): Output<string> {
  return new core.v1.Secret(called(settings, `${name}-secrets`), { metadata, immutable: true, stringData }, own)
    .metadata.name
}

/** Creates an immutable ConfigMap with a generated name, like `secretFor`. */
export function configFor(
  name: string,
  data: Readonly<Record<string, Input<string>>>,
  { settings, metadata, own }: Placed,
): Output<string> {
  return new core.v1.ConfigMap(called(settings, `${name}-config`), { metadata, immutable: true, data }, own).metadata
    .name
}

/** Adds dependencies to the resource options. */
export const after = ({ own }: Placed, ...dependsOn: Resource[]) => ({ ...own, dependsOn })
