/** Runs SQL: on a connection of the pool, or inside a transaction. */
export interface Sql {
  /**
   * The rows of one statement. `bytea` comes back as a Buffer, timestamps as Date; a value may be a Uint8Array for
   * `bytea`, an array for a Postgres array.
   */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** A Postgres, on the network or in the process: the same SQL runs on both. */
export interface Database extends Sql {
  readonly kind: 'postgres' | 'embedded'
  /** Commits what `work` did, or, where it throws, nothing of it. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}
