import type { ContainerArgs } from '@pulumi/docker'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import type { DockerSettings } from '../settings/settings.ts'

/** Settings that all containers of the stack share. */
export interface Surroundings {
  /** Name prefix of all resources on the engine. */
  readonly name: string
  readonly containers: DockerSettings['containers']
}

/** Label that identifies the stack of a resource on the engine. */
export const STACK_LABEL = 'codebase-mcp.stack'

export const stackLabel = (name: string) => ({ label: STACK_LABEL, value: name })

/** User and group ID of Postgres in its image, which own its files. */
export const POSTGRES_UID = '999'

/** Host entry of the machine that runs the engine. */
export const ENGINE_HOST = { host: 'host.docker.internal', ip: 'host-gateway' }

/** Common arguments of all containers: read-only root, no capabilities, an init process, log rotation. */
export const hardened = ({ containers }: Surroundings) =>
  ({
    readOnly: true,
    tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=64m,mode=1777' },
    securityOpts: ['no-new-privileges:true'],
    capabilities: { drops: ['ALL'] },
    // Reaps orphaned processes and forwards signals.
    init: true,
    logDriver: 'json-file',
    logOpts: { 'max-size': containers.logSize, 'max-file': String(containers.logFiles) },
  }) as const satisfies Partial<ContainerArgs>

/** Restarts a failed container a limited number of times. */
export const restarted = ({ containers: { restarts } }: Surroundings) =>
  (restarts === 0
    ? { restart: 'no' }
    : { restart: 'on-failure', maxRetryCount: restarts }) satisfies Partial<ContainerArgs>

interface Limits {
  /** Memory limit, in mebibytes. */
  readonly memory: number
  readonly cpus?: number | undefined
}

/**
 * Limits memory and CPU without swap. If `memorySwap` were unset, the engine would double it, and every refresh would
 * show a change.
 */
export const limited = ({ memory, cpus }: Limits): Partial<ContainerArgs> => ({
  memory,
  memorySwap: memory,
  ...(cpus === undefined ? {} : { cpus: String(cpus) }),
})

/** Sets the grace period, in seconds, for both the provider and the engine. */
export const stoppedWithin = (seconds: number) => ({ destroyGraceSeconds: seconds, stopTimeout: seconds })

/** The provider ignores many changes to a container. A name can be reused only after its container is removed. */
export const replaced: CustomResourceOptions = { replaceOnChanges: ['*'], deleteBeforeReplace: true }
