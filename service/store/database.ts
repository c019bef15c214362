import type { MessagePort } from 'node:worker_threads'

/** What a database is opened for; whatever one of them waits for, the others do not. */
export type DatabaseUse = 'questions' | 'jobs' | 'health' | 'schema'

/**
 * Runs SQL: on a connection of the pool, or inside a transaction. There, statements may be given before those before them
 * are done; they run one after the other, and once one fails all that follow do.
 */
export interface Sql {
  /**
   * The rows of one statement; without `values`, `text` may be several. `bytea` comes back as a Buffer, timestamps as
   * Date, `int8` as number; a value may be a Uint8Array for `bytea`, an array for a Postgres array (but of `bytea`).
   * @throws Fault where the database is away, full, read-only or too busy, or what it is asked for is wanted no more (see
   * `whileWanted`); else the driver's error
   */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Adds rows to `target`, a table with its columns as in `embedding (model_id, hash, vector)`, all or none; `data` is of
   * `binaryCopy`. Several times as fast as an insert, but one that stands there already is an error.
   */
  copyIn(target: string, data: Uint8Array): Promise<void>
}

/** A Postgres, on the network or in the process: the same SQL runs on both. */
export interface Database extends Sql {
  readonly kind: 'postgres' | 'embedded'
  /**
   * Commits what `work` did, or, where it throws, nothing of it. `statementMs` is for what takes longer than anything else;
   * an embedded database ends nothing.
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>, statementMs?: number): Promise<Result>
  /** All that `work` reads is of one moment, whatever is published or swept meanwhile; it may not write. */
  snapshot<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  /** Nothing, where changes can be made. @throws Fault `database_full`, `database_read_only`, or as `query` */
  check(): Promise<void>
  /**
   * Hears when what answers is another database than before, or this one as it was at another time: a backup was restored, a
   * standby took over. Its numbers may mean other rows. Absent where that cannot be.
   */
  readonly onReplaced?: (listener: () => void) => void
  /** How busy the pool of connections is; absent where there is none. */
  readonly connections?: () => Connections
  /** A port by which another thread of this process gets at the same database; absent where it makes a connection of its own. */
  readonly share?: () => MessagePort
  /** Fulfilled when the database has gone for good and has to be opened again; absent where it comes back by itself. */
  readonly gone?: Promise<void>
  close(): Promise<void>
}

/** The connections of a pool, counted. */
export interface Connections {
  readonly used: number
  readonly idle: number
  /** How many wait for one. */
  readonly pending: number
  readonly max: number
}
