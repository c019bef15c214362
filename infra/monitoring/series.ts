/** Job label of all scraped targets of a stack. Rules and dashboard select by it. */
export const JOB = 'codebase-mcp'

/**
 * Labels that identify a stack if Prometheus scrapes several. On Docker there is no namespace, and the label is absent.
 */
export const STACK = 'job, namespace'

/** Returns a PromQL selector of a metric with the given label matchers. */
export const series = (metric: string, ...labels: readonly string[]) =>
  `${metric}{${[`job="${JOB}"`, ...labels].join(', ')}}`

/** Returns the expression restricted to the stack in a namespace. */
export const inNamespace = (expression: string, namespace: string) =>
  expression.replaceAll(`{job="${JOB}"`, `{job="${JOB}", namespace="${namespace}"`)

/** Counts a value once that every process of a stack reports. */
export const once = (expression: string) => `max by (${STACK}) (${expression})`

/** Returns the events per second of a stack over a window such as `5m`. */
export const ratePerStack = (window: string, selected: string, ...by: readonly string[]) =>
  `sum by (${[STACK, ...by].join(', ')}) (rate(${selected}[${window}]))`
