import { type Compared, type Figures, median } from './pairs.ts'

export interface Row extends Compared {
  readonly name: string
  readonly unit: 's' | 'MB'
  readonly goal: string
}

const COLUMNS = ['', 'recipe', 'ours', 'ratio', 'goal', 'pairs']

/** Formats the rows as a Markdown table: medians, with the minimum and maximum of repeated measurements. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    shown(row.recipe, row.unit),
    shown(row.ours, row.unit),
    `${(median(row.recipe) / median(row.ours)).toFixed(1)}×`,
    row.goal,
    String(row.ours.length),
  ])
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`
  return [COLUMNS, widths.map((width) => '-'.repeat(width)), ...cells].map(line).join('')
}

function shown(figures: Figures, unit: Row['unit']): string {
  const digits = unit === 's' ? 2 : 0
  const middle = `${median(figures).toFixed(digits)} ${unit}`
  if (figures.length === 1) return middle
  return `${middle} (${Math.min(...figures).toFixed(digits)}–${Math.max(...figures).toFixed(digits)})`
}
