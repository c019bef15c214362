/** A row as the database returns it: with null for what the object has not. */
export type WithNulls<Row> = { readonly [Key in keyof Row]: Row[Key] | null }

/** Returns a row without the columns that are null. */
export function withoutNulls<Row extends object>(row: WithNulls<Row>): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row
}
