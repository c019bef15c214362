import { defined } from '../../fields.ts'
/** State and limits of a container. */
export interface ContainerFacts {
  readonly id: string
  readonly name: string
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  readonly health?: 'starting' | 'healthy' | 'unhealthy'
  /** Output of its last health check. */
  readonly checkOutput?: string
  /** Time at which it entered its state. Undefined if it was never started. */
  readonly since?: string
  readonly startedAt: string
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** Number of restarts by the engine. */
  readonly restarts: number
  readonly image: string
  /** Addresses on this machine at which its ports are published. */
  readonly published: readonly string[]
  /** Memory limit, in bytes. Undefined if unlimited. */
  readonly memoryLimit?: number
  /** CPU limit, in CPUs. Undefined if unlimited. */
  readonly cpuLimit?: number
  /** Maximum number of processes. Undefined if unlimited. */
  readonly processes?: number
}

/** Output of `docker inspect` for a container. */
export interface Inspected {
  readonly Id: string
  readonly Name: string
  readonly RestartCount: number
  readonly Config: { readonly Image: string }
  readonly State: {
    readonly Status: ContainerFacts['state']
    readonly StartedAt: string
    readonly FinishedAt: string
    readonly ExitCode: number
    readonly OOMKilled: boolean
    readonly Health?: { readonly Status: string; readonly Log?: readonly { readonly Output: string }[] | null }
  }
  readonly HostConfig: {
    readonly Memory: number
    readonly NanoCpus: number
    readonly PidsLimit?: number | null
    readonly CpuPeriod?: number
    readonly CpuQuota?: number
    readonly PortBindings?: Readonly<Record<string, readonly PortBinding[] | null>> | null
  }
}

interface PortBinding {
  readonly HostIp: string
  readonly HostPort: string
}

export function factsOf({ Id, Name, RestartCount, Config, State, HostConfig }: Inspected): ContainerFacts {
  const { Health } = State
  const checkOutput = Health?.Log?.at(-1)?.Output.trim()
  const cpuLimit = cpuLimitOf(HostConfig)
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    state: State.Status,
    ...(isHealth(Health?.Status) ? { health: Health.Status } : {}),
    ...sinceOf(State),
    startedAt: State.StartedAt,
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    restarts: RestartCount,
    image: Config.Image,
    published: Object.values(HostConfig.PortBindings ?? {}).flatMap((bindings) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`),
    ),
    ...(HostConfig.Memory > 0 ? { memoryLimit: HostConfig.Memory } : {}),
    ...defined({ checkOutput, cpuLimit }),
    ...((HostConfig.PidsLimit ?? 0) > 0 ? { processes: HostConfig.PidsLimit as number } : {}),
  }
}

const isHealth = (status: string | undefined): status is NonNullable<ContainerFacts['health']> =>
  status === 'starting' || status === 'healthy' || status === 'unhealthy'

function sinceOf({ Status, StartedAt, FinishedAt }: Inspected['State']): { since?: string } {
  const since = Status === 'exited' || Status === 'dead' ? FinishedAt : StartedAt
  // The engine reports the year 1 for events that have not happened.
  return new Date(since).getUTCFullYear() < 2000 ? {} : { since }
}

function cpuLimitOf({ NanoCpus, CpuPeriod = 0, CpuQuota = 0 }: Inspected['HostConfig']): number | undefined {
  if (NanoCpus > 0) return NanoCpus / 1e9
  return CpuPeriod > 0 && CpuQuota > 0 ? CpuQuota / CpuPeriod : undefined
}
