import { batch } from '@pulumi/kubernetes'
import type { Resource } from '@pulumi/pulumi'
import type { modePod } from './mode.ts'
import { resources } from './pod.ts'
import { after, type placed } from './workload.ts'

/** Runs a mode to its end. A change makes another Job; one that failed is run again by the next `up`. */
export function jobFor(
  name: string,
  { pod, container }: ReturnType<typeof modePod>,
  place: ReturnType<typeof placed>,
  ...dependsOn: Resource[]
): batch.v1.Job {
  return new batch.v1.Job(
    `${name}-job`,
    {
      metadata: { ...place.metadata, annotations: { 'pulumi.com/replaceUnready': 'true' } },
      spec: {
        backoffLimit: 2,
        activeDeadlineSeconds: 3600,
        template: {
          metadata: { labels: place.labels },
          spec: { ...pod, restartPolicy: 'Never', containers: [{ ...container, resources: resources(256, '100m') }] },
        },
      },
    },
    after(place, ...dependsOn),
  )
}
