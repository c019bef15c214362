import type { Outside } from '../client-settings.ts'
import type { RunBeside } from '../database/statements.ts'
import type { Finding } from '../finding.ts'
import type { LogLine, LogWindow } from '../log-lines.ts'
import type { Machine } from '../machine.ts'
import type { Plan } from '../plan/plan.ts'
import type { Ended, Pipes } from '../processes.ts'
import type { Settings } from '../settings/settings.ts'
import type { Asked } from './arguments.ts'
import type { Progress } from './progress.ts'
import type { Pulumi } from './pulumi.ts'
import type { Terminal } from './terminal.ts'

/**
 * Where a stack runs, with all operations that commands need. Methods throw Refused if the target cannot be reached.
 */
export interface Target {
  /** Names of all possible parts, in display order. */
  readonly partNames: readonly string[]
  /**
   * Whether the stack runs on this machine. If it does not, `up` first refreshes the state and asks for consent, and a
   * client on this machine may be unable to reach the server.
   */
  readonly isLocal: boolean
  /** How this machine reaches the server. Undefined if its address is enough. */
  readonly outside?: Outside
  /** Finds everything that would make an `up` fail, without changing anything. */
  preflight(): Promise<readonly Finding[]>
  /** Checks the machine or the cluster for more that is worth knowing. */
  checkMachine(): Promise<readonly Finding[]>
  /** Inspects the stack once during an `up`: reports progress, and returns the problems that waiting does not solve. */
  look(since: Date, progress?: Pick<Progress, 'hear'>): Promise<readonly Trouble[]>
  /** Whether any object of the stack exists. */
  isMade(): Promise<boolean>
  /** Returns the long-running parts with their intended and actual instances. */
  parts(): Promise<readonly Part[]>
  /** Returns the resource usage of the running instances, by ID. Empty if the target does not measure it. */
  usage(parts: readonly Part[]): Promise<ReadonlyMap<string, Usage>>
  /** Returns the sources of logs of the given parts, or of all long-running parts if none is given. */
  sources(parts: readonly string[]): Promise<readonly Source[]>
  /** Returns the log of a source in chronological order. */
  log(id: string, window: LogWindow): Promise<readonly LogLine[]>
  /** Follows the log of a source from the given time until the source ends. */
  follow(id: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs a program in an instance. */
  run(id: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  /** Runs a program in an instance on this terminal. Returns its exit code. */
  runHere(id: string, command: readonly string[]): Promise<number>
  /** Returns the stack's own Postgres. @param instead what to do if the database is not part of the stack */
  postgres(instead: string): Promise<Postgres>
  /** Stops and starts the containers that use the database. @throws Refused if the target restores in another way */
  restoring(): Promise<Restoring>
  /**
   * Returns the upgrade to the major version of Postgres in the configured image. Undefined if there is nothing to
   * upgrade.
   * @throws Refused if no upgrade is possible, or if it is done in another way
   */
  upgrading(pulumi: Pick<Pulumi, 'state'>): Promise<Upgrade | undefined>
}

export interface Upgrade {
  /** Major version. */
  readonly from: number
  readonly to: number
  /**
   * Upgrades the database and leaves the stack stopped. Returns a message that tells where the old files are.
   * @throws Refused, Interrupted if nothing was changed
   */
  take(signal: AbortSignal): Promise<string>
}

export interface Postgres {
  /** ID for `run` and `runHere`. */
  readonly id: string
  readonly run: RunBeside
  /** Returns the login user and the environment variables with which psql acts with the privileges of a role. */
  readonly login: (role: string) => { readonly user: string; readonly variables: readonly string[] }
}

export interface Restoring {
  stop(): Promise<void>
  /**
   * Starts the containers and waits until the server is ready.
   * @throws Refused with the last lines of its log if it exits
   */
  start(signal?: AbortSignal): Promise<void>
}

/** Long-running part of a stack, with one or more instances. */
export interface Part {
  readonly name: string
  /** Intended number of instances. Undefined if nothing says it. */
  readonly wanted?: number
  readonly instances: readonly Instance[]
  /** Address of the part. Undefined if it accepts no connections. */
  readonly url?: string
}

/** Container or pod. */
export interface Instance {
  /** ID for `run` and `log`. */
  readonly id: string
  /** State as the engine or cluster names it. */
  readonly state: string
  readonly isReady: boolean
  /** Whether programs can be run in it. */
  readonly isRunning: boolean
  /** Time at which it entered its state. */
  readonly since?: string
  /** Number of automatic restarts. */
  readonly restarts: number
  /** Last termination. Undefined if it never terminated. */
  readonly ended?: { readonly reason: string; readonly exitCode: number; readonly at?: string }
  readonly image: string
  /** Memory limit, in bytes. Undefined if unlimited. */
  readonly memoryLimit?: number
  /** CPU limit, in processors. Undefined if unlimited. */
  readonly cpuLimit?: number
}

/** Resource usage of an instance. */
export interface Usage {
  /** In bytes. */
  readonly memory: number
  /** Percentage of one processor. */
  readonly cpuPercent: number
}

/** Problem that waiting does not solve. */
export interface Trouble extends Finding {
  /** Identifies the problem, so that it is reported once. */
  readonly key: string
  /** ID of the log that tells more about the problem, for `log`. */
  readonly log?: string
}

export interface Source {
  /** Name of the part. If there are several instances, followed by the instance. */
  readonly part: string
  readonly id: string
  /** Changes with each start. */
  readonly run: string
}

/** Tools of every command. */
export interface Tools {
  readonly root: string
  readonly environment: NodeJS.ProcessEnv
  readonly asked: Asked
  readonly terminal: Terminal
  readonly pulumi: Pulumi
  readonly machine: Machine
  /** Returns the settings of the stack, with placeholders for encrypted values. @throws SettingsFault, Refused */
  readonly settings: () => Settings
  /** Returns the plan of the stack, including policy violations. @throws SettingsFault, Refused */
  readonly plan: () => Promise<Plan>
  readonly targetOf: (settings: Settings) => Promise<Target>
}
