import type { KubernetesSettings } from '../settings/settings.ts'

/** The labels by which a workload's pods are found. */
export const selectorOf = (stack: string, component: string) => ({
  'app.kubernetes.io/name': 'codebase-mcp',
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
})

/** What an object is called, in which the name of another is not meant where two stacks share a namespace. */
export const called = ({ cluster }: KubernetesSettings, name: string) => `${cluster.prefix}${name}`

/** The labels and annotations that every object carries, so that people find all of a stack, and whose it is. */
export function metadataOf({ name, cluster }: KubernetesSettings, component: string) {
  const labels: Readonly<Record<string, string>> = {
    ...cluster.labels,
    ...selectorOf(name, component),
    'app.kubernetes.io/part-of': 'codebase-mcp',
  }
  const annotations: Readonly<Record<string, string>> = cluster.annotations
  return { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) }
}
