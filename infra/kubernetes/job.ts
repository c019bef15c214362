import { batch } from '@pulumi/kubernetes'
import type { Resource } from '@pulumi/pulumi'
import { JOB } from '../settings/sizes.ts'
import { called } from './metadata.ts'
import { resources } from './pod.ts'
import { type OwnContainer, type PodOf, podTemplate } from './template.ts'
import { after, type Placed } from './workload.ts'

type Running = Omit<PodOf, 'containers'> & { readonly container: OwnContainer }

/** Creates a Job that runs a container to completion. A change creates a new Job, and `up` runs a failed one again. */
export function jobFor(
  name: string,
  { container, ...pod }: Running,
  place: Placed,
  ...dependsOn: Resource[]
): batch.v1.Job {
  return new batch.v1.Job(
    called(place.settings, `${name}-job`),
    {
      metadata: {
        ...place.metadata,
        annotations: { ...place.metadata.annotations, 'pulumi.com/replaceUnready': 'true' },
      },
      spec: {
        backoffLimit: 1,
        activeDeadlineSeconds: 3600,
        template: podTemplate(
          {
            ...pod,
            ends: true,
            spec: { ...pod.spec, restartPolicy: 'Never' },
            containers: [{ ...container, resources: resources(JOB) }],
          },
          place,
          name,
        ),
      },
    },
    after(place, ...dependsOn),
  )
}
