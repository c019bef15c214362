/** The job under which everything of a stack is scraped, whatever finds it: rules and dashboard look for it. */
export const JOB = 'codebase-mcp'

/** What one stack is, where a Prometheus sees several; on Docker there is no namespace, and the label is absent. */
export const STACK = 'job, namespace'

/** The series of a metric that also have the `labels`, written as PromQL writes them. */
export const series = (metric: string, ...labels: readonly string[]) =>
  `${metric}{${[`job="${JOB}"`, ...labels].join(', ')}}`

/** The same question about the stack in a namespace alone. */
export const inNamespace = (expression: string, namespace: string) =>
  expression.replaceAll(`{job="${JOB}"`, `{job="${JOB}", namespace="${namespace}"`)

/** What every process of a stack tells alike, counted once. */
export const once = (expression: string) => `max by (${STACK}) (${expression})`

/** Events a second over a time such as `5m`, of a stack. */
export const ratePerStack = (window: string, selected: string, ...by: readonly string[]) =>
  `sum by (${[STACK, ...by].join(', ')}) (rate(${selected}[${window}]))`
