import type { MessagePort } from 'node:worker_threads'

/** Purpose of a connection. Uses do not wait for each other's connections. */
export type DatabaseUse = 'questions' | 'jobs' | 'health' | 'schema'

/**
 * Runs SQL on a pooled connection or in a transaction. In a transaction, callers may issue statements without waiting
 * for earlier ones. They run in order, and after a failure all later ones fail.
 */
export interface Sql {
  /**
   * Runs a statement and returns its rows; without `values`, `text` may contain several statements. `bytea` is returned
   * as a Buffer, timestamps as Date, `int8` as a number. A value may be a Uint8Array for `bytea`, or an array for a
   * Postgres array (except of `bytea`).
   * @throws Fault if the database is away, full, read-only or too busy, or if nobody wants the result any more (see
   * `whileWanted`); otherwise the driver's error
   */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Adds all rows to `target` or none. `target` names a table with its columns, such as `embedding (model_id, hash,
   * vector)`; `data` comes from `binaryCopy`. Several times as fast as an insert, but an existing row is an error.
   */
  copyIn(target: string, data: Uint8Array): Promise<void>
}

/** A Postgres server or an embedded Postgres. The same SQL runs on both. */
export interface Database extends Sql {
  readonly kind: 'postgres' | 'embedded'
  /**
   * Commits the changes of `work`, or none if it throws. `statementMs` raises the limit for unusually long statements.
   * An embedded database has no limit.
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>, statementMs?: number): Promise<Result>
  /** Runs `work` on a consistent snapshot, without permission to write. */
  snapshot<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  /** Checks that the database accepts writes. @throws Fault `database_full`, `database_read_only`, or as `query` */
  check(): Promise<void>
  /**
   * Calls the listener if the database was replaced or set back, by a restored backup or a promoted standby: ids may
   * then refer to other rows. Undefined if that cannot happen.
   */
  readonly onReplaced?: (listener: () => void) => void
  /** Returns the use of the connection pool. Undefined without a pool. */
  readonly connections?: () => Connections
  /**
   * Creates a port through which another thread of this process reaches the same database. Undefined if the thread can
   * open its own connections.
   */
  readonly share?: () => MessagePort
  /** Resolves when the database has ended and must be opened again. Undefined if it recovers by itself. */
  readonly gone?: Promise<void>
  close(): Promise<void>
}

/** Number of connections in a pool. */
export interface Connections {
  readonly used: number
  readonly idle: number
  /** Number of callers waiting for a connection. */
  readonly pending: number
  readonly max: number
}
