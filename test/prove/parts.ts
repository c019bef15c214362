/** The service as a process, as far as faults need it. */
export interface RunningService {
  readonly url: string
  readonly pid: number
  log(): string
  lives(): boolean
  stop(signal?: NodeJS.Signals): Promise<unknown>
}

interface ServiceOptions {
  readonly mode?: 'serve' | 'worker'
  readonly folders?: readonly string[]
  readonly settings: Readonly<Record<string, string>>
}

/** Starts the service and returns once it answers. */
export type StartService = (options: ServiceOptions) => Promise<RunningService>

/** A Postgres that may be ended and started again on its data. */
export interface CrashablePostgres {
  /** Of the process that all others of it are children of. */
  pid(): number
  /** The URL, as a superuser, of a database, which is made unless it is there. */
  database(name: string): Promise<string>
  /** Ends it, by SIGKILL unless another signal is given. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again, and returns once it answers. */
  start(): Promise<void>
}
