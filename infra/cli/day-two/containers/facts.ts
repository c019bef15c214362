/** What the engine tells of a container. */
export interface ContainerFacts {
  readonly id: string
  readonly name: string
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  readonly health?: 'starting' | 'healthy' | 'unhealthy'
  /** What its health check wrote last. */
  readonly checkOutput?: string
  /** When it came into its state; absent where it was never started. */
  readonly since?: Date
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** How often the engine has started it again by itself. */
  readonly restarts: number
  readonly image: { readonly reference: string; readonly id: string }
  /** Where this machine reaches its ports. */
  readonly published: readonly { readonly port: number; readonly address: string }[]
  /** Bytes; absent where nothing limits it. */
  readonly memoryLimit?: number
  /** Processors; absent where nothing limits it. */
  readonly cpuLimit?: number
}

/** A container as `docker inspect` prints it. */
export interface Inspected {
  readonly Id: string
  readonly Name: string
  readonly Image: string
  readonly RestartCount: number
  readonly Config: { readonly Image: string }
  readonly State: {
    readonly Status: ContainerFacts['state']
    readonly StartedAt: string
    readonly FinishedAt: string
    readonly ExitCode: number
    readonly OOMKilled: boolean
    readonly Health?: {
      readonly Status: string
      readonly Log?: readonly { readonly Output: string }[] | null
    }
  }
  readonly HostConfig: {
    readonly Memory: number
    readonly NanoCpus: number
    readonly CpuPeriod?: number
    readonly CpuQuota?: number
    readonly PortBindings?: Readonly<Record<string, readonly PortBinding[] | null>> | null
  }
}

interface PortBinding {
  readonly HostIp: string
  readonly HostPort: string
}

export function factsOf({ Id, Name, Image, RestartCount, Config, State, HostConfig }: Inspected): ContainerFacts {
  const { Health } = State
  const checkOutput = Health?.Log?.at(-1)?.Output.trim()
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    state: State.Status,
    ...(isHealth(Health?.Status) ? { health: Health.Status } : {}),
    ...(checkOutput === undefined ? {} : { checkOutput }),
    ...sinceOf(State),
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    restarts: RestartCount,
    image: { reference: Config.Image, id: Image },
    published: Object.entries(HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({
        port: Number.parseInt(port, 10),
        address: `${HostIp}:${HostPort}`,
      })),
    ),
    ...(HostConfig.Memory > 0 ? { memoryLimit: HostConfig.Memory } : {}),
    ...cpuLimitOf(HostConfig),
  }
}

const isHealth = (status: string | undefined): status is NonNullable<ContainerFacts['health']> =>
  status === 'starting' || status === 'healthy' || status === 'unhealthy'

function sinceOf({ Status, StartedAt, FinishedAt }: Inspected['State']): { since?: Date } {
  const since = new Date(Status === 'exited' || Status === 'dead' ? FinishedAt : StartedAt)
  // The engine writes the year 1 for what has not happened.
  return since.getUTCFullYear() < 2000 ? {} : { since }
}

function cpuLimitOf({ NanoCpus, CpuPeriod = 0, CpuQuota = 0 }: Inspected['HostConfig']): { cpuLimit?: number } {
  if (NanoCpus > 0) return { cpuLimit: NanoCpus / 1e9 }
  return CpuPeriod > 0 && CpuQuota > 0 ? { cpuLimit: CpuQuota / CpuPeriod } : {}
}
