import { apps } from '@pulumi/kubernetes'
import { isScaled } from '../settings/derived.ts'
import { spread } from './availability.ts'
import type { Logins } from './database/logins.ts'
import { embeddingEnvironment, modePod } from './mode.ts'
import { LEAVE_SECONDS, resources } from './pod.ts'
import type { Secrets } from './secrets.ts'
import { podTemplate } from './template.ts'
import type { Placed, WorkloadArgs } from './workload.ts'

/** Arguments of the server and the worker. */
export type ServiceArgs = WorkloadArgs & { readonly logins: Logins; readonly secrets: Secrets }

export const HTTP_PORT = 8000

type Pod = Omit<Parameters<typeof modePod>[0], 'settings' | 'image'>

/** Replicas, and resources of each. */
interface Extent {
  readonly replicas: number
  readonly maxReplicas: number
  readonly memory: number
  readonly cpus: number
  readonly disk?: number
}

/** Deploys pods that run the service in a mode. Rolling updates never reduce the number of ready pods. */
export function deploymentFor(
  name: string,
  { settings, base, logins }: ServiceArgs,
  extent: Extent,
  { environment, secrets = [], ...given }: Pod,
  place: Placed,
): apps.v1.Deployment {
  const { annotations, volumes, container } = modePod({
    ...given,
    settings,
    image: base.image,
    environment: { ...common(settings), ...environment },
    secrets: [logins.service, ...secrets],
  })
  const replicas = settings.running ? extent.replicas : 0
  return new apps.v1.Deployment(
    `${name}-pods`,
    {
      metadata: place.named(name),
      spec: {
        // Otherwise each `up` would reset the number that the autoscaler chose.
        ...(settings.running && isScaled(extent) ? {} : { replicas }),
        selector: place.selector,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: podTemplate(
          {
            annotations,
            volumes,
            variables: settings.server.variables,
            containers: [{ ...container, ...PROBED, resources: resources(extent) }],
            spec: {
              // Lets the pause process reap the orphaned children of git.
              shareProcessNamespace: true,
              topologySpreadConstraints: spread(place.selector),
              terminationGracePeriodSeconds: settings.server.grace + LEAVE_SECONDS,
            },
          },
          place,
        ),
      },
    },
    place.own,
  )
}

function common(settings: WorkloadArgs['settings']): Readonly<Record<string, string>> {
  return {
    ...embeddingEnvironment(settings),
    DATABASE_POOL_SIZE: String(settings.server.poolSize),
    VECTORS_MEMORY: String(settings.server.vectorsMemory),
    MIGRATE_AT_START: 'false',
    // The image sets 0.0.0.0, which is IPv4 only.
    ...(settings.network.ipFamilies?.includes('IPv6') ? { HOST: '::' } : {}),
    LOG_LEVEL: settings.server.logLevel,
    SHUTDOWN_TIMEOUT: String(settings.server.grace + LEAVE_SECONDS - 3),
    SHUTDOWN_DELAY: String(LEAVE_SECONDS),
  }
}

// By default a probe sends the pod's IP address as Host, which the server refuses.
const probe = (path: string) => ({
  httpGet: { path, port: HTTP_PORT, httpHeaders: [{ name: 'Host', value: 'localhost' }] },
  timeoutSeconds: 5,
})

const PROBED = {
  ports: [{ name: 'main', containerPort: HTTP_PORT }],
  startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60 },
  readinessProbe: { ...probe('/readyz'), periodSeconds: 2 },
  livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 3 },
}
