import { apps } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { jobFor } from './job.ts'
import { embeddingEnvironment, modePod } from './mode.ts'
import { resources, restrictedContainer, restrictedPod, scratch, stored } from './pod.ts'
import { placed, serviceFor, type WorkloadArgs } from './workload.ts'

const UID = 1000
const PORT = 11434
const HOME = '/ollama'

/** Ollama as the service `ollama`, with its model. */
export class Ollama extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Ollama', name, {}, opts)
    const { settings, base } = args
    const place = placed(args, name, this)
    const parts = [stored(base.ollamaClaim, HOME), scratch('tmp', '/tmp', '256Mi')]
    const container = {
      ...restrictedContainer,
      ...OLLAMA,
      image: settings.ollama.image,
      resources: resources(settings.ollama.memory, '500m'),
      volumeMounts: parts.map(({ mount }) => mount),
    }
    const service = serviceFor(name, PORT, place)
    const pods = new apps.v1.Deployment(
      `${name}-pods`,
      {
        metadata: { ...place.metadata, name },
        spec: {
          replicas: settings.running ? 1 : 0,
          // Its volume can be mounted once.
          strategy: { type: 'Recreate' },
          selector: place.selector,
          template: {
            metadata: { labels: place.labels },
            spec: {
              ...restrictedPod(UID, settings.cluster.pullSecret),
              containers: [container],
              volumes: parts.map(({ volume }) => volume),
            },
          },
        },
      },
      place.own,
    )
    if (settings.running) {
      const pull = modePod({ settings, mode: 'pull-model', environment: embeddingEnvironment(settings) })
      jobFor('model', pull, placed(args, 'model', this), pods, service)
    }
    this.registerOutputs({})
  }
}

const probe = { httpGet: { path: '/', port: PORT }, timeoutSeconds: 5 }

const OLLAMA = {
  name: 'ollama',
  env: [
    { name: 'HOME', value: HOME },
    { name: 'OLLAMA_HOST', value: `0.0.0.0:${PORT}` },
  ],
  ports: [{ name: 'main', containerPort: PORT }],
  startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...probe, periodSeconds: 5 },
  livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
}
