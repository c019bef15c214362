/** Rows as lines, each column as wide as its widest cell; one in which nothing is told is left out. @param rows the head first */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...body] = rows
  const columns = head.map((_, column) => column).filter((column) => body.some((row) => row[column] !== '-'))
  const widths = new Map(columns.map((column) => [column, Math.max(...rows.map((row) => row[column]?.length ?? 0))]))
  return rows.map((row) =>
    columns
      .map((column) => (row[column] ?? '').padEnd(widths.get(column) ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
