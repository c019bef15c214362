/** What stands in a query: the metrics, and for each selection of one, its labels with how they are matched. */
export interface Selection {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]
}

const SELECTION = /([a-zA-Z_:][\w:]*)\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/g
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g
const GROUPING = /\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g

/** Each selection of a query. @throws where a name stands in it that is neither selected with labels nor known to PromQL */
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

/** The labels that a query groups or joins by. */
export function groupingsOf(expr: string): string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()))
}

const WORDS = new Set(['and', 'or', 'unless'])

/** What is left of a query without its selections: functions, operators, numbers and times. */
function refuseOthers(rest: string): void {
  for (const [, name = '', call] of rest.replaceAll(/\[[^\]]*\]/g, ' ').matchAll(/([a-zA-Z_]\w*)\s*(\()?/g)) {
    if (call === undefined && !WORDS.has(name)) throw new Error(`${name} is selected without labels, in ${rest}`)
  }
}

/** Every query of a dashboard's panels. */
export const queriesOf = (dashboard: { readonly panels: readonly object[] }): string[] =>
  dashboard.panels.flatMap((panel) =>
    'targets' in panel ? (panel.targets as { readonly expr: string }[]).map(({ expr }) => expr) : [],
  )

/** A query as Grafana sends it where everything is chosen. */
export const withoutVariables = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')
