import type { ContainerArgs } from '@pulumi/docker'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import type { DockerSettings } from '../settings/settings.ts'

/** What a container is made with wherever it stands in the stack. */
export interface Surroundings {
  /** What the names of all that is made on the engine begin with. */
  readonly name: string
  readonly containers: DockerSettings['containers']
}

/** The label that says to which stack something on the engine belongs. */
export const STACK_LABEL = 'codebase-mcp.stack'

export const stackLabel = (name: string) => ({ label: STACK_LABEL, value: name })

/** How a container finds the machine that its engine runs on. */
export const ENGINE_HOST = { host: 'host.docker.internal', ip: 'host-gateway' }

/** What every container has in common: a read-only root, no rights, an init, a log that is rotated. */
export const hardened = ({ containers }: Surroundings) =>
  ({
    readOnly: true,
    tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=64m,mode=1777' },
    securityOpts: ['no-new-privileges:true'],
    capabilities: { drops: ['ALL'] },
    // Reaps what the program leaves behind, and hands every signal on.
    init: true,
    logDriver: 'json-file',
    logOpts: { 'max-size': containers.logSize, 'max-file': String(containers.logFiles) },
  }) as const satisfies Partial<ContainerArgs>

/** Restarted when it fails, but not for ever. */
export const restarted = ({ containers: { restarts } }: Surroundings) =>
  (restarts === 0
    ? { restart: 'no' }
    : { restart: 'on-failure', maxRetryCount: restarts }) satisfies Partial<ContainerArgs>

interface Limits {
  /** Mebibytes. */
  readonly memory: number
  readonly cpus?: number | undefined
}

/** Nothing is swapped: without an equal `memorySwap` the engine doubles it, and every refresh shows a change. */
export const limited = ({ memory, cpus }: Limits): Partial<ContainerArgs> => ({
  memory,
  memorySwap: memory,
  ...(cpus === undefined ? {} : { cpus: String(cpus) }),
})

/** Seconds to stop, both when a container is removed and when the engine stops it. */
export const stoppedWithin = (seconds: number) => ({ destroyGraceSeconds: seconds, stopTimeout: seconds })

/** The provider ignores many changes of a container, and a name is free only once its container is gone. */
export const replaced: CustomResourceOptions = { replaceOnChanges: ['*'], deleteBeforeReplace: true }
