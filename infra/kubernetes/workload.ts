import { core } from '@pulumi/kubernetes'
import type { ComponentResource, Input, Output, Resource } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import type { Base } from './base.ts'
import { called, metadataOf, selectorOf } from './metadata.ts'
import { goesOut } from './way-out.ts'

/** What every workload is made from. */
export interface WorkloadArgs {
  readonly settings: KubernetesSettings
  readonly base: Base
}

/** Where things go: into the namespace, by the provider, under their component. */
export function placed({ settings, base }: WorkloadArgs, component: string, parent: ComponentResource) {
  const metadata = { namespace: base.namespace, ...metadataOf(settings, component) }
  return {
    settings,
    component,
    /** What it trusts besides the usual, where it goes out. */
    certificates: base.certificates !== undefined && goesOut(component) ? [base.certificates] : [],
    labels: metadata.labels,
    selector: { matchLabels: selectorOf(settings.name, component) },
    /** Of an object whose name is drawn. */
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

/** A name for a workload's pods; a headless one is the address of the only pod there is. */
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

/** With both, one that a cluster does not have is left out by it. */
const familiesOf = ({ network: { ipFamilies } }: KubernetesSettings) =>
  ipFamilies === undefined
    ? {}
    : { ipFamilies, ipFamilyPolicy: ipFamilies.length === 1 ? 'SingleStack' : 'PreferDualStack' }

/** A Secret that never changes: other contents make another one with another name, and so roll the pods that read it. */
export function secretFor(
  name: string,
  stringData: Readonly<Record<string, Input<string>>>,
  { settings, metadata, own }: Placed,
): Output<string> {
  return new core.v1.Secret(called(settings, `${name}-secrets`), { metadata, immutable: true, stringData }, own)
    .metadata.name
}

/** The same for what is not secret. */
export function configFor(
  name: string,
  data: Readonly<Record<string, Input<string>>>,
  { settings, metadata, own }: Placed,
): Output<string> {
  return new core.v1.ConfigMap(called(settings, `${name}-config`), { metadata, immutable: true, data }, own).metadata
    .name
}

/** Dependencies of a workload, on top of where it goes. */
export const after = ({ own }: Placed, ...dependsOn: Resource[]) => ({ ...own, dependsOn })
