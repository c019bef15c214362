import type { Postgres } from './postgres.ts'
import type { Server, ServerOptions } from './server.ts'

/** `full` repeats each step as often as the goal says. `short`, for every change, only does so a few times. */
export type Form = 'full' | 'short'

/** Figures of a row. The names are shown as words, and those ending in `Ms`, `Mb` or `Percent` with their unit. */
export type Counts = Readonly<Record<string, number>>

/** The resources of a row, which are all removed when the row ends, even if it fails. */
export interface Context {
  /** Starts a Postgres for this row, with these settings on top of the defaults. A second call starts a second one. */
  postgres(settings?: Readonly<Record<string, string>>): Promise<Postgres>
  /** Starts the service as a process of its own and waits until it answers. */
  server(options: ServerOptions): Promise<Server>
  /** Creates an empty folder. */
  folder(): string
  /** Runs `close` when the row ends, in reverse order. */
  after(close: () => unknown): void
}

export interface Row<Counted extends Counts = Counts> {
  readonly row: string
  /** What is done to the service. */
  readonly about: string
  readonly goal: string
  readonly needsPostgres: boolean
  /** Whether it uses little processor time. In the short form such rows run beside others. */
  readonly mostlyWaits?: boolean
  run(context: Context, form: Form): Promise<Counted>
  /** Returns whether the goal is reached. The short form ignores the amounts. */
  holds(counts: Counted, form: Form): boolean
}

/** Thrown if this machine cannot do what the row does. The message says why. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}

/** Defines a row. Its `holds` knows the names of the figures that its `run` returns. */
export function defineRow<Counted extends Counts>(row: Row<Counted>): Row {
  return { ...row, holds: (counts, form) => row.holds(counts as Counted, form) }
}
