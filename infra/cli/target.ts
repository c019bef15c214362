import type { RunBeside } from '../database/statements.ts'
import type { Finding } from '../finding.ts'
import type { LogLine, LogWindow } from '../log-lines.ts'
import type { Plan } from '../plan/plan.ts'
import type { Ended, Pipes } from '../processes.ts'
import type { Settings } from '../settings/settings.ts'
import type { Asked } from './arguments.ts'
import type { Progress } from './progress.ts'
import type { Pulumi } from './pulumi.ts'
import type { Terminal } from './terminal.ts'

/** Where a stack runs, with all that a command needs of it. What cannot be reached throws Refused. */
export interface Target {
  /** The names that parts may have, in the order in which they are told of. */
  readonly partNames: readonly string[]
  /**
   * Whether it is this machine's own. Elsewhere `up` reads first what others have changed, and asks; and a client of this
   * machine may not reach the server.
   */
  readonly isLocal: boolean
  /** Everything that an `up` would stumble over, found without changing anything. */
  preflight(): Promise<readonly Finding[]>
  /** What of the machine or the cluster is worth knowing besides. */
  surroundings(): Promise<readonly Finding[]>
  /** Looks once while an `up` runs: tells what is waited for, and gives what does not get better by waiting. */
  look(since: Date, progress?: Pick<Progress, 'hear'>): Promise<readonly Trouble[]>
  /** Whether there is anything of the stack. */
  isMade(): Promise<boolean>
  /** What keeps running, as it should be and as it is. */
  parts(): Promise<readonly Part[]>
  /** Memory and processors of what runs, by its id; empty where nobody measures them. */
  usage(parts: readonly Part[]): Promise<ReadonlyMap<string, Usage>>
  /** What has a log, of the parts that are named, or of those that keep running. */
  sources(parts: readonly string[]): Promise<readonly Source[]>
  /** What a source wrote, by time. */
  log(id: string, window: LogWindow): Promise<readonly LogLine[]>
  /** What a source wrote since then and writes from now on, until it ends. */
  follow(id: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs a program in what runs. */
  run(id: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  /** Runs a program in what runs at this terminal; its exit code. */
  runHere(id: string, command: readonly string[]): Promise<number>
  /** The stack's own Postgres. @param instead what is to be done where the database is elsewhere */
  postgres(instead: string): Promise<Postgres>
  /** Stops and starts what works on the database. @throws Refused where a restore is made in another way */
  restoring(): Promise<Restoring>
  /**
   * The step to the major version of Postgres in the image of the settings; undefined where there is none to take.
   * @throws Refused where none can be taken, or it is taken in another way
   */
  upgrading(pulumi: Pick<Pulumi, 'state'>): Promise<Upgrade | undefined>
}

interface Upgrade {
  /** Major versions. */
  readonly from: number
  readonly to: number
  /**
   * Nothing of the stack runs afterwards. @returns where the former files are
   * @throws Refused, Interrupted where all is as it was
   */
  take(signal: AbortSignal): Promise<string>
}

interface Postgres {
  /** What `run` and `runHere` take. */
  readonly id: string
  readonly run: RunBeside
  /** What somebody logs in as, and the settings of the session, in order to act with the rights of a role. */
  readonly login: (role: string) => { readonly user: string; readonly variables: readonly string[] }
}

export interface Restoring {
  stop(): Promise<void>
  /** Starts them, and waits until the server is ready. @throws Refused with its last lines where it ends instead */
  start(signal?: AbortSignal): Promise<void>
}

/** Something that keeps running, in one or several instances. */
export interface Part {
  readonly name: string
  /** How many there should be; absent where somebody else decides, such as an operator. */
  readonly wanted?: number
  readonly instances: readonly Instance[]
  /** Where it is reached, where it can be called. */
  readonly url?: string
}

/** A container, or a pod. */
export interface Instance {
  /** What `run` and `log` take. */
  readonly id: string
  /** In the words of who runs it. */
  readonly state: string
  readonly isReady: boolean
  /** Whether programs can be run in it. */
  readonly isRunning: boolean
  /** When it came into its state. */
  readonly since?: string
  /** How often it was started again by itself. */
  readonly restarts: number
  /** How it ended last, where it did. */
  readonly ended?: { readonly reason: string; readonly exitCode: number; readonly at?: string }
  readonly image: string
  /** Bytes; absent where nothing limits it. */
  readonly memoryLimit?: number
  /** Processors; absent where nothing limits it. */
  readonly cpuLimit?: number
}

/** What an instance uses. */
export interface Usage {
  /** Bytes. */
  readonly memory: number
  /** Of one processor. */
  readonly cpuPercent: number
}

/** Something that does not get better by waiting alone. */
export interface Trouble extends Finding {
  /** The same for the same trouble of the same part. */
  readonly key: string
  /** Whose last lines say more, as `log` takes it. */
  readonly log?: string
}

export interface Source {
  /** Its part, and of several instances which. */
  readonly part: string
  readonly id: string
  /** Another one each time that it is started. */
  readonly run: string
}

/** What every command works with. */
export interface Tools {
  readonly root: string
  readonly environment: NodeJS.ProcessEnv
  readonly asked: Asked
  readonly terminal: Terminal
  readonly pulumi: Pulumi
  /** The settings of the stack, with stand-ins for what is encrypted. @throws SettingsFault, Refused */
  readonly settings: () => Settings
  /** What the stack would be made of, with what breaks policies. @throws SettingsFault, Refused */
  readonly plan: () => Promise<Plan>
  readonly targetOf: (settings: Settings) => Promise<Target>
}
