/** What is asked of Prometheus, and how the answer's series are called. */
export interface Query {
  readonly expr: string
  readonly legend?: string
  /** Only as it is now, as the rows of a table. */
  readonly table?: true
}

export interface Panel {
  readonly type: 'stat' | 'timeseries' | 'table'
  readonly title: string
  readonly description: string
  /** Columns, of 24. */
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

/** Units by the names that Grafana has for them. */
type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'bool_yes_no'

interface Shown {
  readonly title: string
  readonly description: string
  readonly unit: Unit
  readonly queries: readonly Query[]
}

interface Step {
  readonly color: 'green' | 'orange' | 'red'
  /** From here on; absent for what is below all others. */
  readonly value: number | null
}

const GOOD: readonly Step[] = [{ color: 'green', value: null }]

/** Orange and red from values on. */
export const steps = (orange: number, red: number): readonly Step[] => [
  ...GOOD,
  { color: 'orange', value: orange },
  { color: 'red', value: red },
]

/** One number, or one word where `named` shows the name of the series instead. */
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

/** A course over time. */
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

/** A line for each value of a label, a column for each query. */
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

/** How Grafana calls the queries of a panel: A, B, C … */
export const refId = (at: number) => String.fromCharCode('A'.charCodeAt(0) + at)
