import { type Panel, type Query, type Row, refId } from './panel.ts'

const COLUMNS = 24

/** The data source selected at the top of the dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

/** Places the rows one below the other, with their panels from left to right. */
export function placed(rows: readonly Row[]): object[] {
  const found: object[] = []
  let y = 0
  const add = (panel: object, at: { x: number; w: number; h: number }) =>
    found.push({ id: found.length + 1, ...panel, gridPos: { ...at, y } })
  for (const { title, panels } of rows) {
    add({ type: 'row', title, collapsed: false, panels: [] }, { x: 0, w: COLUMNS, h: 1 })
    y += 1
    for (const line of linesOf(panels)) {
      let x = 0
      for (const panel of line) {
        add(grafanaPanel(panel), { x, w: panel.width, h: panel.height })
        x += panel.width
      }
      y += Math.max(...line.map(({ height }) => height))
    }
  }
  return found
}

function linesOf(panels: readonly Panel[]): Panel[][] {
  const lines: Panel[][] = []
  let used = COLUMNS
  for (const panel of panels) {
    if (used + panel.width > COLUMNS) {
      lines.push([])
      used = 0
    }
    lines.at(-1)?.push(panel)
    used += panel.width
  }
  return lines
}

const grafanaPanel = ({ type, title, description, queries, fieldConfig, options, transformations = [] }: Panel) => ({
  type,
  title,
  description,
  datasource: DATASOURCE,
  fieldConfig,
  options,
  transformations,
  targets: queries.map(target),
})

const target = ({ expr, legend, table }: Query, at: number) => ({
  refId: refId(at),
  datasource: DATASOURCE,
  expr,
  ...(legend === undefined ? {} : { legendFormat: legend }),
  ...(table === true ? { format: 'table', instant: true, range: false } : { range: true }),
})
