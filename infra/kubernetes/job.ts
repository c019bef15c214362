import { batch } from '@pulumi/kubernetes'
import type { Resource } from '@pulumi/pulumi'
import { JOB } from '../settings/sizes.ts'
import type { modePod } from './mode.ts'
import { resources } from './pod.ts'
import { after, type Placed } from './workload.ts'

type Running = Omit<ReturnType<typeof modePod>, 'container'> & {
  readonly container: Partial<ReturnType<typeof modePod>['container']> & { readonly name: string }
}

/** Runs something to its end. A change makes another Job; one that failed is run again by the next `up`. */
export function jobFor(
  name: string,
  { annotations, pod, container }: Running,
  place: Placed,
  ...dependsOn: Resource[]
): batch.v1.Job {
  return new batch.v1.Job(
    `${name}-job`,
    {
      metadata: { ...place.metadata, annotations: { 'pulumi.com/replaceUnready': 'true' } },
      spec: {
        backoffLimit: 1,
        activeDeadlineSeconds: 3600,
        template: {
          metadata: { labels: place.labels, annotations },
          spec: {
            ...pod,
            restartPolicy: 'Never',
            containers: [{ ...container, resources: resources(JOB) }],
          },
        },
      },
    },
    after(place, ...dependsOn),
  )
}
