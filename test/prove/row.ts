import type { Postgres } from './postgres.ts'
import type { Server, ServerOptions } from './server.ts'

/** `full` tries as often as the goal says; `short` is for every change, and does each thing some times. */
export type Form = 'full' | 'short'

/** What a row counted; the names are shown as words, and those that end in `Ms`, `Mb` or `Percent` with their unit. */
export type Counts = Readonly<Record<string, number>>

/** What a row works with. All of it goes when the row ends, however it ends. */
export interface Context {
  /** A Postgres of this row's own, with its settings over those of a fresh one; a second call starts a second one. */
  postgres(settings?: Readonly<Record<string, string>>): Promise<Postgres>
  /** The service as a process of its own, once it answers. */
  server(options: ServerOptions): Promise<Server>
  /** An empty folder. */
  folder(): string
  /** Runs `close` when the row ends, the last first. */
  after(close: () => unknown): void
}

export interface Row<Counted extends Counts = Counts> {
  readonly row: string
  /** What is done to the service. */
  readonly about: string
  readonly goal: string
  readonly needsPostgres: boolean
  /** Whether it hardly needs a processor: in the short form it runs beside others. */
  readonly mostlyWaits?: boolean
  run(context: Context, form: Form): Promise<Counted>
  /** Whether the goal is reached; in the short form without its amounts. */
  holds(counts: Counted, form: Form): boolean
}

/** This machine cannot do what a row does to the service; the message says why. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}

/** A row whose `holds` may name what its `run` counts. */
export function defineRow<Counted extends Counts>(row: Row<Counted>): Row {
  return { ...row, holds: (counts, form) => row.holds(counts as Counted, form) }
}
