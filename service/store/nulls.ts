/** A row as the database returns it: with null for what the object has not. */
export type WithNulls<Row> = { readonly [Key in keyof Row]: Row[Key] | null }

/** Returns a row without the columns that are null. */
export function withoutNulls<Row extends object>(row: WithNulls<Row>): Row {
  // Lists of thousands of rows are read for each question: entries of objects would take most of that time.
  const kept: Partial<Record<keyof Row, unknown>> = {}
  for (const key in row) if (row[key] !== null) kept[key] = row[key]
  return kept as Row
}
