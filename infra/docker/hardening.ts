import type { ContainerArgs } from '@pulumi/docker'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import { writesFiles } from '../settings/log-drivers.ts'
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
    ...logged(containers),
    ...named(containers),
  }) satisfies Partial<ContainerArgs>

const logged = ({ logDriver, logOptions, logSize, logFiles }: Surroundings['containers']) => ({
  logDriver,
  logOpts: {
    ...(writesFiles(logDriver) ? { 'max-size': logSize, 'max-file': String(logFiles) } : {}),
    ...logOptions,
  },
})

const named = ({ dns, dnsSearch }: Surroundings['containers']) => ({
  ...(dns.length === 0 ? {} : { dns }),
  ...(dnsSearch.length === 0 ? {} : { dnsSearches: dnsSearch }),
})

/** Returns the hosts of a container that DNS does not resolve. @param own those that the stack adds itself */
export function hostsOf({ containers }: Surroundings, ...own: readonly (typeof ENGINE_HOST)[]) {
  const hosts = [...own, ...Object.entries(containers.hosts).map(([host, ip]) => ({ host, ip }))]
  return hosts.length === 0 ? {} : { hosts }
}

/** Returns how the engine restarts a container: by default, a limited number of times after it failed. */
export const restarted = ({ containers: { restart, restarts } }: Surroundings): Partial<ContainerArgs> =>
  restart === 'on-failure' ? (restarts === 0 ? { restart: 'no' } : { restart, maxRetryCount: restarts }) : { restart }

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
