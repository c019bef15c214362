import { apps } from '@pulumi/kubernetes'
import { isScaled } from '../settings/derived.ts'
import { spread } from './availability.ts'
import type { Logins } from './database/logins.ts'
import { LEAVE } from './leave.ts'
import { embeddingEnvironment, modePod } from './mode.ts'
import { resources } from './pod.ts'
import type { Secrets } from './secrets.ts'
import { podTemplate } from './template.ts'
import type { Placed, WorkloadArgs } from './workload.ts'

/** What server and worker are made from. */
export type ServiceArgs = WorkloadArgs & { readonly logins: Logins; readonly secrets: Secrets }

export const HTTP_PORT = 8000

type Pod = Omit<Parameters<typeof modePod>[0], 'settings' | 'image'>

/** How many there are, and what each takes. */
interface Extent {
  readonly replicas: number
  readonly maxReplicas: number
  readonly memory: number
  readonly cpus: number
  readonly disk?: number
}

/** Pods that run the service in a mode until they are told to end, replaced without any of them missing. */
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
        // Else each `up` would undo what the autoscaler did.
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
              // git leaves children behind, which somebody has to reap.
              shareProcessNamespace: true,
              topologySpreadConstraints: spread(place.selector),
              terminationGracePeriodSeconds: settings.server.grace + LEAVE,
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
    // The image says 0.0.0.0, which is IPv4 alone.
    ...(settings.network.ipFamilies?.includes('IPv6') ? { HOST: '::' } : {}),
    LOG_LEVEL: settings.server.logLevel,
    SHUTDOWN_TIMEOUT: String(settings.server.grace + LEAVE - 3),
    SHUTDOWN_DELAY: String(LEAVE),
  }
}

// By default a probe calls the pod by its address, which is none of the names that it answers to.
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
