import { loadBalancerSources, publicPort } from './exposure.ts'
import { hostNamespaces, hostPath } from './host.ts'
import { imageDigest, imageTag } from './images.ts'
import { labels } from './labels.ts'
import { limits } from './limits.ts'
import type { Policy } from './policy.ts'
import { probes } from './probes.ts'
import { markedSecret, plainSecret, secretAsFile, secretInEnvironment } from './secrets.ts'
import { noApiToken, nonRoot, unprivileged } from './users.ts'

/** Policies for every stack of this project, in `plan`, in `up` and in Pulumi's policy pack. */
export const POLICIES: readonly Policy[] = [
  probes,
  limits,
  imageTag,
  imageDigest,
  nonRoot,
  unprivileged,
  noApiToken,
  hostNamespaces,
  hostPath,
  loadBalancerSources,
  publicPort,
  plainSecret,
  secretAsFile,
  secretInEnvironment,
  labels,
  markedSecret,
]
