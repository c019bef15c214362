/** A Prometheus query, and the legend of its series. */
export interface Query {
  readonly expr: string
  readonly legend?: string
  /** Queries only the current value, as rows of a table. */
  readonly table?: true
}

export interface Panel {
  readonly type: 'stat' | 'timeseries' | 'table'
  readonly title: string
  readonly description: string
  /** Width in columns, of 24. */
  readonly width: number
  readonly height: number
  readonly queries: readonly Query[]
  readonly fieldConfig: object
  readonly options: object
  readonly transformations?: readonly object[]
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** Grafana's unit identifiers. */
type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'bool_yes_no'

interface Shown {
  readonly title: string
  readonly description: string
  readonly unit: Unit
  readonly queries: readonly Query[]
}

interface Step {
  readonly color: 'green' | 'orange' | 'red'
  /** Lower bound. Null for the lowest step. */
  readonly value: number | null
}

const GOOD: readonly Step[] = [{ color: 'green', value: null }]

/** Returns thresholds that turn orange and red at the given values. */
export const steps = (orange: number, red: number): readonly Step[] => [
  ...GOOD,
  { color: 'orange', value: orange },
  { color: 'red', value: red },
]

/** A single number, or the name of the series if `named`. */
export function stat(
  { title, description, unit, queries }: Shown,
  {
    thresholds = GOOD,
    named = false,
    mappings = [],
  }: { thresholds?: readonly Step[]; named?: boolean; mappings?: readonly object[] } = {},
): Panel {
  return {
    type: 'stat',
    title,
    description,
    width: 3,
    height: 4,
    queries,
    fieldConfig: { defaults: { unit, mappings, thresholds: { mode: 'absolute', steps: thresholds } }, overrides: [] },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      textMode: named ? 'name' : 'auto',
    },
  }
}

/** A time series. */
export function course({ title, description, unit, queries }: Shown, { stacked = false } = {}): Panel {
  const custom = {
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 10,
    showPoints: 'never',
    stacking: { mode: stacked ? 'normal' : 'none' },
  }
  return {
    type: 'timeseries',
    title,
    description,
    width: 8,
    height: 8,
    queries,
    fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  }
}

interface Column {
  readonly title: string
  readonly unit: Unit
  readonly expr: string
}

/** A table with a row for each value of a label and a column for each query. */
export function table(
  { title, description }: Pick<Shown, 'title' | 'description'>,
  label: { readonly name: string; readonly title: string },
  columns: readonly Column[],
): Panel {
  const renamed = columns.map((column, at) => [`Value #${refId(at)}`, column.title] as const)
  return {
    type: 'table',
    title,
    description,
    width: 24,
    height: 8,
    queries: columns.map(({ expr }) => ({ expr, table: true })),
    fieldConfig: {
      defaults: {},
      overrides: columns.map((column) => ({
        matcher: { id: 'byName', options: column.title },
        properties: [{ id: 'unit', value: column.unit }],
      })),
    },
    options: { showHeader: true },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          renameByName: { [label.name]: label.title, ...Object.fromEntries(renamed) },
        },
      },
    ],
  }
}

/** Returns Grafana's letter of a query in a panel: A, B, C … */
export const refId = (at: number) => String.fromCharCode('A'.charCodeAt(0) + at)
