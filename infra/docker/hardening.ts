import type { ContainerArgs } from '@pulumi/docker'
import type { CustomResourceOptions } from '@pulumi/pulumi'

/** What every container has in common: a read-only root, no rights, a log that is rotated. */
export const hardened = {
  readOnly: true,
  tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=64m,mode=1777' },
  securityOpts: ['no-new-privileges:true'],
  capabilities: { drops: ['ALL'] },
  logDriver: 'json-file',
  logOpts: { 'max-size': '10m', 'max-file': '3' },
} as const satisfies Partial<ContainerArgs>

/** Restarted when it fails, but not for ever. */
export const restarted = { restart: 'on-failure', maxRetryCount: 3 } as const satisfies Partial<ContainerArgs>

/** Mebibytes, none of them swapped: without an equal `memorySwap` the engine doubles it, and every refresh shows a change. */
export const memoryLimit = (memory: number) => ({ memory, memorySwap: memory })

/** The provider ignores many changes of a container, and a name is free only once its container is gone. */
export const replaced: CustomResourceOptions = { replaceOnChanges: ['*'], deleteBeforeReplace: true }
