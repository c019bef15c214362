import { parse } from 'yaml'
import type { Peer } from './cluster.ts'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: {
    readonly template?: Template
    readonly jobTemplate?: { readonly spec: { readonly template: Template } }
  }
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
}

const documentsIn = (text: string) => text.split(/^---\n/m).filter((document) => document !== '')

// Kubernetes reads YAML 1.1, in which a plain `yes` is not a string.
const read = (document: string) => parse(document, { version: '1.1' }) as Manifest

export const manifestsIn = (text: string) => documentsIn(text).map(read)

/** Returns the manifests of Kubernetes' built-in kinds, without those of operators. */
export const builtInOf = (text: string) =>
  documentsIn(text)
    .filter((document) => isBuiltIn(read(document)))
    .map((document) => `---\n${document}`)
    .join('')

const isBuiltIn = ({ apiVersion }: Manifest) =>
  /^[^.]*$/.test(apiVersion) || /^(networking|storage|scheduling|rbac\.authorization)\.k8s\.io\//.test(apiVersion)

/** Returns one pod of each component, with its actual labels. */
export function podsOf(manifests: readonly Manifest[]): Readonly<Record<string, Peer>> {
  const pods = manifests.flatMap(({ metadata, spec }, index) => {
    const labels = (spec?.template ?? spec?.jobTemplate?.spec.template)?.metadata.labels
    const component = labels?.['app.kubernetes.io/component']
    return component === undefined ? [] : [[component, { ...metadata, labels, ip: `10.244.0.${index + 1}` }] as const]
  })
  return Object.fromEntries(
    pods.map(([component, { namespace, labels, ip }]) => [component, { namespace, labels, ip }]),
  )
}
