import type { KubernetesSettings } from '../settings/settings.ts'

/** Returns the labels that select a workload's pods. */
export const selectorOf = (stack: string, component: string) => ({
  'app.kubernetes.io/name': 'codebase-mcp',
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
})

/** Returns the name of an object, with the prefix that keeps it unique if several stacks share a namespace. */
export const called = ({ cluster }: KubernetesSettings, name: string) => `${cluster.prefix}${name}`

/** Returns the labels and annotations of every object, which identify its stack and component. */
export function metadataOf({ name, cluster }: KubernetesSettings, component: string) {
  const labels: Readonly<Record<string, string>> = {
    ...cluster.labels,
    ...selectorOf(name, component),
    'app.kubernetes.io/part-of': 'codebase-mcp',
  }
  const annotations: Readonly<Record<string, string>> = cluster.annotations
  return { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) }
}
