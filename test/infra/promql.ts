/** A selected metric of a query, and its label matchers. */
export interface Selection {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]
}

const SELECTION = /([a-zA-Z_:][\w:]*)\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/g
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g
const GROUPING = /\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g

/**
 * Returns the selections of a query.
 * @throws Error if the query contains a name without a label selector that PromQL does not know
 */
export function selectionsOf(expr: string): Selection[] {
  const selections = [...expr.matchAll(SELECTION)].map(([, metric = '', labels = '']) => ({
    metric,
    matchers: [...labels.matchAll(MATCHER)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    })),
  }))
  refuseOthers(expr.replaceAll(SELECTION, ' ').replaceAll(GROUPING, ' '))
  return selections
}

/** Returns the labels that a query groups or joins by. */
export function groupingsOf(expr: string): string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()))
}

const WORDS = new Set(['and', 'or', 'unless'])

/** Checks the rest of a query, without its selections. It may only hold functions, operators, numbers and durations. */
function refuseOthers(rest: string): void {
  for (const [, name = '', call] of rest.replaceAll(/\[[^\]]*\]/g, ' ').matchAll(/([a-zA-Z_]\w*)\s*(\()?/g)) {
    if (call === undefined && !WORDS.has(name)) throw new Error(`${name} is selected without labels, in ${rest}`)
  }
}

/** Returns every query of a dashboard's panels. */
export const queriesOf = (dashboard: { readonly panels: readonly object[] }): string[] =>
  dashboard.panels.flatMap((panel) =>
    'targets' in panel ? (panel.targets as { readonly expr: string }[]).map(({ expr }) => expr) : [],
  )

/** Returns a query as Grafana sends it if every variable is set to All. */
export const withoutVariables = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')
